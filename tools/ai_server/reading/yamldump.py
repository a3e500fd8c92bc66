"""Kubernetes objects as YAML that a person can read: texts of several lines are literal blocks."""

import json
import re
from collections.abc import Iterable
from typing import Any, TextIO

import yaml

BREAKS = re.compile("[\x85\u2028\u2029\ufeff]")
"""Line breaks to some readers of YAML and not to others, and the byte order mark: all read an escape alike."""


class _Dumper(yaml.CSafeDumper):
    """Writes a text of several lines as a literal block, and quotes a text that no block can hold."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    literal = "\n" in text and text.strip()
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if literal else None)


_Dumper.add_representer(str, _text)


def dump_documents(objects: Iterable[Any], file: TextIO, *, sort_keys: bool = False) -> None:
    """Writes each object as a YAML document."""
    for item in objects:
        legible = not BREAKS.search(json.dumps(item, ensure_ascii=False))
        yaml.dump(
            item, file, Dumper=_Dumper, sort_keys=sort_keys, explicit_start=True, allow_unicode=legible, width=110
        )
