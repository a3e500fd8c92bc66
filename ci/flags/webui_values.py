"""Reads from the source of Open WebUI which values its variables may have."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

from wheel import texts

CHOICES: dict[str, tuple[str, str]] = {
    "AUDIO_STT_ENGINE": ("routers/audio/__init__.py", "await Config.get('audio.stt.engine')"),
    "AUDIO_TTS_ENGINE": ("routers/audio/__init__.py", "_TTS_ENGINES"),
    "AUDIT_LOG_LEVEL": ("utils/audit.py", "AuditLevel"),
    "CHANNEL_MODEL_RESPONSE_MODE": ("routers/auths.py", "form_data.CHANNEL_MODEL_RESPONSE_MODE"),
    "CODE_EXECUTION_ENGINE": ("tools/builtin.py", "engine"),
    "CODE_INTERPRETER_ENGINE": ("utils/middleware.py", "ci_engine"),
    "CONTENT_EXTRACTION_ENGINE": ("retrieval/loaders/main.py", "self.engine"),
    "IMAGE_EDIT_ENGINE": ("routers/images.py", "image_config.IMAGE_EDIT_ENGINE"),
    "IMAGE_GENERATION_ENGINE": ("routers/images.py", "image_config.IMAGE_GENERATION_ENGINE"),
    "OAUTH_CODE_CHALLENGE_METHOD": ("config.py", "OAUTH_CODE_CHALLENGE_METHOD"),
    "PGVECTOR_INDEX_METHOD": ("config.py", "PGVECTOR_INDEX_METHOD"),
    "RAG_EMBEDDING_ENGINE": ("retrieval/utils.py", "embedding_engine"),
    "RAG_RERANKING_ENGINE": ("retrieval/utils.py", "reranking_engine"),
    "RAG_TEXT_SPLITTER": ("routers/retrieval.py", "config['rag.text_splitter']"),
    "STORAGE_PROVIDER": ("storage/provider.py", "storage_provider"),
    "VECTOR_DB": ("retrieval/vector/type.py", "VectorType"),
    "WEBSOCKET_MANAGER": ("socket/main.py", "WEBSOCKET_MANAGER"),
    "WEB_LOADER_ENGINE": ("retrieval/web/utils.py", "engine"),
    "WEB_SEARCH_ENGINE": ("routers/retrieval.py", "engine"),
}
"""For each variable, the module that decides by its value, and what has the choices: an expression that is compared
with them, a map or an enumeration."""
OF_OTHERS = {
    "AUDIO_STT_ENGINE": ["web"],
    "DEFAULT_USER_ROLE": ["admin", "pending", "user"],
    "GLOBAL_LOG_LEVEL": ["CRITICAL", "DEBUG", "ERROR", "FATAL", "INFO", "NOTSET", "WARN", "WARNING"],
    "WEBUI_AUTH_COOKIE_SAME_SITE": ["lax", "none", "strict"],
    "WEBUI_SESSION_COOKIE_SAME_SITE": ["lax", "none", "strict"],
}
"""The values that the browser's part of Open WebUI, Python's logging and Starlette's cookies decide by."""
ANY_CASE = [name for name in OF_OTHERS if name.endswith("_SAME_SITE")]
NUMBERS = {"int": "integer", "float": "number"}


def choices(package: Path) -> dict[str, list[str]]:
    """The values of each variable that has a list of them, apart from an empty one."""
    found = {name: _choices(package / module, what) for name, (module, what) in CHOICES.items()}
    for name, values in OF_OTHERS.items():
        found[name] = found.get(name, set()) | set(values)
    return {name: sorted(values - {""}) for name, values in sorted(found.items())}


def _choices(module: Path, what: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Compare) and ast.unparse(node.left) == what:
            for compared in node.comparators:
                found |= texts(compared.elts if isinstance(compared, ast.List | ast.Tuple | ast.Set) else [compared])
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and ast.unparse(node.targets[0]) == what:
            found |= texts(key for key in node.value.keys if key)
        elif isinstance(node, ast.ClassDef) and node.name == what:
            found |= texts(part.value for part in node.body if isinstance(part, ast.Assign))
    return found


def forms(package: Path) -> dict[str, list[str]]:
    """The variables by the form of their values: switch (true, anything else is off), integer and number (anything else
    stops the program), json (anything else is ignored), anyCase (words in upper or lower case).
    """
    found: dict[str, set[str]] = {form: set() for form in ("switch", "integer", "number", "json", "anyCase")}
    for module in ("env.py", "config.py"):
        tree = ast.parse((package / module).read_text())
        above = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
        named = dict(_assigned(tree))
        for call in ast.walk(tree):
            if _reads_a_variable(call):
                if form := _form(call, above):
                    found[form] |= texts(call.args[:1])
            elif _is_json(call):
                found["json"] |= {named[name] for name in map(ast.unparse, call.args) if name in named}
    found["anyCase"] |= set(ANY_CASE)
    return {form: sorted(names) for form, names in found.items()}


def _form(call: ast.AST, above: dict[ast.AST, ast.AST]) -> str:
    """What the code around a look-up makes of the value."""
    node: ast.AST = call
    form, anycase = "", False
    while isinstance(parent := above[node], ast.expr | ast.keyword):
        if isinstance(parent, ast.Compare) and texts(parent.comparators) == {"true"}:
            form = form or "switch"
        if isinstance(parent, ast.Call) and node in parent.args:
            form = form or ("json" if _is_json(parent) else NUMBERS.get(ast.unparse(parent.func), ""))
        anycase = anycase or (isinstance(parent, ast.Attribute) and parent.attr in ("lower", "upper"))
        if isinstance(parent, ast.IfExp) and node is parent.test:
            return ""
        node = parent
    while node in above:
        if isinstance(node, ast.Try) and form in NUMBERS.values():
            return ""
        node = above[node]
    return form or ("anyCase" if anycase else "")


def _is_json(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("json.loads", "JSONCodec.loads")


def _assigned(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The names that hold the value of a variable, each with the variable."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _reads_a_variable(node.value):
            yield from ((ast.unparse(node.targets[0]), name) for name in texts(node.value.args[:1]))


def _reads_a_variable(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.getenv", "os.environ.get")
