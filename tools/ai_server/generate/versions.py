"""Writes the version of pyproject.toml into every Chart.yaml, so that all objects of a release have the same label."""

import re
import tomllib
from pathlib import Path

from ai_server.paths import CHART, REPOSITORY

CHARTS_OWN = re.compile(r"^(version|appVersion): .*$|^(    version): .*$", re.MULTILINE)
"""The version of a chart, of the program (only the umbrella's), and of its dependencies, which are all local."""


def chart_files() -> dict[Path, str]:
    """Each Chart.yaml, and its text with the version of pyproject.toml."""
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    return {path: _with_version(path.read_text(), version) for path in sorted(CHART.rglob("Chart.yaml"))}


def _with_version(text: str, version: str) -> str:
    def replaced(line: re.Match[str]) -> str:
        key = line[1] or line[2]
        return f'{key}: "{version}"' if key == "appVersion" else f"{key}: {version}"

    return CHARTS_OWN.sub(replaced, text)
