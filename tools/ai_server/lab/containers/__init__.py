"""The container engine, and the images that a kind cluster is made of."""

import os
import shutil


def why_not() -> str:
    """Why this machine cannot have a kind cluster; "" when it can."""
    from ai_server.lab.containers import engine

    if reason := engine.why_not():
        return reason
    if not shutil.which("mmdebstrap") and (os.geteuid() != 0 or not shutil.which("apt-get")):
        return "images are made with mmdebstrap, which is not there: apt-get install mmdebstrap"
    return ""
