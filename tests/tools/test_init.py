"""init: what it asks, what it writes, and that it writes nothing that check rejects."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from ai_server.cli import app
from ai_server.cli.starter import Group, values_text
from ai_server.errors import UserError
from ai_server.kube.cluster_facts import read_facts
from ai_server.kube.machines import BY_ID, MACHINES, Machine, guess
from ai_server.paths import PROFILES, REPOSITORY

HALO = "halo\n1\n991\n\n"


@pytest.fixture(autouse=True)
def no_kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)


def init(answers: str, *options: str) -> Result:
    return CliRunner().invoke(app, ["init", *options], input=answers)


def written(file: str = "my.yaml") -> Any:
    return yaml.safe_load(Path(file).read_text())


def test_five_answers_make_a_file_without_problems() -> None:
    done = init("halo\n1\n991\ngguf/Qwen3-30B-A3B-Q8_0.gguf\nchat.home.lan\n")
    assert (done.exit_code, "no problems" in done.stdout) == (0, True)
    assert written() == {
        "rocm": {
            "models": {"qwen3-30b-a3b": {"file": "gguf/Qwen3-30B-A3B-Q8_0.gguf", "ctxSize": 32768}},
            "nodes": {"halo": {"gpuAccess": "privileged", "renderGroup": 991}},
        },
        "openwebui": {"url": "http://chat.home.lan", "ingress": {"enabled": True, "host": "chat.home.lan"}},
    }


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.id)
@pytest.mark.parametrize("k3s", ["y", "n"])
def test_the_usual_answers_for_every_machine_pass_check(machine: Machine, k3s: str) -> None:
    detail = "991\n" if machine.render_group else f"{k3s}\n" if machine.nvidia and machine.section == "gpu" else ""
    done = init(f"node-1\n{machine.id}\n{detail}\nchat.home.lan\n")
    assert (done.exit_code, "no problems (" in done.stdout) == (0, True), done.output
    assert list(written()) == [machine.section, "openwebui"]


@pytest.mark.parametrize("name", ["homelab", "mixed-lab", "rtx", "rocm-only"])
def test_the_nodes_of_a_cluster_need_no_answer_but_enter(name: str) -> None:
    done = init("\n" * 20, "--cluster", str(PROFILES / name / "cluster.yaml"))
    assert (done.exit_code, "no problems" in done.stdout) == (0, True), done.output
    nodes = {node for section in written().values() for node in section.get("nodes", {})}
    profile = yaml.safe_load((PROFILES / name / "values.yaml").read_text())
    with_gpu = {node for section in ("rocm", "thor", "gpu") for node in profile.get(section, {}).get("nodes", {})}
    assert nodes == with_gpu - {"nas"}


def test_the_only_node_without_a_visible_gpu_can_be_named(tmp_path: Path) -> None:
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "halo"}, "status": {"allocatable": {"cpu": "16"}}}
    (tmp_path / "cluster.yaml").write_text(yaml.safe_dump(node))
    assert "name its node anyway" in init(HALO, "--cluster", "cluster.yaml").output


@pytest.mark.parametrize("name", ["homelab", "mixed-lab", "rtx", "rocm-only", "thor-only", "fleet"])
def test_machines_are_recognised(name: str) -> None:
    facts = read_facts(PROFILES / name / "cluster.yaml")
    recognised = {node["metadata"]["name"]: guess(node) for node in facts.of_kind("Node")}
    sections = {node: machine.section for node, machine in recognised.items() if machine}
    start = {"aimax": "rocm", "halo": "rocm", "thor": "thor", "bigpc": "gpu", "spark": "gpu"}
    assert sections == {node: start[node.partition("-")[0]] for node in sections}
    assert sections != {}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("Halo\n" + HALO, "a node's name has lower-case letters"),
        ("halo\n9\n1\n991\n\n\n", "answer with a number from 1 to 7"),
        ("halo\n1\nrender\n991\n\n\n", "the number of a group"),
        ("halo\n1\n991\n/models/x.gguf\n\n\n", "a path below /data/ai-models/"),
        ("halo\n1\n991\nQwen/Qwen3-8B\n\n\n", "the name ends with .gguf"),
        ("halo\n1\n991\nx-00002-of-00003.gguf\n\n\n", "name the first part"),
        ("halo\n2\nhf/x.safetensors\n\n\n", "vLLM serves a folder"),
        (HALO + "chat.home.lan:8080\nchat.home.lan\n", "without a port or path"),
    ],
)
def test_an_answer_that_cannot_be_is_asked_for_again(wrong: str, says: str) -> None:
    done = init(wrong + "\n")
    assert (done.exit_code, says in done.output) == (0, True), done.output


def test_a_path_below_the_folder_and_a_url_are_shortened() -> None:
    init("halo\n1\n991\n/data/ai-models/gguf/a-Q4_K_M.gguf\nhttps://chat.home.lan/\n")
    assert written()["rocm"]["models"] == {"a": {"file": "gguf/a-Q4_K_M.gguf", "ctxSize": 32768}}
    assert written()["openwebui"]["ingress"]["host"] == "chat.home.lan"


def test_a_file_is_not_overwritten_without_a_yes(tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("mine\n")
    done = init(HALO + "\n")
    assert "my.yaml exists, and nobody can answer here" in str(done.exception)
    assert (tmp_path / "my.yaml").read_text() == "mine\n"
    assert init(HALO + "\n", "--yes").exit_code == 0
    assert "rocm" in written()


def test_an_end_of_the_answers_writes_nothing(tmp_path: Path) -> None:
    assert init("halo\n1\n").exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_the_editor_finds_the_schema(tmp_path: Path) -> None:
    init(HALO + "\n")
    first = (tmp_path / "my.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=values.schema.json"
    assert (tmp_path / "values.schema.json").is_file()


@pytest.mark.parametrize(("folder", "path"), [("", "docs"), ("values/homelab", "../../docs")])
def test_in_a_clone_the_schema_is_that_of_the_documentation(folder: str, path: str) -> None:
    from ai_server.cli.init import _schema_for

    assert _schema_for(REPOSITORY / folder / "my.yaml") == (f"{path}/values.schema.json", None)


def test_a_live_cluster_is_written_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = read_facts(PROFILES / "rocm-only" / "cluster.yaml")
    monkeypatch.setattr("ai_server.kube.cluster_facts.live_facts", lambda **_: facts)
    done = init("\n" * 9, "--live")
    assert (done.exit_code, "--cluster cluster.yaml" in done.stdout) == (0, True)
    assert read_facts(tmp_path / "cluster.yaml").names("Node") == ["aimax"]


def test_a_cluster_that_does_not_answer_leaves_the_questions(tmp_path: Path) -> None:
    (tmp_path / "none").write_text("{}")
    done = init("y\n" + HALO + "\n")
    assert (done.exit_code, "describe one node instead" in done.output) == (0, True)
    assert list(written()["rocm"]["nodes"]) == ["halo"]


def test_a_long_name_of_a_node_gets_a_short_entry() -> None:
    text = values_text(
        [Group(("halo.home.lan",), BY_ID["strix-halo"], "gguf/a.gguf", 991)], host="", ingress_class="", schema=""
    )
    assert yaml.safe_load(text)["rocm"]["nodes"]["halo-home-lan"]["node"] == "halo.home.lan"


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"taints": ["cuda-inference"]}, "thor"),
        ({"taints": ["rocm-inference"]}, "strix-halo"),
        ({"resources": {"nvidia.com/gpu": "1", "cpu": "20"}, "arch": "arm64"}, "dgx-spark"),
        ({"resources": {"nvidia.com/gpu": "1", "cpu": "14"}, "arch": "arm64"}, "thor"),
        ({"resources": {"nvidia.com/gpu": "1"}}, "nvidia"),
        ({"labels": {"nvidia.com/gpu.product": "NVIDIA-GB10"}}, "dgx-spark"),
        ({"labels": {"feature.node.kubernetes.io/pci-0300_10de.present": "true"}}, "nvidia"),
        ({"resources": {"amd.com/gpu": "1", "memory": "124Gi"}}, "strix-halo"),
        ({"resources": {"amd.com/gpu": "1", "memory": "32Gi"}}, "amd"),
        ({"resources": {"gpu.intel.com/xe": "1"}}, "intel"),
        ({"resources": {"cpu": "4"}}, None),
    ],
)
def test_a_machine_shows_by_its_taints_resources_and_labels(node: dict[str, Any], expected: str | None) -> None:
    labels = {"kubernetes.io/arch": node.get("arch", "amd64"), **node.get("labels", {})}
    taints = [{"key": key, "effect": "NoSchedule"} for key in node.get("taints", [])]
    metadata = {"name": "n", "labels": labels}
    machine = guess(
        {"metadata": metadata, "spec": {"taints": taints}, "status": {"allocatable": node.get("resources", {})}}
    )
    assert (machine and machine.id) == expected


@pytest.mark.parametrize(
    ("machine", "plugin", "runtime_class", "access"),
    [
        ("strix-halo", False, False, {"gpuAccess": "privileged"}),
        ("strix-halo", True, False, {}),
        ("nvidia", False, True, {"gpuAccess": "runtimeClass", "pod": {"runtimeClassName": "nvidia"}}),
        ("nvidia", True, True, {"pod": {"runtimeClassName": "nvidia"}}),
        ("nvidia", True, False, {}),
    ],
)
def test_the_way_to_the_gpu_is_the_one_that_the_cluster_has(
    machine: str, plugin: bool, runtime_class: bool, access: dict[str, Any]
) -> None:
    group = Group(("n",), BY_ID[machine], "gguf/a.gguf", 991, plugin, runtime_class)
    values = yaml.safe_load(values_text([group], host="", ingress_class="", schema=""))
    node = values[BY_ID[machine].section]["nodes"]["n"]
    assert {key: value for key, value in node.items() if key != "renderGroup"} == access


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("gguf/gpt-oss-120b-mxfp4-00001-of-00003.gguf", "gpt-oss-120b"),
        ("gguf/Qwen3-30B-A3B-UD-Q4_K_XL.gguf", "qwen3-30b-a3b"),
        ("a/b/bge-m3-f16.gguf", "bge-m3"),
        ("gguf/llama-3.1-8b.IQ4_XS.gguf", "llama-3.1-8b"),
        ("gguf/My Model.gguf", "my-model"),
    ],
)
def test_a_model_is_served_under_its_name_without_its_quantisation(file: str, name: str) -> None:
    assert Group(("n",), BY_ID["nvidia"], file).served == name


def test_an_input_that_ends_early_is_misuse_and_writes_nothing() -> None:
    done = init("halo\n1\n")
    assert isinstance(done.exception, UserError)
    assert done.exception.message == "the input ended before all questions were answered"
    assert not Path("my.yaml").exists()


def test_unlike_nodes_without_a_visible_gpu_are_asked_about_one_by_one() -> None:
    nodes = [
        {"kind": "Node", "metadata": {"name": name}, "status": {"allocatable": {"memory": memory}}}
        for name, memory in {"big": "64Gi", "small": "8Gi", "twin": "8Gi"}.items()
    ]
    Path("cluster.yaml").write_text(yaml.safe_dump({"kind": "List", "items": nodes}))
    done = init("big,small,twin\n4\n\ncpu\n\n\n", "--cluster", "cluster.yaml")
    assert "What is big?" in done.stderr
    assert "What are small and twin?" in done.stderr
    assert "name its node anyway" in done.stderr
