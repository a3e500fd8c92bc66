"""Reads ComfyUI's own nodes from a checkout of its source into tools/ai_server/checks/facts/comfyui_nodes.yaml.

    .venv/bin/python ci/flags/comfyui_nodes.py FOLDER "Comfy-Org/ComfyUI 0123abcd (v0.28.0)"

No package index has ComfyUI. The source is parsed, never run.
"""

import ast
import datetime
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from write import FLAGS

COMMENTS = """\
# ComfyUI's own nodes: {source}, read {today}.
# nodes: those of nodes.py, with their inputs (COMBO: one of a list), those that may be missing, and their outputs.
# others: those of comfy_extras, by name."""


def main(
    folder: Annotated[Path, typer.Argument(help="A checkout of ComfyUI.")],
    source: Annotated[str, typer.Argument(help="The repository, the commit and the version.")],
) -> None:
    """Read the nodes, and replace the file."""
    described = dict(sorted(_described(ast.parse((folder / "nodes.py").read_text()))))
    trees = [ast.parse(module.read_text()) for module in sorted((folder / "comfy_extras").glob("nodes_*.py"))]
    others = sorted({name for tree in trees for name in _names(tree)} - described.keys())
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    lines = [COMMENTS.format(source=source, today=today), "nodes:"]
    lines += [f"  {name}: {about}" for name, about in described.items()]
    lines += ["others: [", *textwrap.wrap(", ".join(others), 118, initial_indent="  ", subsequent_indent="  "), "]"]
    (FLAGS / "comfyui_nodes.yaml").write_text("\n".join(lines) + "\n")
    typer.echo(f"wrote {len(described)} nodes and {len(others)} names")


def _described(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The nodes that describe their inputs with a literal map, each as YAML."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and (inputs := _inputs(node)):
            outputs = [", ".join(_types(part.value)) for part in node.body if _assigns(part, "RETURN_TYPES")]
            required, optional = inputs.get("required", {}), inputs.get("optional", {})
            every = ", ".join(f"{name}: {kind}" for name, kind in {**required, **optional}.items())
            more = f", optional: [{', '.join(optional)}]" if optional else ""
            given = f", outputs: [{outputs[0]}]" if outputs else ""
            yield node.name, f"{{inputs: {{{every}}}{more}{given}}}"


def _inputs(node: ast.ClassDef) -> dict[str, dict[str, str]]:
    """The inputs by section, each with its type, of a node's INPUT_TYPES."""
    functions = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "INPUT_TYPES"]
    returned = [part.value for function in functions for part in ast.walk(function) if isinstance(part, ast.Return)]
    sections = returned[0] if returned else None
    found: dict[str, dict[str, str]] = {}
    for section, inputs in zip(sections.keys, sections.values, strict=True) if isinstance(sections, ast.Dict) else ():
        if isinstance(section, ast.Constant) and isinstance(inputs, ast.Dict):
            pairs = zip(inputs.keys, inputs.values, strict=True)
            found[str(section.value)] = {
                str(key.value): (_types(kind) or ["COMBO"])[0] for key, kind in pairs if isinstance(key, ast.Constant)
            }
    return found


def _types(node: ast.expr | None) -> list[str]:
    """The types in a tuple: literal, or attributes of IO; anything else is a list of choices."""
    return [_type(part) for part in node.elts] if isinstance(node, ast.Tuple) else []


def _type(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "IO":
        return node.attr
    return str(node.value) if isinstance(node, ast.Constant) else "COMBO"


def _assigns(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name


def _names(tree: ast.Module) -> Iterator[str]:
    """The names of the nodes of a module: of its mappings, and of its schemas."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "NODE_CLASS_MAPPINGS":
            keys = node.value.keys if isinstance(node.value, ast.Dict) else []
            yield from (str(key.value) for key in keys if isinstance(key, ast.Constant))
        elif isinstance(node, ast.keyword) and node.arg == "node_id" and isinstance(node.value, ast.Constant):
            yield str(node.value.value)


if __name__ == "__main__":
    typer.run(main)
