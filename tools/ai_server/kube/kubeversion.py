"""Versions of Kubernetes: how they are written, and which the chart is checked against."""

import re
from collections.abc import Iterable

from ai_server.errors import UserError

KUBE_VERSION = "1.36.3"
"""What is taken where nobody says a version."""
SUPPORTED = [f"1.{minor}" for minor in range(30, 38)]
"""The minor versions that the chart is checked against."""
FORM = re.compile(r"v?([0-9]+)\.([0-9]+)(?:\.([0-9]+))?(?:[-+].*)?")
"""1.36, v1.36.3, v1.36.3+k3s1."""


def parsed(text: str) -> tuple[int, int, int] | None:
    """Major, minor and patch of a version; None for what is none."""
    found = FORM.fullmatch(text)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def minor(text: str) -> str:
    """1.36 of v1.36.3; "" for what is no version."""
    found = parsed(text)
    return f"{found[0]}.{found[1]}" if found else ""


def chosen(text: str, kubelets: Iterable[str] = ()) -> str:
    """The version to judge by, as 1.36.3: the one asked for, else the oldest of the kubelets', else KUBE_VERSION.

    UserError for one that the chart is not checked against; kubelets of such versions are passed over.
    """
    if text and minor(text) not in SUPPORTED:
        raise UserError(f"Kubernetes {text} is not known here", hint=f"choose from: {', '.join(SUPPORTED)}")
    known = [found for each in kubelets if minor(each) in SUPPORTED and (found := parsed(each))]
    found = parsed(text) if text else min(known, default=parsed(KUBE_VERSION))
    assert found is not None
    return ".".join(map(str, found))
