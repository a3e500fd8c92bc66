"""The rules: functions by category."""

import pkgutil
from importlib import import_module


def import_all() -> None:
    """Imports every module of rules, which registers its functions."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        import_module(module.name)
