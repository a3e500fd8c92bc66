"""Whether the container was given a GPU: a device file by a plugin or runtime, or the variable that asks for one."""

import os
import sys
from pathlib import Path

DEVICES = ("/dev/nvmap", "/dev/nvidia0", "/dev/kfd")


def need(message: str) -> None:
    """Ends the process with the program's own words when no GPU can be seen.

    On a node without NVIDIA's runtime the variable is all there is: MOCK_GPU=env makes do with it.
    """
    asked = os.environ.get("NVIDIA_VISIBLE_DEVICES", "") not in ("", "void", "none")
    if any(Path(device).exists() for device in DEVICES) or (asked and os.environ.get("MOCK_GPU") == "env"):
        return
    print(message, file=sys.stderr)
    sys.exit(1)
