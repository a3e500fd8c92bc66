"""Applies every operator at places of every profile: mistakes must be reported, harmless changes must not.

survivors.yaml lists the mutants with another result, each with the reason. A mutant that is missing there fails, and so
does an entry that no longer applies.
"""

from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from tests.conftest import PROFILES
from tests.mutation import on_cluster, on_form, on_names, on_values
from tests.mutation.operators import OPERATORS, Operator
from tests.mutation.subject import Mutant, subject

MODULES = (on_cluster, on_form, on_names, on_values)
FEW_PLACES = 3
LEFT = "mutants: not all places of each operator and profile were tried (make test-mutants tries all)"
SURVIVORS = Path(__file__).with_name("survivors.yaml")


def survivors() -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in yaml.safe_load(SURVIVORS.read_text()) or []:
        found[entry["operator"], entry["profile"]] |= set(entry["places"])
    return found


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_mutants_are_judged_as_their_operator_says(
    name: str, operator: Operator, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    profile = subject(name)
    if profile.waivers:
        (tmp_path / "waivers.yaml").write_text(profile.waivers)
    mutants, expected = list(operator.mutants(profile)), survivors()[operator.name, name]
    most = FEW_PLACES if request.config.getoption("--quick") else request.config.getoption("--places")
    if most:
        tried = few(mutants, most)
        request.node.user_properties.append((LEFT, len(mutants) - len(tried)))
        mutants = tried
        expected = {survivor for survivor in expected if any(is_of(survivor, mutant) for mutant in tried)}
    wrong = set()
    for mutant in mutants:
        found = mutant.findings(tmp_path)
        if bool(found) != (operator.verdict == "refused"):
            wrong.add(f"{mutant.place}{': ' + found[0].rule if found else ''}")
    assert sorted(wrong) == sorted(expected)


def few(mutants: list[Mutant], most: int) -> list[Mutant]:
    """All mutants of some places, spread evenly."""
    places = list(dict.fromkeys(mutant.place for mutant in mutants))
    chosen = set(places[:: -(-len(places) // most) or 1])
    return [mutant for mutant in mutants if mutant.place in chosen]


def is_of(survivor: str, mutant: Mutant) -> bool:
    return survivor == mutant.place or survivor.startswith(f"{mutant.place}: ")


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_an_operator_has_places(operator: Operator) -> None:
    assert any(True for name in PROFILES for _ in operator.mutants(subject(name)))


def test_every_survivor_has_its_reason() -> None:
    entries = yaml.safe_load(SURVIVORS.read_text()) or []
    assert all(len(entry["reason"].split()) > 3 and entry["places"] for entry in entries)
    assert {entry["operator"] for entry in entries} <= {operator.name for operator in OPERATORS}
