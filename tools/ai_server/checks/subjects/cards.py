"""The memory of the cards that a program uses, by the labels of its node."""

from dataclasses import dataclass
from decimal import Decimal

from ai_server.checks import facts
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.placement import placement
from ai_server.checks.subjects.programs import ProgramContainer
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import SUFFIXES, labels

RESOURCES = {"cuda": "nvidia.com/gpu", "rocm": "amd.com/gpu"}
"""By what llama.cpp computes on. With vulkan, the driver of AMD moves what does not fit to the machine's memory."""


@dataclass(frozen=True)
class Card:
    """A GPU with memory of its own: its node, and its bytes; amd: by a label of AMD."""

    node: str
    memory: Decimal
    amd: bool


def card(view: ClusterView, server: ProgramContainer) -> Card | None:
    """The largest card that a program of the component gpu may get; None if a node does not state the memory."""
    resource = next((name for name in server.resources.get("limits", {}) if "/" in name), "")
    resource = resource or RESOURCES.get(server.accelerator, "")
    if server.key[0] != "gpu" or server.accelerator not in RESOURCES:
        return None
    cards = [card_of(node, resource) for node in nodes_of(view, server)]
    known = [found for found in cards if found]
    return max(known, key=lambda found: found.memory) if len(known) == len(cards) and known else None


def nodes_of(view: ClusterView, server: ProgramContainer) -> list[Object]:
    """The nodes that a program may run on."""
    pods = [placed for placed in placement(view).placed if placed.subject.identity == server.pod.identity]
    return [node for placed in pods for node in placed.meant]


def card_of(node: Object, resource: str) -> Card | None:
    """The card of a node by its labels; resource: the name by which the node offers it."""
    about, of_node, name = facts.table("gpu_memory"), labels(node), node["metadata"]["name"]
    amount = of_node.get(resource.removesuffix(".shared") + about["end"], "")
    if amount.isdecimal() and int(amount):
        return Card(name, int(amount) * SUFFIXES["Mi"], amd=False)
    if any(of_node.get(label) in about["shared"] for label in about["device"]):
        return None
    sizes = [of_node.get(label, "").removesuffix("G") for label in about["amd"]]
    known = [int(size) for size in sizes if size.isdecimal() and int(size)]
    return Card(name, known[0] * SUFFIXES["Gi"], amd=True) if known else None
