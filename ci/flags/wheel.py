"""Downloads wheels into the cache folder, and reads their source, which is parsed, never imported."""

import ast
import gc
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from ai_server import paths

DIRECT = re.compile(r"(?:.*\.)?(?:environ\.(?:get|pop|setdefault)|getenv|get_secret(?:_str|_bool)?|get_env_int\w*)")
"""Calls whose first argument is the name of a variable; a second one is a default."""
HELPER = re.compile(r"(?:.*[._])?(?:env|environment)(?:_\w+)?|(?:.*\.)?AliasChoices")
"""The packages' own readers: every literal in capitals among their arguments is a name."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
CAPITALS = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+")


class NotInstalledError(Exception):
    """A program is not in the cache folder, and the user did not ask for the expensive installation."""


def wheel(name: str, version: str) -> Path:
    """The folder of the unpacked wheel in the cache folder, without its dependencies."""
    folder = paths.cache() / "flags" / f"{name}-{version}"
    if not folder.is_dir():
        print(f"download {name} {version} ...", file=sys.stderr)
        command = ["uv", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), f"{name}=={version}"]
        subprocess.run(command, check=True)
    return folder


def wants(folder: Path, name: str) -> str:
    """The version of another package that the wheel in a folder requires with ==, without a post release: those only
    differ in packaging, and not every index has them.
    """
    metadata = next(folder.glob("*.dist-info/METADATA")).read_text()
    found = re.search(rf"^Requires-Dist: {re.escape(name)}==([\d.]*\d)", metadata, re.MULTILINE)
    if not found:
        raise LookupError(f"{folder.name} does not require a fixed version of {name}")
    return found[1]


@cache
def trees(package: Path) -> list[ast.Module]:
    """The syntax tree of each module below a folder."""
    return [tree for part in sorted(package.iterdir()) for tree in _trees(part)]


@cache
def _trees(path: Path) -> list[ast.Module]:
    if path.is_dir():
        return trees(path)
    if path.suffix != ".py":
        return []
    gc.disable()  # trees are many objects, none of them garbage: collecting doubles the time
    try:
        return [ast.parse(path.read_text(errors="replace"))]
    finally:
        gc.enable()


@cache
def nodes(tree: ast.Module) -> list[ast.AST]:
    """Every assignment, comparison, look-up, call and literal of a module."""
    kinds = (ast.Assign, ast.AnnAssign, ast.Compare, ast.Subscript, ast.Call, ast.Constant)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def variables(modules: Iterable[ast.Module], prefixes: tuple[str, ...] = ()) -> set[str]:
    """Names of the environment variables that modules read by a literal name, or by a constant with one.

    A name with one of the program's own prefixes counts in any literal, since it may go through helpers first.
    """
    found: set[str] = set()
    constants: dict[str, set[str]] = {}
    read: set[str] = set()
    for node in (node for tree in modules for node in nodes(tree)):
        if isinstance(node, ast.Constant):
            own = isinstance(node.value, str) and node.value.startswith(prefixes) and CAPITALS.fullmatch(node.value)
            found |= {str(node.value)} if own else set()
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for name, text in _assigned(node):
                constants.setdefault(name, set()).add(text)
        else:
            found |= _read_by(node)
            read |= _constants_read_by(node)
    return found | {text for name in read for text in constants.get(name, ()) if CAPITALS.fullmatch(text)}


def texts(nodes: Iterable[ast.AST]) -> set[str]:
    """The literal texts among nodes."""
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def keys_of(modules: Iterable[ast.Module], mapping: str) -> set[str]:
    """The literal keys that modules look up in a mapping of a name: mapping["a"], mapping.get("a"), "a" in mapping."""
    found: set[str] = set()
    for node in (node for tree in modules for node in nodes(tree)):
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


def attributes_asked_of(modules: Iterable[ast.Module], module: str) -> set[str]:
    """Names of attributes that code looks up in a module that may not have them: getattr(litellm, "name", default)."""
    calls = (node for tree in modules for node in nodes(tree) if isinstance(node, ast.Call))
    asked = (node.args for node in calls if _dotted(node.func) == "getattr" and len(node.args) > 2)
    return {name for of, *names in asked if _dotted(of) == module for name in texts(names[:1])}


def _dotted(node: ast.AST) -> str:
    """A dotted name such as os.environ.get as written; "" for any other expression."""
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else f"().{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _read_by(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Subscript) and _is(node.value, "environ"):
        found = texts([node.slice])
    elif isinstance(node, ast.Compare) and _is(node.comparators[0], "environ"):
        found = texts([node.left])
    elif isinstance(node, ast.Call):
        called = _dotted(node.func)
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


def _assigned(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The constants NAME = "text" and NAME: Final = "text" in a module, a class or a function."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and node.value is not None:
                yield from ((target.id, text) for text in texts([node.value]))


def _constants_read_by(node: ast.AST) -> set[str]:
    """Names in capitals as the first argument of a call that reads a variable: getenv(DISABLE_KEYRING_ENV)."""
    if isinstance(node, ast.Subscript) and _is(node.value, "environ"):
        given = [node.slice]
    elif isinstance(node, ast.Call):
        called = _dotted(node.func)
        given = node.args[:1] if DIRECT.fullmatch(called) else node.args if HELPER.fullmatch(called) else []
    else:
        given = []
    named = (
        each.id if isinstance(each, ast.Name) else each.attr
        for each in given
        if isinstance(each, ast.Name | ast.Attribute)
    )
    return {name for name in named if name.isupper()}


def _is(node: ast.expr, name: str) -> bool:
    """Whether a node is a name, or an attribute or key of that name; also (name or {})."""
    if isinstance(node, ast.BoolOp):
        return _is(node.values[0], name)
    if isinstance(node, ast.Subscript):
        return name in texts([node.slice])
    last = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return last in (name, f"_{name}")
