"""What `make check` chooses, and what test processes share."""

from itertools import chain
from pathlib import Path

import pytest

from ai_server.errors import UserError
from ai_server.paths import REPOSITORY
from tests import affected, shared_renders
from tests.at import at, renamed

TESTS = REPOSITORY / "tests"
RULES = TESTS / "tools" / "checks" / "test_rules.py"
MISTAKES = TESTS / "mistakes" / "test_mistakes.py"
COMMAND_LINE = TESTS / "tools" / "test_cli.py"
GOLDEN = TESTS / "golden" / "test_golden.py"
MODULES = {RULES, MISTAKES, COMMAND_LINE, GOLDEN}


@pytest.mark.parametrize(
    ("changed", "reached"),
    [
        ("tools/ai_server/checks/rules/cluster/placement.py", {RULES, MISTAKES, COMMAND_LINE}),
        ("tools/ai_server/checks/subjects/capacity.py", {RULES, MISTAKES, COMMAND_LINE}),
        ("tools/ai_server/checks/facts/vllm.yaml", {RULES, MISTAKES, COMMAND_LINE}),
        ("tools/ai_server/checks/pages/cluster/taint.md", {RULES, MISTAKES, COMMAND_LINE}),
        ("tests/mistakes/cluster/node-misspelt.yaml", {MISTAKES, COMMAND_LINE}),
        ("tests/tools/checks/conftest.py", {RULES, MISTAKES, COMMAND_LINE}),
        ("tests/golden/homelab.yaml", {GOLDEN, COMMAND_LINE}),
        ("tests/conftest.py", MODULES),
        ("charts/ai-server/templates/secret.yaml", MODULES),
        ("charts/ai-server/files/ask-every-route.py", MODULES),
        ("pyproject.toml", MODULES),
    ],
)
def test_a_change_reaches_what_imports_or_reads_it(changed: str, reached: set[Path]) -> None:
    assert (REPOSITORY / changed).is_file()
    assert affected.affected(MODULES, {REPOSITORY / changed}) == reached


def test_a_removed_module_counts_as_a_change_of_its_folder() -> None:
    removed = REPOSITORY / "tools" / "ai_server" / "checks" / "rules" / "cluster" / "removed.py"
    assert affected.affected(MODULES, {removed}) == {RULES, MISTAKES, COMMAND_LINE}


def test_a_slow_module_runs_after_a_change_of_what_it_reads() -> None:
    modules = {REPOSITORY / name: [REPOSITORY / part for part in parts] for name, parts in affected.READS_ONLY.items()}
    assert [path for path in [*modules, *chain(*modules.values())] if not path.exists()] == []
    assert affected.affected(modules, {REPOSITORY / "tools/ai_server/checks/rules/cluster/placement.py"}) == set()
    assert all(affected.affected({module}, {parts[0] / "changed"}) for module, parts in modules.items())
    assert affected.affected(modules, {REPOSITORY / "pyproject.toml"}) == set(modules)


def test_a_render_is_shared_until_the_chart_changes(tmp_path: Path) -> None:
    rendered = []

    def original(values: str, *_: object) -> list[str]:
        rendered.append(values)
        return [f"values: {values}\n"]

    (tmp_path / "chart").mkdir()
    (tmp_path / "chart" / "values.yaml").write_text("{}\n")
    shared = shared_renders.shared(original, tmp_path / "renders.sqlite")
    other = shared_renders.shared(original, tmp_path / "renders.sqlite")
    arguments = ("{}", "release", "namespace", "1.37.0", tmp_path / "chart")
    assert shared(*arguments) == other(*arguments) == ["values: {}\n"]
    assert rendered == ["{}"]
    (tmp_path / "chart" / "new.yaml").write_text("{}\n")
    shared(*arguments)
    assert rendered == ["{}", "{}"]


def test_what_the_chart_refuses_is_shared_too(tmp_path: Path) -> None:
    def original(*_: object) -> list[str]:
        raise UserError("no backend is configured", code=1)

    (tmp_path / "chart").mkdir()
    (tmp_path / "chart" / "values.yaml").write_text("{}\n")
    for render in (original, lambda *_: []):
        shared = shared_renders.shared(render, tmp_path / "renders.sqlite")
        with pytest.raises(UserError, match="no backend is configured"):
            shared("{}", "release", "namespace", "1.37.0", tmp_path / "chart")


def test_values_by_path_leave_what_they_are_made_of_alone() -> None:
    values = {"a": {"b": [1, {"c": 2}]}, "d": 3}
    assert at(("a", "b", 1, "c"), 4, "e.f", 5, within=values) == {"a": {"b": [1, {"c": 4}]}, "d": 3, "e": {"f": 5}}
    assert list(renamed(values, ("a",), "z")) == ["z", "d"]
    assert values == {"a": {"b": [1, {"c": 2}]}, "d": 3}
