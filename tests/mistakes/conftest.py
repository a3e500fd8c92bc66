"""The shortest valid values and their cluster come from the tests of the rules."""

from tests.tools.checks.conftest import run

__all__ = ["run"]
