"""Runs the check with the documentation's own examples: before a commit, on GitHub, in any CI, as a package."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ai_server.paths import DOCS, PROFILES, REPOSITORY
from ai_server.reading.yamlfile import read_values

PAGE = (DOCS / "check.md").read_text()
ADDRESS = "https://github.com/ai-server/ai-server"
BLOCKS = re.findall(r"```(yaml|sh)\n(.*?)```", PAGE, re.DOTALL)


def block(word: str) -> str:
    [found] = [text for _, text in BLOCKS if word in text]
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's repository with a values file."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("values.yaml", "cluster.yaml"):
        shutil.copy(PROFILES / "homelab" / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    return folder


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.lan"]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def break_it(folder: Path) -> None:
    text = (folder / "values.yaml").read_text()
    (folder / "values.yaml").write_text(text.replace("renderGroup", "rendergroup"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of this repository, including uncommitted changes."""
    copy = tmp_path / "source"
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (REPOSITORY / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, copy / name)
    git(copy, "init", "--quiet")
    git(copy, "add", ".")
    git(copy, "commit", "--quiet", "--message", "as it stands")
    return copy


@pytest.mark.slow("installs the package")
def test_the_hook_stops_a_commit_with_a_mistake(project: Path, source: Path, tmp_path: Path) -> None:
    config = yaml.safe_load(block("repos:"))
    assert config["repos"][0]["repo"] == ADDRESS
    config["repos"][0] |= {"repo": str(source), "rev": git(source, "rev-parse", "HEAD").strip()}
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    git(project, "add", ".")

    def hook() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pre_commit", "run", "--all-files"]
        environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "hooks")}
        return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)

    first = hook()
    assert (first.returncode, "Passed" in first.stdout) == (0, True), first.stdout + first.stderr
    break_it(project)
    git(project, "add", ".")
    again = hook()
    assert again.returncode == 1
    assert "did you mean renderGroup? [values/unknown-key]" in again.stdout


def action(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The action's own step, with its expressions evaluated as a runner does."""
    described = yaml.safe_load((REPOSITORY / "action.yml").read_text())
    given = {
        f"inputs.{name}": inputs.pop(name, str(about.get("default", ""))) for name, about in described["inputs"].items()
    }
    assert not inputs, "the action has no such input"
    filled = {**given, "github.action_path": str(REPOSITORY)}
    [step] = described["runs"]["steps"]
    environment = {
        name: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: filled[found[1]], text) for name, text in step["env"].items()
    }
    command = ["bash", "-e", "-o", "pipefail", "-c", step["run"]]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_the_action_annotates_the_line(project: Path) -> None:
    workflow = yaml.safe_load(block("pull_request"))
    [step] = [step for step in workflow["jobs"]["check"]["steps"] if "ai-server" in step["uses"]]
    good = action(project, **step["with"])
    assert (good.returncode, "no problems" in good.stdout) == (0, True), good.stderr
    break_it(project)
    bad = action(project, **step["with"])
    assert bad.returncode == 1
    assert "::error file=values.yaml,line=" in bad.stdout


def test_the_action_is_strict_when_asked(project: Path) -> None:
    with (project / "values.yaml").open("a") as file:
        file.write("  persistentConfig: true\n")
    assert action(project, values="values.yaml").returncode == 0
    assert action(project, values="values.yaml", strict="true").returncode == 1


@pytest.mark.slow("installs the package")
def test_any_ci_needs_three_lines(project: Path, source: Path) -> None:
    script = block("git clone")
    assert ADDRESS in script
    local = script.replace("--depth 1 --branch v0.1.0 ", "").replace(ADDRESS, f"{source} ai-server")
    command = ["bash", "-e", "-c", local]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, "no problems" in done.stdout) == (0, True), done.stderr
    break_it(project)
    again = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert (again.returncode, "did you mean renderGroup?" in again.stdout) == (1, True), again.stderr


@pytest.mark.slow("installs the package")
@pytest.mark.skipif(not shutil.which("uv"), reason="uv is not on PATH")
def test_the_installed_command_works_from_any_folder(project: Path, source: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    install = ["uv", "tool", "install", "--quiet", f"git+file://{source}"]
    subprocess.run(install, env=environment, check=True, capture_output=True, text=True)

    def run(*arguments: str) -> str:
        command = [tmp_path / "bin" / "ai-server", *arguments]
        return subprocess.run(command, cwd=project, check=True, capture_output=True, text=True).stdout

    assert "no problems" in run("check", "-f", "values.yaml", "--cluster", "cluster.yaml")
    assert "ai-server-rocm-aimax" in run("render", "-f", "values.yaml")
    assert "gpt-oss-120b" in run("routes", "-f", "values.yaml")


def test_the_waiver_shown_is_read(tmp_path: Path) -> None:
    from ai_server import checks

    (tmp_path / "waivers.yaml").write_text(block("programs/persistent-config"))
    base = REPOSITORY / "tests" / "tools" / "checks" / "base.yaml"
    (tmp_path / "v.yaml").write_text("openwebui: {persistentConfig: true}\n")
    found = checks.run([base, tmp_path / "v.yaml"]).findings
    assert [finding for finding in found if finding.severity != "not-checked"] == []


def test_every_profile_begins_with_the_schemas_path() -> None:
    for file in [*PROFILES.rglob("values.yaml"), *PROFILES.rglob("base.yaml")]:
        path = file.read_text().splitlines()[0].removeprefix("# yaml-language-server: $schema=")
        assert (file.parent / path).resolve() == (DOCS / "values.schema.json").resolve()


def test_the_editors_schema_takes_every_profile_and_no_typo() -> None:
    import jsonschema_rs

    schema = jsonschema_rs.validator_for(json.loads((DOCS / "values.schema.json").read_text()))
    for file in PROFILES.rglob("values.yaml"):
        assert schema.is_valid(read_values(file).values), file
    assert not schema.is_valid({"thor": {"vllm": {"gpuMemoryUtilisation": 0.4}}})


def test_the_schema_offers_what_the_page_shows_in_an_editor() -> None:
    schema = json.loads((DOCS / "values.schema.json").read_text())

    def section(field: dict) -> dict:
        return schema["$defs"][field["$ref"].rpartition("/")[2]]

    vllm = section(section(schema["properties"]["thor"])["properties"]["vllm"])
    offered = [f"{key:16} {field['description']}" for key, field in vllm["properties"].items() if key.startswith("kv")]
    assert len(offered) == 2
    maximum = vllm["properties"]["port"]["maximum"]
    assert "\n".join([*offered, "port: 80800", f"    Value is above the maximum of {maximum}."]) in PAGE
    assert not vllm["additionalProperties"]
