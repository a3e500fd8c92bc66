"""The installed package: small, and each of its commands works or prints in a line what it needs."""

import os
import shutil
import subprocess
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import typer

from ai_server.cli import app
from ai_server.errors import UserError
from ai_server.extras import LIBRARIES, need
from ai_server.paths import PROFILES, REPOSITORY

pytestmark = pytest.mark.skipif(not shutil.which("uv"), reason="uv is not on PATH")
LIVE = "needs the Kubernetes client: pip install 'ai-server[live] @ git+https://"
LAB = "needs the laboratory's libraries: pip install 'ai-server[lab] @ git+https://"
CLONE = "works only in a clone: git clone https://"
WORK = [
    "check -f values.yaml --cluster cluster.yaml",
    "plan -f values.yaml --cluster cluster.yaml",
    "inspect --script",
    "check --explain values/unknown-key",
    "render -f values.yaml",
    "routes -f values.yaml",
    "diff values.yaml values.yaml",
    "secrets new",
    "schema",
    "connect -f values.yaml curl --output json",
    "try --help",
]
NEED = {
    "check -f values.yaml --live": LIVE,
    "plan -f values.yaml --live": LIVE,
    "discover": LIVE,
    "init --live": LIVE,
    "smoke": LIVE,
    "cluster up --cluster cluster.yaml": CLONE,
    "cluster up --cluster cluster.yaml --backend existing --kubeconfig none": LAB,
    "cluster status --backend existing --kubeconfig none": LAB,
    "cluster down --backend existing": LAB,
    "demo": CLONE,
    "programs": CLONE,
    "generate": CLONE,
}


def uv(*arguments: str | Path) -> str:
    return subprocess.run(["uv", *arguments], check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel in a separate environment, and two files next to it."""
    folder = tmp_path_factory.mktemp("installed")
    uv("build", "--quiet", "--wheel", "--out-dir", folder, REPOSITORY)
    uv("venv", "--quiet", folder / "venv")
    [wheel] = folder.glob("*.whl")
    uv("pip", "install", "--quiet", "--python", folder / "venv", wheel)
    for name in ("values.yaml", "cluster.yaml"):
        shutil.copy(PROFILES / "homelab" / name, folder / name)
    return folder


def run(environment: Path, line: str, venv: str = "venv") -> subprocess.CompletedProcess[str]:
    command = [environment / venv / "bin" / "ai-server", *line.split()]
    without = {**os.environ, "KUBECONFIG": "none"}
    return subprocess.run(command, cwd=environment, env=without, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("line", WORK)
def test_the_commands_that_most_people_run_work(environment: Path, line: str) -> None:
    done = run(environment, line)
    assert (done.returncode, done.stderr, bool(done.stdout)) == (0, "", True)


@pytest.mark.parametrize("line", NEED)
def test_the_others_say_in_a_line_what_they_need(environment: Path, line: str) -> None:
    done = run(environment, line)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert NEED[line] in done.stderr


ENOUGH = [
    ("live", "check -f values.yaml --live", "the kubeconfig none cannot be read"),
    ("lab", "cluster status --backend existing --kubeconfig none", "cluster ai-server is not running"),
]


@pytest.mark.parametrize(("extra", "line", "answer"), ENOUGH)
def test_a_command_works_with_the_extra_that_it_names(environment: Path, extra: str, line: str, answer: str) -> None:
    [wheel] = environment.glob("*.whl")
    uv("venv", "--quiet", environment / extra)
    uv("pip", "install", "--quiet", "--python", environment / extra, f"{wheel}[{extra}]")
    done = run(environment, line, extra)
    assert answer in done.stdout + done.stderr


def test_try_needs_no_extra(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(environment))
    done = run(environment, "try --backend http://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (1, "")
    assert "http://127.0.0.1:9/v1/models does not list models" in done.stderr


def test_every_command_is_tried() -> None:
    group = typer.main.get_command(app)
    commands = {
        f"{name} {below}".strip()
        for name, command in group.commands.items()  # type: ignore[attr-defined]
        for below in getattr(command, "commands", [""])
    }
    tried = {" ".join(word for word in line.split()[:2] if word.isalpha()) for line in [*WORK, *NEED]}
    assert commands == tried


def test_the_package_is_small(environment: Path) -> None:
    installed = {line.split("==")[0] for line in uv("pip", "freeze", "--python", environment / "venv").splitlines()}
    unwanted = {"pydantic", "kubernetes", "kubernetes-validate", "openai", "pyhelm3", "jsonschema", "oras", "aiohttp"}
    assert installed & unwanted == set()
    assert len(installed) < 20


def test_in_a_clone_it_names_make(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIBRARIES, "dev", ("no_such_module.inside",))
    with pytest.raises(UserError, match=r"^generate needs the developers' libraries: make setup$"):
        need("dev", "generate")


@pytest.mark.parametrize(
    ("prefix", "command"),
    [("/home/me/.local/share/uv/tools/ai-server", "uv tool install --force"), ("/home/me/venv", "pip install")],
)
def test_an_installed_package_names_what_installed_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, prefix: str, command: str
) -> None:
    monkeypatch.setitem(LIBRARIES, "live", ("no_such_module",))
    monkeypatch.setattr("ai_server.extras.CI", tmp_path / "none")
    monkeypatch.setattr("sys.prefix", prefix)
    with pytest.raises(UserError, match=rf"^discover needs the Kubernetes client: {command} 'ai-server\[live\]"):
        need("live", "discover")


def test_the_libraries_are_those_of_the_extras() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    listed = {**project["project"]["optional-dependencies"], "dev": project["dependency-groups"]["dev"]}
    names = {extra: str(lines).lower().replace("_", "-") for extra, lines in listed.items()}
    names["lab"] += names["live"]
    provided = packages_distributions()
    missing = [
        module
        for extra, modules in LIBRARIES.items()
        for module in modules
        if not any(name.lower().replace("_", "-") in names[extra] for name in provided[module.split(".")[0]])
    ]
    assert missing == []
