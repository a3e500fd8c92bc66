"""The container engine, and the images of a kind cluster."""

import os
import shutil


def why_not() -> str:
    """Why this machine cannot run a kind cluster; "" if it can."""
    from ai_server.lab.containers import engine

    if reason := engine.why_not():
        return reason
    if not shutil.which("mmdebstrap") and (os.geteuid() != 0 or not shutil.which("apt-get")):
        return "mmdebstrap, which builds the images, is missing: apt-get install mmdebstrap"
    return ""
