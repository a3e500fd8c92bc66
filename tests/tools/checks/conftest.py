"""A valid release and its cluster, over which mistakes are merged."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ai_server import checks
from ai_server.kube.cluster_facts import read_facts
from tests.at import as_text

HERE = Path(__file__).parent
Run = Callable[..., list[checks.Finding]]
JARGON = re.compile(
    r"\b(regex|pattern|instance|dict|str|int|bool|float|None|NoneType|JSON pointer|additionalProperties|oneOf|anyOf)\b"
    r"|\$defs|#/|\^\[|required property|is valid under|does not match"
)
"""The words of schemas and of Python, which no message may use."""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The findings for values (YAML texts, or maps as at() makes them) over base.yaml, with items added to cluster.yaml;
    without not-checked ones unless `also` names them. A rule that crashes raises its exception here, so that no test
    misses it.
    """
    monkeypatch.setenv("AI_SERVER_TRACEBACK", "1")

    def check(
        *texts: str | dict[str, Any], cluster: str | None = "", base: bool = True, also: str = "", **options: Any
    ) -> list[checks.Finding]:
        files = [HERE / "base.yaml"] if base else []
        for index, text in enumerate(texts):
            values, _, waivers = as_text(text).partition("# waivers.yaml\n")
            if waivers:
                (tmp_path / "waivers.yaml").write_text(waivers)
            files.append(tmp_path / f"v{index}.yaml")
            files[-1].write_text(values or "rocm: {}\n")
        facts = None
        if cluster is not None:
            (tmp_path / "cluster.yaml").write_text((HERE / "cluster.yaml").read_text() + cluster)
            facts = read_facts(tmp_path / "cluster.yaml")
        found = checks.run(files, facts, **options).findings
        return [finding for finding in found if finding.severity in ("error", "warning", "hint", also)]

    return check
