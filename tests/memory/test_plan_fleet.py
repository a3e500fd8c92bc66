"""The plan of many nodes: each node is looked at once, and rooms that it does not need stay unopened."""

import subprocess
import sys
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_server.checks.subjects.planning import nodes as planning
from ai_server.checks.subjects.planning.ways import excess, moves
from ai_server.memory.plan import Pool, Segment
from ai_server.memory.terms import GIB, Term
from ai_server.paths import PROFILES

FLEET = PROFILES / "fleet"


@dataclass
class Node:
    """What moves() reads of a node; asked: how often it asks for the pools."""

    machine: SimpleNamespace
    loads: list[SimpleNamespace]
    asked: int = 0

    @property
    def pools(self) -> tuple[Pool, ...]:
        self.asked += 1
        terms = tuple(Term("weights", load.bytes, "device", "a test") for load in self.loads)
        return (Pool("memory", 64 * GIB, (Segment("all", "llama-server", terms),)),)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(load.name for load in self.loads)


def node(number: int, models: dict[str, int], unified: bool = True) -> Node:
    loads = [SimpleNamespace(name=name, bytes=gib * GIB, loaded=True, model=True) for name, gib in models.items()]
    return Node(SimpleNamespace(node=f"node{number}", unified=unified), loads)


def found(nodes: list[Node]) -> dict[str, str]:
    return dict(moves(cast(Any, nodes)))


MODELS = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 60), max_size=3)


@given(st.lists(st.tuples(MODELS, st.booleans()), max_size=6))
def test_a_model_moves_to_the_node_with_most_room_of_those_that_do_not_serve_it(given: list[tuple[Any, bool]]) -> None:
    nodes = [node(number, models, unified) for number, (models, unified) in enumerate(given)]
    expected = {}
    for one in nodes:
        for load in sorted(one.loads, key=lambda load: load.bytes):
            others = [
                other
                for other in nodes
                if other.machine.unified and load.name not in other.names and excess(other.pools) + load.bytes <= 0
            ]
            if 0 < excess(one.pools) <= load.bytes and others:
                expected[one.machine.node] = (
                    f"serve {load.name} on {min(others, key=lambda o: excess(o.pools)).machine.node} "
                )
                break
    assert {name: sentence.partition("instead")[0] for name, sentence in found(nodes).items()} == expected


def test_each_node_is_asked_for_its_pools_once_however_many_have_no_room() -> None:
    nodes = [node(number, {"a": 40, "b": 30}) for number in range(50)] + [node(50, {})]
    assert len(found(nodes)) == 50
    assert {one.asked for one in nodes} == {1}


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
