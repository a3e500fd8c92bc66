"""The shortest valid values and its cluster are those of the rules' own tests."""

from tests.tools.checks.conftest import run

__all__ = ["run"]
