"""The program that inspects models on a node: the modules that do it here, as one text for a bare Python."""

from __future__ import annotations

import ast
from pathlib import Path

from ai_server.memory import inspection

PACKAGE = Path(__file__).parents[1]
HEAD = '''#!/usr/bin/env python3
"""Prints what `ai-server plan --facts` needs to know about the models on a node, as JSON; reads only their headers.

    python3 read_models.py [--models FOLDER] [FILE|FOLDER]... > facts.json

Without a file, it reads the folder of --models, by default /data/ai-models. It needs Python 3.10 and nothing else. It
contains modules of ai-server as `ai-server inspect --script` printed them.
"""

import os
import sys
import types

# saved as inspect.py, it would hide Python's own module of that name
HERE = os.path.dirname(os.path.abspath(sys.argv[0]))
sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != HERE]
if sys.version_info < (3, 10):
    sys.exit("this program needs Python 3.10 or later; this is Python %d.%d" % sys.version_info[:2])


def module(name, text):
    """Makes the text of a module available to the imports of the next ones."""
    made = sys.modules[name] = types.ModuleType(name)
    made.__path__ = []
    exec(compile(text, name, "exec"), made.__dict__)


'''
TAIL = """sys.exit(sys.modules["{name}"].main())
"""


def script() -> str:
    """The program's text."""
    packages = [f'module("{name}", "")\n' for name in ("ai_server", "ai_server.memory")]
    parts = [_part(name, text) for name, text in modules(inspection.__name__).items()]
    return HEAD + "".join([*packages, *parts]) + TAIL.format(name=inspection.__name__)


def modules(name: str) -> dict[str, str]:
    """The texts of a module and of those that it imports from ai_server, each after those that it imports itself."""
    found: dict[str, str] = {}
    _collect(name, found)
    return found


def _collect(name: str, found: dict[str, str]) -> None:
    text = PACKAGE.joinpath(*name.split(".")[1:]).with_suffix(".py").read_text(encoding="utf-8")
    for node in ast.parse(text).body:  # not in functions: a node has no YAML
        if (
            isinstance(node, ast.ImportFrom)
            and node.module
            and node.module.startswith("ai_server.")
            and node.module not in found
        ):
            _collect(node.module, found)
    found[name] = text


def _part(name: str, text: str) -> str:
    """A module as a raw text, which is legible; as a plain one if it contains what ends a raw text."""
    quoted = f"r'''\n{text}'''" if "'''" not in text and not text.endswith("\\") else repr(text)
    return f'module("{name}", {quoted})\n\n'
