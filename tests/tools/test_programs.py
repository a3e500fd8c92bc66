"""Programs come from PATH if they fit, else from a cache that only contains complete builds."""

import os
import re
from pathlib import Path

import pytest
import yaml

from ai_server.errors import UserError
from ai_server.helm.command import VERSIONS, find_helm, fits, version_of
from ai_server.lab import programs
from ai_server.lab.programs import builder, pinned, sources, store
from ai_server.paths import TOOLCHAIN
from tests.tools.empty_cache import empty_cache, kept

SOURCE = 'package main\n\nimport "fmt"\n\nvar version = "none"\n\nfunc main() { fmt.Println("tiny", version) }\n'
TINY = pinned.Program("tiny", "1.2.3", ">=1.2,<2", ["version"], "example.com/tiny", "tiny", ["main.version"])


@pytest.fixture
def toolchain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A toolchain with one small program, and an empty cache."""
    module = tmp_path / "toolchain" / "tiny"
    module.mkdir(parents=True)
    (module / "go.mod").write_text("module example.com/tiny\n\ngo 1.24\n")
    (module / "main.go").write_text(SOURCE)
    monkeypatch.setattr(builder, "TOOLCHAIN", tmp_path / "toolchain")
    empty_cache(tmp_path, monkeypatch, builder, sources, store)
    monkeypatch.setattr(programs, "pins", lambda: {"tiny": TINY})
    monkeypatch.setattr(programs, "pin", lambda name: TINY)
    programs.locate.cache_clear()
    yield tmp_path
    programs.locate.cache_clear()


def on_path(folder: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = folder / "bin" / "tiny"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho tiny v{version}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return program


def test_a_program_on_path_that_fits_is_taken(toolchain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = on_path(toolchain, "1.9.0", monkeypatch)
    assert programs.find("tiny") == program
    assert not (toolchain / "cache").exists()


@pytest.mark.parametrize("version", ["2.0.0", "1.1.9", "unknown"])
def test_an_unsuitable_program_on_path_is_ignored(
    toolchain: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    on_path(toolchain, version, monkeypatch)
    assert programs.find("tiny") == store.cached(TINY)


def test_what_is_missing_is_built_once(toolchain: Path) -> None:
    assert programs.locate("tiny").source == "missing"
    built = programs.find("tiny")
    stamp = built.stat().st_mtime_ns
    assert version_of(built, ["version"]) == "1.2.3"
    assert (programs.locate("tiny").source, programs.find("tiny").stat().st_mtime_ns) == ("built", stamp)
    assert kept(toolchain) == ["tiny-1.2.3"]


def test_a_half_built_cache_is_built_anew(toolchain: Path) -> None:
    half = store.cached(TINY)
    half.parent.mkdir(parents=True)
    half.write_bytes(b"\x7fELF half")
    half.chmod(0o755)
    assert version_of(programs.find("tiny"), ["version"]) == "1.2.3"


def test_an_interrupted_build_leaves_nothing_that_is_taken(toolchain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left_over = toolchain / "cache" / "programs" / ".building-dead"
    left_over.mkdir(parents=True)
    (left_over / "tiny").write_text("half")

    def interrupted(program: pinned.Program, file: Path, source: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(builder, "keep", interrupted)
        with pytest.raises(KeyboardInterrupt):
            programs.find("tiny")
    assert kept(toolchain) == []
    assert programs.find("tiny").is_file()


def test_a_failed_build_quotes_go(toolchain: Path) -> None:
    (toolchain / "toolchain" / "tiny" / "main.go").write_text("package main\n\nfunc main() { oops }\n")
    with pytest.raises(UserError, match="undefined: oops"):
        programs.find("tiny")
    assert kept(toolchain) == []


def test_a_build_with_another_version_is_not_kept(toolchain: Path) -> None:
    (toolchain / "toolchain" / "tiny" / "main.go").write_text(SOURCE.replace("var version", "const version"))
    with pytest.raises(UserError, match=r"tiny was built, but prints nothing instead of its version 1\.2\.3"):
        programs.find("tiny")
    assert kept(toolchain) == []


def test_without_go_and_network_it_says_what_to_do(toolchain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = toolchain / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    with pytest.raises(UserError) as refused:
        programs.find("tiny")
    assert "could not be downloaded" in refused.value.message
    assert "install Go" in refused.value.hint
    assert not list((toolchain / "cache").glob("go-*"))


def test_an_unknown_program_is_named_with_the_known_ones() -> None:
    with pytest.raises(UserError, match="unknown program 'helmm'") as refused:
        programs.find("helmm")
    assert "kwokctl" in refused.value.hint


def test_every_pin_has_what_its_build_needs() -> None:
    content = yaml.safe_load((TOOLCHAIN / "programs.yaml").read_text())
    assert len(content) == 16
    for name, program in pinned.pins().items():
        assert fits(program.version, program.fits), name
        assert not program.folder or (TOOLCHAIN / program.folder / "go.sum").is_file()
        assert not program.folder or program.version in (TOOLCHAIN / program.folder / "go.mod").read_text()


def test_the_package_looks_for_the_helm_of_the_pins() -> None:
    assert {name: pinned.pin(name).fits for name in VERSIONS} == VERSIONS


@pytest.mark.parametrize(
    ("version", "names", "fits_"),
    [("4.2.0", ["helm"], True), ("3.19.0", ["helm"], False), ("3.19.0", ["helm", "helm3"], True)],
)
def test_helm_comes_from_path_when_it_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, names: list[str], fits_: bool
) -> None:
    program = tmp_path / "helm"
    program.write_text(f"#!/bin/sh\necho v{version}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    monkeypatch.setattr("ai_server.helm.command.cache", lambda: tmp_path)
    find_helm.cache_clear()
    if fits_:
        assert find_helm(*names) == program
    else:
        with pytest.raises(UserError, match=r"needs the helm command, version >=4.0,<5, and PATH has none"):
            find_helm(*names)
    find_helm.cache_clear()


def test_ci_caches_programs_by_their_pins() -> None:
    workflow = (TOOLCHAIN.parents[1] / ".github" / "workflows" / "test.yml").read_text()
    assert re.search(r"hashFiles\('ci/toolchain/\*\*'\)", workflow)
