"""The tables of programs: each row names a flag, variable or setting of its program, and a documented rule."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, get_args

import pytest

from ai_server.checks import all_rules
from ai_server.checks.facts import flags_of, rows
from ai_server.checks.facts.pins import PATHS
from ai_server.checks.facts.rows import PROGRAMS, BadRow, Row, is_off, read_row, read_table
from ai_server.checks.rules.programs.rows import VARIABLE
from ai_server.errors import UserError
from ai_server.helm.render import chart_defaults
from ai_server.kube.boards import AcceleratorName
from ai_server.reading.data import read_data
from tests.tools.checks.conftest import Run

TABLES = (*PROGRAMS, "shared")
ROWS = [(table, row) for table in TABLES for row in read_table(table)]


def problems(table: str, row: Row) -> Iterator[str]:
    """What is wrong with a row; in shared.yaml names may be those of CUDA, ROCm and custom programs."""
    rule = all_rules().get(row.rule)
    if rule is None:
        yield f"no page for {row.rule}"
    elif rule.page.needs not in ("render", "cluster"):
        yield f"the page of {row.rule} needs more than {rule.page.needs}"
    elif not (row.fix or row.change or rule.page.fix or rule.page.change):
        yield f"neither the row nor the page of {row.rule} has a fix"
    yield from (f"{name} is not an accelerator" for name in row.accelerator if name not in get_args(AcceleratorName))
    names = [*row.flag, *row.env, *row.setting, *texts(row.when), *texts(row.unless), *row.unless_given]
    # a build may no longer have what the table knows
    if table != "shared" and not row.since:
        yield from (f"{table} has no {name}" for name in names if name and not is_known(table, name))


def texts(names: Any) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def is_known(program: str, name: str) -> bool:
    known = flags_of(program)
    if name.startswith("-"):
        return name in known.known
    if VARIABLE.fullmatch(name.replace("*", "A")):
        return known.reads(name) or any(fnmatchcase(variable, name) for variable in known.env)
    section: Any = chart_defaults()
    for key in PATHS[program]:
        section = section[key]
    first, _, rest = name.partition(".")
    node = chart_defaults()[PATHS[program][0]]
    setting = rest.partition(".")[0]  # LiteLLM does not say what its settings contain
    return (first in section or first in node) and (
        not first.endswith("Settings") or any(setting in keys for keys in known.settings.values())
    )


@pytest.mark.parametrize(("table", "row"), ROWS, ids=lambda part: part if isinstance(part, str) else part.rule)
def test_a_row_names_what_its_program_has_and_a_rule_with_a_page(table: str, row: Row) -> None:
    assert list(problems(table, row)) == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"flag": "--trust-remote-kode"}, "vllm has no --trust-remote-kode"),
        ({"flag": "-tp"}, "vllm has no -tp"),
        ({"env": "VLLM_NOSUCH"}, "vllm has no VLLM_NOSUCH"),
        ({"setting": "healthPaht"}, "vllm has no healthPaht"),
        ({"flag": "--seed", "unless": ["--nosuch"]}, "vllm has no --nosuch"),
        ({"flag": "--seed", "rule": "programs/nosuch"}, "no page for programs/nosuch"),
        ({"flag": "--seed", "rule": "programs/value-from"}, "the page of programs/value-from needs more than values"),
        (
            {"flag": "--seed", "rule": "programs/flag-twice"},
            "neither the row nor the page of programs/flag-twice has a fix",
        ),
    ],
)
def test_a_row_with_a_mistake_is_reported(row: dict[str, Any], problem: str) -> None:
    assert list(problems("vllm", read_row({"rule": "security/dangerous-flag", "says": "x"} | row))) == [problem]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"rule": "a/b", "flag": "--a", "says": "x", "valeu": 1}, "valeu is not a field of a row"),
        ({"rule": "a/b", "flag": "--a"}, "either says or message"),
        ({"rule": "a/b", "says": "x"}, "needs a flag, an env or a setting"),
        ({"rule": "a/b", "flag": "--a", "says": "x", "above": "many"}, "above has the wrong type"),
        ({"rule": "a/b", "flag": "--a", "says": ["x"]}, "says has the wrong type"),
        ("--a", "a row is a map of fields"),
    ],
)
def test_an_invalid_row_is_reported_with_its_file_and_line(
    monkeypatch: pytest.MonkeyPatch, row: Any, problem: str
) -> None:
    table = [*read_data(rows.__file__, "vllm.yaml")[:3], row]
    monkeypatch.setattr(rows, "table", lambda _: table)
    with pytest.raises(BadRow, match=rf"facts/vllm\.yaml:5:3: .*{problem}"):
        read_table("vllm")


def test_a_table_that_is_not_yaml_is_reported_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- {says: a: b}")
    with pytest.raises(UserError, match=rf"{tmp_path}/a\.yaml: .* line 1"):
        read_data(str(tmp_path / "a.py"), "a.yaml")


@pytest.mark.parametrize(
    ("condition", "value", "counts"),
    [
        ({"above": 1}, "2", True),
        ({"above": 1}, "1", False),
        ({"above": 1}, "many", False),
        ({"any_of": ["true", "auto"]}, "True", True),
        ({"any_of": ["true", "auto"]}, "AUTO", False),
        ({"none_of": ["", 0]}, 0, False),
        ({"none_of": ["", 0]}, "1", True),
        ({"pattern": "[*]"}, "http://a;*", True),
        ({}, "Off", False),
        ({}, {"secretKeyRef": {}}, True),
        ({"given": True}, "", True),
    ],
)
def test_a_row_counts_the_values_that_it_is_about(condition: dict[str, Any], value: Any, counts: bool) -> None:
    assert read_row({"rule": "a/b", "env": "A", "says": "x"} | condition).counts(value) is counts


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("thor: {vllm: {extraArgs: [--trust_remote_code, --no-enable-log-requests]}}", ["--trust_remote_code"]),
        ("rocm: {server: {flags: {tools: all}}}", ["--tools"]),
        ("rocm: {extraEnv: {LLAMA_ARG_TOOLS: 'Off', LLAMA_ARG_AGENT: '1'}}", ["LLAMA_ARG_AGENT"]),
        ("litellm: {litellmSettings: {set_verbose: true, log_raw_request_response: false}}", ["set_verbose"]),
    ],
)
def test_a_flag_a_variable_and_a_setting_are_found_where_they_are_on(run: Run, text: str, names: list[str]) -> None:
    found = [finding for finding in run(text) if finding.rule == "security/dangerous-flag"]
    assert sorted({finding.message.split()[0] for finding in found}) == names


@pytest.mark.parametrize(
    ("value", "off"), [("False", True), ("OFF", True), (0, True), (False, True), ("", True), ("http://a", False)]
)
def test_a_variable_is_off_in_every_spelling_that_programs_read(value: Any, off: bool) -> None:
    assert is_off(value) is off


@pytest.mark.parametrize(("component", "reported"), [("thor", 1), ("gpu", 0)])
def test_a_fact_may_be_one_of_a_component_alone(run: Run, component: str, reported: int) -> None:
    node = "{gpuAccess: runtimeClass, visibleDevices: '1', vllm: {enabled: true, model: hf/x}, pod: {runtimeClassName: nvidia}}"
    found = run(f"{component}: {{models: {{m: {{file: m.gguf}}}}, nodes: {{pc: {node}}}}}", cluster=None)
    assert len([finding for finding in found if finding.rule == "programs/one-gpu"]) == reported


@pytest.mark.parametrize(
    ("component", "access", "severities"),
    [("thor", "runtimeClass", ["error"]), ("gpu", "runtimeClass", []), ("gpu", "devicePlugin", ["error"])],
)
def test_only_some_nodes_give_vllm_one_gpu(run: Run, component: str, access: str, severities: list[str]) -> None:
    vllm = "vllm: {enabled: true, model: hf/x, extraArgs: [--tensor-parallel-size, '2']}"
    found = run(
        f"{component}: {{llamacpp: {{enabled: false}}, nodes: {{pc: {{gpuAccess: {access}, {vllm}}}}}}}", cluster=None
    )
    assert [finding.severity for finding in found if finding.rule == "programs/one-gpu"] == severities


def test_a_flag_of_the_only_model_is_reported_at_the_model_alone(run: Run) -> None:
    keys = [finding.key for finding in run("rocm: {models: {chat: {nGpuLayers: 0}}}") if "hidden" in finding.rule]
    assert keys == ["rocm.models.chat.nGpuLayers"]


@pytest.mark.parametrize(("access", "reported"), [("runtimeClass", 1), ("devicePlugin", 0)])
def test_a_condition_may_be_a_setting_of_the_programs_node(run: Run, access: str, reported: int) -> None:
    found = run(f"thor: {{gpuAccess: {access}, driverCapabilities: graphics}}")
    assert [finding.key for finding in found if "hidden" in finding.rule] == ["thor.driverCapabilities"] * reported
