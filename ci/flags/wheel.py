"""Wheels in the cache folder, and what their source says: it is parsed, never imported."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ai_server.paths import cache

DIRECT = re.compile(r"(?:.*\.)?(?:environ\.(?:get|pop|setdefault)|getenv|get_secret(?:_str|_bool)?|get_env_int\w*)")
"""Calls whose first argument is a variable's name; a second one is a default."""
HELPER = re.compile(r"(?:.*[._])?(?:env|environment)(?:_\w+)?|(?:.*\.)?AliasChoices")
"""A package's own readers: every literal in capitals among their arguments is a name."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
CAPITALS = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+")


def wheel(name: str, version: str) -> Path:
    """The unpacked wheel, without what it depends on, in the cache folder."""
    folder = cache() / "flags" / f"{name}-{version}"
    if not folder.is_dir():
        print(f"fetch {name} {version} ...", file=sys.stderr)
        command = ["uv", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), f"{name}=={version}"]
        subprocess.run(command, check=True)
    return folder


def trees(package: Path) -> Iterator[ast.Module]:
    """The syntax tree of each module."""
    for file in sorted(package.rglob("*.py")):
        yield ast.parse(file.read_text(errors="replace"))


def variables(modules: Iterable[ast.Module]) -> set[str]:
    """Names of the environment variables that modules read by a literal name."""
    return {name for tree in modules for node in ast.walk(tree) for name in _read_by(node)}


def texts(nodes: Iterable[ast.AST]) -> set[str]:
    """The literal texts among nodes."""
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def keys_of(modules: Iterable[ast.Module], mapping: str) -> set[str]:
    """The literal keys that modules ask a mapping of a name for: mapping["a"], mapping.get("a"), "a" in mapping."""
    found: set[str] = set()
    for node in (node for tree in modules for node in ast.walk(tree)):
        if isinstance(node, ast.Subscript) and _is(node.value, mapping):
            found |= texts([node.slice])
        elif isinstance(node, ast.Compare) and _is(node.comparators[0], mapping):
            found |= texts([node.left])
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("get", "pop")
            and _is(node.func.value, mapping)
        ):
            found |= texts(node.args[:1])
    return found


def _read_by(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Subscript) and _is(node.value, "environ"):
        found = texts([node.slice])
    elif isinstance(node, ast.Compare) and _is(node.comparators[0], "environ"):
        found = texts([node.left])
    elif isinstance(node, ast.Call):
        called = ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else ""
        found = texts(each.value for each in node.keywords if each.arg == "envvar")
        if DIRECT.fullmatch(called):
            found |= texts(
                [*node.args[:1], *(each.value for each in node.keywords if each.arg in ("key", "secret_name"))]
            )
        elif HELPER.fullmatch(called):
            found |= {text for text in texts(node.args) if CAPITALS.fullmatch(text)}
    else:
        found = set()
    return {name for name in found if NAME.fullmatch(name)}


def _is(node: ast.expr, name: str) -> bool:
    """Whether a node is a name, or an attribute or key of that name; also (name or {})."""
    if isinstance(node, ast.BoolOp):
        return _is(node.values[0], name)
    if isinstance(node, ast.Subscript):
        return name in texts([node.slice])
    last = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return last in (name, f"_{name}")
