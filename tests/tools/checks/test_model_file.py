"""Model files that --models or --facts say are missing or broken: findings of check, and lines of plan."""

import json
from pathlib import Path

import pytest
import yaml

from ai_server.memory.facts_file import Facts
from ai_server.memory.known import KnownModels
from tests.memory.releases import HALO, halo, known, model
from tests.memory.test_inspection import safetensors
from tests.memory.test_known import cut, folder
from tests.tools.checks.conftest import Run
from tests.tools.test_cli import run as command

RULE = "programs/model-file"
ALL = """
rocm:
  nodes: {halo: {renderGroup: 991}}
  models:
    chat:
      file: gguf/chat.gguf
      mmproj: gguf/eyes.gguf
      draft: {type: draft-simple, file: gguf/draft.gguf}
      loras: {tone: {file: gguf/tone.gguf}}
"""
NODES = "nodes: {halo: {renderGroup: 991}}"
VLLM = """
thor: {nodes: {thor: {vllm: {enabled: true, model: hf/Small, gpuMemoryUtilization: 0.5}}}}
"""


def found(run: Run, values: str, models: KnownModels) -> list[tuple[str, str, str]]:
    findings = run(values, models=models, base=False)
    return sorted((finding.severity, finding.key, finding.fix) for finding in findings if finding.rule == RULE)


def test_every_file_is_reported_at_its_own_key(run: Run, tmp_path: Path) -> None:
    """Model, projector, draft and adapter."""
    keys = [key for _, key, _ in found(run, ALL, KnownModels(folder(tmp_path, "gguf/other.gguf")))]
    entry = "rocm.models.chat"
    assert keys == [f"{entry}.draft.file", f"{entry}.file", f"{entry}.loras.tone.file", f"{entry}.mmproj"]


def test_files_that_are_there_are_not_reported(run: Run, tmp_path: Path) -> None:
    names = ("chat", "eyes", "draft", "tone")
    assert found(run, ALL, KnownModels(folder(tmp_path, *(f"gguf/{name}.gguf" for name in names)))) == []


def test_without_models_and_facts_nothing_is_reported(run: Run) -> None:
    assert found(run, ALL, KnownModels()) == []


def test_a_folder_of_vllm_is_reported(run: Run, tmp_path: Path) -> None:
    safetensors(tmp_path / "hf" / "small")
    assert found(run, VLLM, KnownModels(tmp_path)) == [("error", "thor.nodes.thor.vllm.model", "use hf/small")]


@pytest.mark.parametrize(
    ("name", "fix", "certain"),
    [
        ("gguf/Chat.gguf", "use gguf/Chat.gguf", True),
        ("other/chat.gguf", "use other/chat.gguf", True),
        ("gguf/chats.gguf", "perhaps use gguf/chats.gguf", False),
        ("gguf/unlike.gguf", "copy it there, or correct the path", None),
    ],
)
def test_the_near_name_is_the_fix(run: Run, tmp_path: Path, name: str, fix: str, certain: bool | None) -> None:
    """Certain only if it is the same name in another case or folder."""
    values = f"rocm: {{models: {{chat: {{file: gguf/chat.gguf}}}}, {NODES}}}"
    [finding] = [
        finding
        for finding in run(values, models=KnownModels(folder(tmp_path, name)), base=False)
        if finding.rule == RULE
    ]
    assert (finding.fix, [change.certain for change in finding.changes]) == (fix, [] if certain is None else [certain])


def test_the_file_of_another_model_is_no_fix(run: Run, tmp_path: Path) -> None:
    values = f"rocm: {{models: {{chat: {{file: gguf/chat.gguf}}, chats: {{file: gguf/chats.gguf}}}}, {NODES}}}"
    [(_, _, fix)] = found(run, values, KnownModels(folder(tmp_path, "gguf/chats.gguf")))
    assert fix == "copy it there, or correct the path"


def test_a_path_in_flags_keeps_its_beginning(run: Run, tmp_path: Path) -> None:
    values = (
        "rocm: {models: {chat: {file: gguf/ok.gguf, flags: {model: /data/ai-models/gguf/chat.gguf}}}, "
        f"modelsPath: /data/ai-models, {NODES}}}"
    )
    models = KnownModels(folder(tmp_path, "gguf/Chat.gguf", "gguf/ok.gguf"))
    assert found(run, values, models) == [
        ("error", "rocm.models.chat.flags.model", "use /data/ai-models/gguf/Chat.gguf")
    ]


def test_an_error_of_a_facts_file_is_an_error(run: Run) -> None:
    models = KnownModels(facts=Facts(errors={"gguf/eyes.gguf": "is cut"}))
    assert found(run, ALL, models) == [("error", "rocm.models.chat.mmproj", "download it again")]


def test_a_name_near_one_of_the_facts_is_a_warning(run: Run) -> None:
    models = known(chats=model(8))
    assert found(run, ALL, models) == [("warning", "rocm.models.chat.file", "perhaps use gguf/chats.gguf")]


def test_a_name_near_another_model_of_the_release_is_no_slip(run: Run) -> None:
    values = ALL + "    chats: {file: gguf/chats.gguf}\n"
    assert found(run, values, known(chats=model(8))) == []


def test_facts_of_a_folder_in_the_models_folder_are_reported_once(run: Run) -> None:
    models = KnownModels(facts=Facts(models={"chat.gguf": model(8), "eyes.gguf": model(1)}))
    [(severity, key, fix)] = found(run, ALL, models)
    assert (severity, key) == ("warning", "rocm.models.chat.file")
    assert fix.startswith("write the facts again: ai-server inspect --models FOLDER")


def test_a_wrong_models_folder_is_reported_once(run: Run, tmp_path: Path) -> None:
    folder(tmp_path, "gguf/chat.gguf")
    findings = run(ALL, models=KnownModels(tmp_path / "gguf"), base=False)
    assert [finding.message for finding in findings if finding.rule == RULE] == [
        f"none of the 4 model files is below {tmp_path}/gguf; did you mean --models {tmp_path}?"
    ]


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Values with two models and a cluster, as arguments; the folder um has both, one of them broken."""
    (tmp_path / "my.yaml").write_text(halo("chat", "cut"))
    (tmp_path / "cluster.yaml").write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": [HALO]}))
    cut(folder(tmp_path / "um", "gguf/chat.gguf", "gguf/cut.gguf") / "gguf/cut.gguf")
    return [str(tmp_path / "my.yaml"), "--cluster", str(tmp_path / "cluster.yaml")]


def test_a_plan_goes_on_and_exits_with_1(files: list[str], tmp_path: Path) -> None:
    (tmp_path / "um" / "gguf" / "chat.gguf").unlink()
    done = command("plan", *files, "--models", str(tmp_path / "um"))
    assert (done.returncode, "halo" in done.stdout, len(done.stderr.splitlines())) == (1, True, 2)
    assert f"rocm.models.chat.file: gguf/chat.gguf: is not in {tmp_path}/um; copy it there" in done.stderr
    assert "rocm.models.cut.file: gguf/cut.gguf: is incomplete: 1 byte of" in done.stderr
    assert done.stderr.startswith(f"{tmp_path}/my.yaml:")
    assert "use --models FOLDER" not in done.stdout


def test_a_plan_with_whole_files_says_nothing(files: list[str], tmp_path: Path) -> None:
    folder(tmp_path / "um", "gguf/cut.gguf")
    done = command("plan", *files, "--models", str(tmp_path / "um"))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_plan_with_the_errors_of_a_facts_file_exits_with_1(files: list[str], tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    command("inspect", "--models", str(tmp_path / "um"), "--output", str(facts))
    done = command("plan", *files, "--facts", str(facts))
    assert (done.returncode, "gguf/cut.gguf: is incomplete" in done.stderr) == (1, True)


def test_a_slip_by_the_facts_does_not_change_the_exit_status(files: list[str], tmp_path: Path) -> None:
    (tmp_path / "facts.json").write_text((known(chats=model(8), cut=model(8)).facts or Facts()).text())
    done = command("plan", *files, "--facts", str(tmp_path / "facts.json"))
    assert (done.returncode, "perhaps use gguf/chats.gguf" in done.stderr) == (0, True)


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_every_format_of_check_has_the_findings(files: list[str], tmp_path: Path, form: str) -> None:
    done = command("check", *files, "--models", str(tmp_path / "um"), "--output", form)
    assert (done.returncode, RULE in done.stdout, "is incomplete: 1 byte" in done.stdout) == (1, True, True)
    if form == "json":
        [finding] = [item for item in json.loads(done.stdout)["findings"] if item["rule"] == RULE]
        assert (finding["severity"], finding["key"]) == ("error", "rocm.models.cut.file")
