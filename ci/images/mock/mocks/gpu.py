"""Whether the container has a GPU: a device file from a plugin or runtime, or the variable that requests one."""

import os
import sys
from pathlib import Path

DEVICES = ("/dev/nvmap", "/dev/nvidia0", "/dev/kfd")


def need(message: str) -> None:
    """Exits with the message of the program if there is no GPU.

    On a node without NVIDIA's runtime there is only the variable, which MOCK_GPU=env accepts.
    """
    asked = os.environ.get("NVIDIA_VISIBLE_DEVICES", "") not in ("", "void", "none")
    if any(Path(device).exists() for device in DEVICES) or (asked and os.environ.get("MOCK_GPU") == "env"):
        return
    print(message, file=sys.stderr)
    sys.exit(1)
