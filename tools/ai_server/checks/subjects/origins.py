"""The component, node and program whose settings an object comes from, by facts/provenance.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ai_server.checks import facts
from ai_server.kube.manifests import Object
from ai_server.reading.profiles import Keys


@dataclass(frozen=True)
class Origin:
    """The source of settings: a component, the entry of a node (() without one), the section of a program, and the host
    of an Ingress.
    """

    component: Keys
    entry: Keys = ()
    program: str = ""
    host: str = ""

    @property
    def key(self) -> Keys:
        """The entry of its node, else its component."""
        return self.entry or self.component


@dataclass(frozen=True)
class Own:
    """A container of the chart: what it runs, the source of its settings if it is not that of its pod, and the fields
    of its security context that it needs although the restricted standard does not allow them.
    """

    fields: tuple[str, ...]
    runs: str = ""
    component: str = ""
    program: str = ""
    needs: tuple[str, ...] = ()

    def origin(self, of_pod: Origin) -> Origin:
        """The source of its settings in a pod."""
        return Origin((self.component,)) if self.component else replace(of_pod, program=self.program)


def origin(item: Object) -> Origin:
    """The source of the settings of an object, by its labels."""
    labels = item["metadata"].get("labels") or {}
    names = {part: labels.get(label, "") for part, label in table()["labels"].items()}
    section = table()["components"].get(names["component"], names["component"])
    component: Keys = (section,) if section else ()
    entry: Keys = (*component, "nodes", names["node"]) if names["node"] else ()
    return Origin(component, entry, names["program"], _host(item))


def _host(item: Object) -> str:
    """The host of an Ingress: the chart renders one for each."""
    rules = (item.get("spec") or {}).get("rules") if item["kind"] == "Ingress" else None
    return str(rules[0].get("host", "")) if rules else ""


@cache
def own_containers() -> Mapping[str, Own]:
    """The chart's own containers by their names."""
    lists = ("fields", "needs")
    return {
        name: Own(**{**about, **{key: tuple(about.get(key, ())) for key in lists}})
        for name, about in table()["containers"].items()
    }


@cache
def table() -> dict[str, Any]:
    """The content of facts/provenance.yaml."""
    content: dict[str, Any] = facts.table("provenance")
    return content
