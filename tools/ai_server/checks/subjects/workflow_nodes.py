"""The entries of Open WebUI's COMFYUI_WORKFLOW_NODES: which inputs of a workflow it writes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ai_server.near import choice

TEXTS, COUNTS, FILES = ("STRING", "*"), ("INT", "FLOAT", "STRING", "*"), ("COMBO", "STRING", "*")


@dataclass(frozen=True)
class Entry:
    """An entry: what it writes (type; "" for its own value), the name of the input (key) and the nodes."""

    index: int
    written: Mapping[str, Any]

    TYPES: ClassVar = ("model", "prompt", "negative_prompt", "image", "width", "height", "n", "steps", "seed")
    """From open_webui/utils/images/comfyui.py, 0.12.4, as what follows."""
    KEYS: ClassVar = ("type", "key", "node_ids", "value")

    @property
    def type(self) -> str:
        """What Open WebUI writes; "" for the entry's own value."""
        return str(self.written.get("type") or "")

    @property
    def unknown_type(self) -> bool:
        """Whether Open WebUI writes nothing because it does not know the type."""
        return self.type not in ("", *self.TYPES)

    @property
    def key(self) -> str:
        """The input that it writes to."""
        if not self.written.get("key", "text"):
            return {"prompt": "text", "negative_prompt": "text", "n": "batch_size"}.get(self.type, self.type)
        return str(self.written.get("key", "text"))

    def unknown_keys(self) -> Iterator[tuple[str, str]]:
        """The misspelt keys of the entry, each with the one that was meant."""
        for name in self.written:
            near = choice(name, [key for key in self.KEYS if key not in self.written])
            if name not in self.KEYS and near:
                yield name, near

    def fits(self, kind: str) -> bool:
        """Whether an input of a type takes what it writes."""
        if self.type in ("prompt", "negative_prompt"):
            return kind in TEXTS
        if self.type in ("model", "image"):
            return kind in FILES
        return kind in COUNTS if self.type and not self.unknown_type else True


def entries(nodes: Any) -> list[Entry]:
    """The entries of the setting, or of the variable's JSON."""
    parsed = _parsed(nodes)
    return [Entry(index, entry) for index, entry in enumerate(parsed) if isinstance(entry, dict)]


def not_entries(nodes: Any) -> str:
    """Why there are no entries although the variable is set; "" if there are, or if its JSON is invalid."""
    try:
        parsed = json.loads(nodes) if isinstance(nodes, str) and nodes else []
    except ValueError:
        return ""
    wrong = [entry for entry in parsed if not isinstance(entry, dict)] if isinstance(parsed, list) else [parsed]
    return "must be a list of maps" if wrong else ""


def written_by(nodes: list[Entry]) -> set[tuple[str, str]]:
    """The inputs that Open WebUI writes: the node and the name of each."""
    listed = [(entry, entry.written.get("node_ids", [])) for entry in nodes if not entry.unknown_type]
    return {(str(name), entry.key) for entry, names in listed for name in (names if isinstance(names, list) else [])}


def _parsed(nodes: Any) -> list[Any]:
    try:
        parsed = json.loads(nodes) if isinstance(nodes, str) else nodes
    except ValueError:
        return []
    return parsed if isinstance(parsed, list) else []
