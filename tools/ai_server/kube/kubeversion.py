"""Kubernetes versions: how to parse them, and which of them the chart supports."""

import re
from collections.abc import Iterable

from ai_server.errors import UserError

KUBE_VERSION = "1.36.3"
"""The version to use if none is given."""
SUPPORTED = [f"1.{minor}" for minor in range(30, 38)]
"""The minor versions that the chart is tested with."""
FORM = re.compile(r"v?([0-9]+)\.([0-9]+)(?:\.([0-9]+))?(?:[-+].*)?")
"""1.36, v1.36.3, v1.36.3+k3s1."""


def parsed(text: str) -> tuple[int, int, int] | None:
    """Major, minor and patch of a version; None if the text is not a version."""
    match = FORM.fullmatch(text)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


def minor(text: str) -> str:
    """The minor version, such as 1.36 for v1.36.3; "" if the text is not a version."""
    version = parsed(text)
    return f"{version[0]}.{version[1]}" if version else ""


def chosen(text: str, kubelets: Iterable[str] = ()) -> str:
    """The version to check against, as 1.36.3: the requested one, else that of the oldest kubelet, else KUBE_VERSION.

    UserError for an unsupported version; kubelets with such versions are ignored.
    """
    if text and minor(text) not in SUPPORTED:
        raise UserError(f"Kubernetes {text} is not supported", hint=f"choose from: {', '.join(SUPPORTED)}")
    known = [version for kubelet in kubelets if minor(kubelet) in SUPPORTED and (version := parsed(kubelet))]
    version = parsed(text) if text else min(known, default=parsed(KUBE_VERSION))
    assert version is not None
    return ".".join(map(str, version))
