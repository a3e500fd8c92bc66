"""The map's layers: what is below never imports what is above; heavy libraries wait until they are used."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ai_server

PACKAGE = Path(ai_server.__file__).parent
LAYERS = [
    {"cli"},
    {"lab", "generate"},
    {"checks"},
    {"helm"},
    {"kube"},
    {"reading", "values"},
    {"near", "paths"},
    {"errors"},
]
"""From the top; a layer may import itself and what is below."""
ABOVE = {
    ("helm/render.py", "lab"): "the helm command, where the SDK does not work, is found or built by the laboratory",
    ("helm/release.py", "lab"): "install and upgrade need the helm command",
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part(file: Path) -> str:
    first = file.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ai_server"):
            pieces = node.module.split(".")
            yield from [pieces[1]] if len(pieces) > 1 else [alias.name for alias in node.names]


def level(name: str) -> int:
    [found] = [index for index, layer in enumerate(LAYERS) if name in layer]
    return found


def test_every_part_has_its_layer() -> None:
    assert {part(file) for file in modules()} - {"__init__"} == set().union(*LAYERS)


@pytest.mark.parametrize("file", modules(), ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_its_own_layer_and_those_below(file: Path) -> None:
    if part(file) != "__init__":
        above = {name for name in imports(file) if level(name) < level(part(file))}
        assert above == {name for path, name in ABOVE if path == file.relative_to(PACKAGE).as_posix()}


def test_only_render_knows_how_helm_renders() -> None:
    assert {file.stem for file in modules() if "helm_python" in file.read_text()} == {"render"}


def test_only_release_knows_pyhelm3() -> None:
    assert {file.stem for file in modules() if "pyhelm3" in file.read_text()} == {"release"}


@pytest.mark.parametrize(
    "heavy", ["kubernetes", "pyhelm3", "jsonschema", "jsonschema_rs", "helm_python", "pydantic", "yaml"]
)
def test_help_loads_nothing_heavy(heavy: str) -> None:
    code = f"import sys, ai_server.cli; sys.exit('{heavy}' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_modules_stay_small() -> None:
    long = {
        file.relative_to(PACKAGE).as_posix(): lines
        for file in modules()
        if (lines := len(file.read_text().splitlines())) > 220
    }
    assert long == {}
