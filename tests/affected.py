"""Which test modules a change can affect: those whose imports lead to a changed file, at any distance.

What cannot be followed counts as affected by everything: a module that starts processes, and a file of no known folder.
"""

import ast
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ai_server import paths
from ai_server.paths import REPOSITORY

ROOTS = (REPOSITORY / "tools", REPOSITORY)
"""Where the package and the tests are imported from."""
FOLDERS = {"charts": "CHART", "values": "PROFILES", "docs": "DOCS", "ci": "CI|IMAGES|TOOLCHAIN"}
"""Folders without modules to import, and their names in paths.py."""
NAMING = (Path(paths.__file__), Path(__file__))
READS_EVERYTHING = re.compile(r"\bsubprocess\b|\bREPOSITORY\b|\bai_server\.__file__")
READS_ONLY = {
    "tests/adoption/test_installed.py": ("tools/ai_server/cli", "tools/ai_server/extras.py"),
    "tests/mocks/test_helm_test.py": ("charts", "ci/images"),
    "tests/mocks/test_mocks.py": ("ci/images", "tools/ai_server/checks/facts"),
    "tests/policy/test_parity.py": ("charts", "values", "tools/ai_server/helm", "tools/ai_server/reading"),
    "tests/values/test_properties.py": (
        *("charts", "values", "tools/ai_server/helm", "tools/ai_server/reading", "tools/ai_server/values"),
        "tools/ai_server/checks/engine",
    ),
}
"""Slow modules that run processes, or every rule: what can change their results. `make test` runs them anyway."""
IMPORTS_BY_NAME = re.compile(r'\bimport_module\((?:"([\w.]+)")?')
"""A name in quotes is followed; any other may be of all modules in the folder."""


def changed_files() -> set[Path]:
    """What differs from the main branch, committed or not."""
    base = _git("merge-base", "HEAD", "origin/main") or _git("merge-base", "HEAD", "main") or ["HEAD"]
    names = _git("diff", "--name-only", base[0]) + _git("ls-files", "--others", "--exclude-standard")
    return {REPOSITORY / name for name in names}


def affected(modules: Iterable[Path], changed: set[Path]) -> set[Path]:
    """Those of the test modules that a change of these files can affect."""
    readers = {file: _readers(file) for file in changed - _modules()}
    if not all(readers.values()):
        return set(modules)
    direct = (changed & _modules()).union(*readers.values())
    return {module for module in modules if _is_affected(module, changed, direct)}


def _is_affected(module: Path, changed: set[Path], direct: set[Path]) -> bool:
    only = READS_ONLY.get(module.relative_to(REPOSITORY).as_posix())
    if only:
        folders = [module, module.with_name("conftest.py"), *(REPOSITORY / name for name in only)]
        return any(file.is_relative_to(folder) for file in changed for folder in folders)
    return bool(READS_EVERYTHING.search(_text(module)) or direct & _reached(module))


def _readers(file: Path) -> set[Path]:
    """The modules that may read a file: its folder's or the nearest above, or those that name its top folder."""
    top = file.relative_to(REPOSITORY).parts[0]
    if top in FOLDERS:
        name = re.compile(rf"\b({FOLDERS[top]})\b")
        return {module for module in _modules() if module not in NAMING and name.search(_text(module))}
    folder = next(folder for folder in file.parents if any(folder.glob("*.py")) or folder == REPOSITORY)
    return set(folder.glob("*.py"))


@cache
def _reached(start: Path) -> frozenset[Path]:
    """A module, everything that it imports, and the conftest.py files that pytest loads with it."""
    reached: set[Path] = set()
    waiting = [start, *(folder / "conftest.py" for folder in start.parents if (folder / "conftest.py").is_file())]
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting += _imported(module)
    return frozenset(reached)


@cache
def _imported(module: Path) -> frozenset[Path]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(_text(module))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    imported_by_name = IMPORTS_BY_NAME.findall(_text(module))
    names |= set(imported_by_name)
    # importing a.b.c runs a and a.b as well
    names |= {name.rsplit(".", count)[0] for name in names for count in range(1, name.count(".") + 1)}
    files = {file for name in names for file in _by_name()[name]}
    return frozenset(files.union(module.parent.rglob("*.py") if "" in imported_by_name else ()))


@cache
def _by_name() -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for module in _modules():
        root = next(root for root in ROOTS if root in module.parents)
        found[".".join(module.relative_to(root).with_suffix("").parts).removesuffix(".__init__")].append(module)
    return found


@cache
def _modules() -> set[Path]:
    return {file for folder in ("tools", "tests") for file in (REPOSITORY / folder).rglob("*.py")}


@cache
def _text(module: Path) -> str:
    return module.read_text()


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()
