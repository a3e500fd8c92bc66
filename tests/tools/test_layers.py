"""The layers of the package: lower ones never import higher ones, and heavy libraries are imported on use."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import ai_server
from ai_server.paths import DOCS

PACKAGE = Path(ai_server.__file__).parent
LAYERS = [
    {"cli"},
    {"lab", "generate", "smoke", "connect", "local"},
    {"checks"},
    {"helm"},
    {"kube"},
    {"memory"},
    {"reading", "values"},
    {"extras", "near", "progress"},
    {"paths"},
    {"errors"},
]
"""From the top; a layer may import itself and lower ones."""
ROOMS_OF_CHECKS = {
    "engine": {"subjects", "facts", "core"},
    "rules": {"subjects", "facts", "core"},
    "subjects": {"facts", "core"},
    "facts": {"core"},
    "core": set(),
}
"""The folders of checks, and what each may import of the others."""
FOR_ALL = {"errors", "extras", "near", "paths", "progress"}
ARROW = re.compile(r"^  (\w+)\[.*?\](?: --> (.*))?$", re.MULTILINE)
"""A line of the drawing: a room, and what it imports."""


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


def name_of(file: Path) -> str:
    return ".".join((PACKAGE.name, *file.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


def when_loaded(node: ast.AST) -> Iterator[ast.ImportFrom]:
    """The imports outside functions, including those only for type checkers."""
    if isinstance(node, ast.ImportFrom):
        yield node
    elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        for child in ast.iter_child_nodes(node):
            yield from when_loaded(child)


def cycle(files: dict[str, Path]) -> list[str]:
    """The modules of an import that leads back to its module; [] if there is no such import."""
    graph: dict[str, set[str]] = {module: set() for module in files}
    for module, file in files.items():
        for node in when_loaded(ast.parse(file.read_text())):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            graph[module].update(name if name in files else str(node.module) for name in names)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def level(name: str) -> int:
    [found] = [index for index, layer in enumerate(LAYERS) if name in layer]
    return found


def test_every_part_has_its_layer() -> None:
    assert {part(file) for file in modules()} - {"__init__"} == set().union(*LAYERS)


def test_the_drawing_in_the_documentation_shows_the_imports() -> None:
    drawn = {
        room: set(filter(None, rooms.split(" & "))) for room, rooms in ARROW.findall((DOCS / "develop.md").read_text())
    }
    imported: dict[str, set[str]] = {room: set() for room in set().union(*LAYERS) - FOR_ALL}
    for file in modules():
        if part(file) in imported:
            imported[part(file)] |= set(imports(file)) - FOR_ALL - {part(file)}
    assert drawn == imported


@pytest.mark.parametrize("file", modules(), ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_its_own_layer_and_those_below(file: Path) -> None:
    if part(file) != "__init__":
        above = {name for name in imports(file) if level(name) < level(part(file))}
        assert above == set()


@pytest.mark.parametrize("room", ROOMS_OF_CHECKS)
def test_a_room_of_checks_imports_only_those_below(room: str) -> None:
    nodes = [
        node
        for file in (PACKAGE / "checks" / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom)
    ]
    names = [f"{node.module}.{alias.name}" for node in nodes for alias in node.names]
    imported = {name.split(".")[2] for name in names if name.startswith("ai_server.checks.")}
    assert imported <= {room, *ROOMS_OF_CHECKS[room]}
    assert imported != set()


def test_no_import_leads_back_to_its_module() -> None:
    assert cycle({name_of(file): file for file in modules()}) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from ai_server.one import A", True),
        ("if TYPE_CHECKING:\n    from ai_server import one", True),
        ("def later():\n    from ai_server.one import A", False),
    ],
)
def test_a_cycle_is_found_where_modules_are_loaded(tmp_path: Path, text: str, found: bool) -> None:
    (tmp_path / "one.py").write_text("from ai_server import two\nclass A: ...")
    (tmp_path / "two.py").write_text(text)
    assert bool(cycle({f"ai_server.{file.stem}": file for file in tmp_path.iterdir()})) is found


def test_only_render_knows_how_helm_renders() -> None:
    assert {file.stem for file in modules() if "helm_python" in file.read_text()} == {"render"}


def test_only_release_knows_pyhelm3() -> None:
    assert {file.stem for file in modules() if "from pyhelm3" in file.read_text()} == {"release"}


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
