"""ai-server plan as people use it: exit status, files, forms of output, and requests that it writes."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ai_server.paths import PROFILES
from tests.memory.releases import HALO, halo, known, model

MIXED = PROFILES / "mixed-lab"
VALUES = """# the models of the house
rocm:
  models:
    chat: {file: gguf/chat.gguf}   # everybody's
  nodes:
    halo:
      renderGroup: 991
      resources: {requests: {memory: 20Gi}}  # a guess
litellm: {enabled: false}
openwebui: {enabled: false}
"""


def facts_text(gib: int) -> str:
    """A facts file of a model with weights of some GiB."""
    facts = known(chat=model(gib)).facts
    assert facts
    return facts.text()


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Values, the cluster and the facts of a model of 60 GiB, as arguments."""
    (tmp_path / "my.yaml").write_text(VALUES)
    (tmp_path / "cluster.yaml").write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": [HALO]}))
    (tmp_path / "facts.json").write_text(facts_text(60))
    return [
        str(tmp_path / "my.yaml"),
        "--cluster",
        str(tmp_path / "cluster.yaml"),
        "--facts",
        str(tmp_path / "facts.json"),
    ]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("ai-server")), "plan", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_plan_that_fits_exits_with_0_and_names_no_guess(files: list[str]) -> None:
    done = run(*files)
    assert (done.returncode, done.stderr, "known by name only" in done.stdout) == (0, "", False)
    assert "halo" in done.stdout
    assert "1 node: 1 fits" in done.stdout


def test_a_plan_that_does_not_fit_exits_with_1(files: list[str], tmp_path: Path) -> None:
    (tmp_path / "facts.json").write_text(facts_text(140))
    done = run(*files)
    assert (done.returncode, "does not fit" in done.stdout, "GiB short" in done.stdout) == (1, True, True)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ([], "no cluster was given"),
        (["--cluster", "none.yaml"], "none.yaml"),
        (["--cluster", str(MIXED / "values.yaml")], "is a values file"),
        (["--cluster", str(MIXED / "cluster.yaml"), "--models", "/no/such"], "there is no such folder"),
        (["--cluster", str(MIXED / "cluster.yaml"), "--facts", str(MIXED / "values.yaml")], "is not a facts file"),
        (["--cluster", str(MIXED / "cluster.yaml"), "--read-models"], "--read-models needs --live"),
    ],
)
def test_misuse_exits_with_2_and_says_what_to_do(more: list[str], says: str) -> None:
    done = run(str(MIXED / "values.yaml"), *more)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_json_has_the_bytes_of_each_term(files: list[str]) -> None:
    [node] = json.loads(run(*files, "--output", "json").stdout)["nodes"]
    [pool] = node["pools"]
    assert pool["used"] == sum(term["bytes"] for part in pool["segments"] for term in part["terms"])
    assert (node["node"], pool["size"]) == ("halo", 124 * 2**30)


def test_pictures_are_written(files: list[str], tmp_path: Path) -> None:
    assert run(*files, "--svg", str(tmp_path / "a.svg"), "--html", str(tmp_path / "a.html")).returncode == 0
    assert (tmp_path / "a.svg").read_text().startswith("<svg")
    assert "halo" in (tmp_path / "a.html").read_text()


def test_the_picture_in_the_documentation_is_that_of_mixed_lab(tmp_path: Path) -> None:
    run(str(MIXED / "values.yaml"), "--cluster", str(MIXED / "cluster.yaml"), "--svg", str(tmp_path / "a.svg"))
    assert (tmp_path / "a.svg").read_text() == (PROFILES.parent / "docs" / "memory.svg").read_text()


def test_two_values_files_are_compared(files: list[str], tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(halo("chat", server={"ctxSize": 65536}))
    assert re.search(r"chat +llama-server .*\+\d{3} MiB", run(*files, "--compare", str(tmp_path / "other.yaml")).stdout)


def test_write_sets_the_request_and_keeps_every_comment(files: list[str], tmp_path: Path) -> None:
    done = run(*files, "--write", "--yes")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, f"wrote 1 memory request in {tmp_path / 'my.yaml'}")
    assert (tmp_path / "my.yaml").read_text() == VALUES.replace("20Gi", "64Gi")
    assert "the memory requests are as planned" in run(*files, "--write", "--yes").stderr


def test_write_asks_first(files: list[str], tmp_path: Path) -> None:
    done = run(*files, "--write")
    assert (done.returncode, (tmp_path / "my.yaml").read_text()) == (2, VALUES)
    assert "-      resources: {requests: {memory: 20Gi}}  # a guess" in done.stderr


def test_write_adds_requests_for_a_node_without_one(files: list[str], tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text(VALUES.replace("      resources: {requests: {memory: 20Gi}}  # a guess\n", ""))
    run(*files, "--write", "--yes")
    values = yaml.safe_load((tmp_path / "my.yaml").read_text())
    assert values["rocm"]["nodes"]["halo"]["resources"] == {"requests": {"memory": "64Gi"}}


def test_after_write_the_check_has_nothing_to_say_about_memory(files: list[str]) -> None:
    command = [str(Path(sys.executable).with_name("ai-server")), "check", *files]
    before = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    run(*files, "--write", "--yes")
    after = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert ("small-memory-request" in before, "memory" in after.split("not-checked")[0]) == (True, False)


def test_requests_of_a_node_without_room_are_not_written(files: list[str], tmp_path: Path) -> None:
    (tmp_path / "facts.json").write_text(facts_text(140))
    done = run(*files, "--write", "--yes")
    assert (done.returncode, (tmp_path / "my.yaml").read_text()) == (1, VALUES)
    assert "not written: node halo: a pod with the planned requests would not fit" in done.stderr


def test_no_request_is_written_above_a_limit(files: list[str], tmp_path: Path) -> None:
    limited = VALUES.replace("{memory: 20Gi}", "{memory: 20Gi}, limits: {memory: 32Gi}")
    (tmp_path / "my.yaml").write_text(limited)
    done = run(*files, "--write", "--yes")
    assert ((tmp_path / "my.yaml").read_text(), "raise resources.limits.memory" in done.stderr) == (limited, True)


def test_a_picture_replaces_no_other_file_without_a_question(files: list[str], tmp_path: Path) -> None:
    done = run(*files, "--svg", files[0])
    assert (done.returncode, (tmp_path / "my.yaml").read_text()) == (2, VALUES)
    assert run(*files, "--svg", str(tmp_path / "a.svg")).returncode == 0
    assert run(*files, "--svg", str(tmp_path / "a.svg")).returncode == 0


def test_a_node_that_is_not_in_the_cluster_is_named(files: list[str], tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text(VALUES.replace("    halo:", "    other: {renderGroup: 991}\n    halo:"))
    done = run(*files)
    assert done.returncode == 1
    assert "not planned: rocm.nodes.other: no node of" in done.stderr
