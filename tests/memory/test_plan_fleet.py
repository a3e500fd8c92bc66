"""The plan of many nodes: each node is looked at once, and rooms that it does not need stay unopened."""

import subprocess
import sys
from typing import Any

import pytest

from ai_server.checks.subjects.planning import nodes as planning
from ai_server.paths import PROFILES

FLEET = PROFILES / "fleet"


def test_the_programs_and_the_other_pods_are_listed_once_for_all_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    from ai_server.checks.engine import planned
    from ai_server.kube.cluster_facts import read_facts
    from ai_server.memory.known import KnownModels

    asked: list[str] = []
    for name in ("programs", "_requested"):
        original = getattr(planning, name)

        def counted(*arguments: Any, of: Any = original, name: str = name) -> Any:
            asked.append(name)
            return of(*arguments)

        monkeypatch.setattr(planning, name, counted)
    result = planned.plan([FLEET / "values.yaml"], read_facts(FLEET / "cluster.yaml"), KnownModels())
    assert len(result.plans) > 3
    assert sorted(asked) == ["_requested", "programs"]


@pytest.mark.parametrize(
    "module", ["ai_server.checks.engine.run", "ai_server.checks.rules", "xml.sax", "urllib.request"]
)
def test_a_plan_imports_neither_rules_nor_pictures(module: str) -> None:
    arguments = ["plan", str(FLEET / "values.yaml"), "--cluster", str(FLEET / "cluster.yaml")]
    code = (
        f"import sys, atexit; sys.argv[1:] = {arguments!r}\n"
        f"atexit.register(lambda: print({module!r} in sys.modules))\n"
        "from ai_server.cli import main; main()"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stdout
    assert shown.splitlines()[-1] == "False"
