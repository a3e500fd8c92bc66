"""Amounts of Kubernetes as whole numbers."""

from typing import Any

from ai_server.kube.nodes import quantity


def whole(value: Any) -> int:
    """An amount in whole bytes or devices; 0 without one, and for what is not a quantity, which a rule reports."""
    try:
        return int(quantity(value)) if value else 0
    except ValueError:
        return 0
