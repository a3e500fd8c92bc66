"""Whose settings something rendered is made of, by facts/provenance.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ai_server.checks import facts
from ai_server.kube.manifests import Object
from ai_server.reading.data import read_data
from ai_server.reading.profiles import Keys


@dataclass(frozen=True)
class Origin:
    """Whose settings something is made of: its component, its node's entry (() without one), its program's section."""

    component: Keys
    entry: Keys = ()
    program: str = ""

    @property
    def key(self) -> Keys:
        """The entry of its node, else its component."""
        return self.entry or self.component


@dataclass(frozen=True)
class Own:
    """A container of the chart's own: what it runs, and whose settings it gets where they are not its pod's."""

    fields: tuple[str, ...]
    runs: str = ""
    component: str = ""
    program: str = ""

    def origin(self, of_pod: Origin) -> Origin:
        """Whose settings it gets in a pod."""
        return Origin((self.component,)) if self.component else replace(of_pod, program=self.program)


def origin(item: Object) -> Origin:
    """Whose settings an object is made of, by its labels."""
    labels = item["metadata"].get("labels") or {}
    names = {part: labels.get(label, "") for part, label in table()["labels"].items()}
    section = table()["components"].get(names["component"], names["component"])
    component: Keys = (section,) if section else ()
    return Origin(component, (*component, "nodes", names["node"]) if names["node"] else (), names["program"])


@cache
def own_containers() -> Mapping[str, Own]:
    """The chart's own containers by their names."""
    listed = table()["containers"].items()
    return {name: Own(**{**about, "fields": tuple(about["fields"])}) for name, about in listed}


@cache
def table() -> dict[str, Any]:
    """The content of facts/provenance.yaml."""
    content: dict[str, Any] = read_data(facts.__file__, "provenance.yaml")
    return content
