"""The memory of a node: one pool that processor and GPU share, or the machine's and that of each card."""

from collections.abc import Sequence
from dataclasses import dataclass

from ai_server.checks.subjects.cards import RESOURCES, card_of
from ai_server.checks.subjects.programs import ProgramContainer
from ai_server.kube.amounts import whole
from ai_server.kube.boards import boards
from ai_server.kube.machines import BY_ID, guess, guessed_board
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import NONE, allocatable, labels
from ai_server.memory.terms import GIB

SECTIONS = {"rocm": "strix-halo", "thor": "thor"}
"""The board that a section of the values is for, if the node does not show another one."""
WITH_CARDS = ("nvidia", "amd", "intel")
"""The machines of kube/machines.py whose GPUs are cards with memory of their own."""
RESERVE = {"strix-halo": 4 * GIB, "thor": 8 * GIB, "dgx-spark": 8 * GIB}
"""What the system, the kubelet and the container runtime need next to models, at least: kyuz0's guide to Strix Halo
(4 to 8 GiB) and NVIDIA's to Thor (8 GiB or more), by facts of 2026-11-23.
"""
USUAL_RESERVE = 2 * GIB
"""For other machines: k3s with its pods takes 1.6 GiB of a server's memory, by its documentation of requirements."""


@dataclass(frozen=True)
class Machine:
    """A node's memory in bytes. unified: processor and GPU share it; cards: the bytes of each card, 0 for unknown.

    reserve: what the system needs of the memory; board: what the machine seems to be, "" for an unknown one;
    board_id: its id in boards.yaml.
    """

    node: str
    board: str
    board_id: str
    memory: int
    reserve: int
    unified: bool
    cards: tuple[int, ...] = ()


def machine_of(node: Object, servers: Sequence[ProgramContainer]) -> Machine:
    """The memory of a node on which some programs run: they tell whether cards count, and in which section it is."""
    board, kind = guessed_board(node), guess(node)
    if kind is BY_ID["strix-halo"] and card_of(node, RESOURCES["rocm"]):
        # much memory and a GPU of AMD may be a workstation: a label states the memory of a card of its own
        board, kind = None, BY_ID["amd"]
    sections = {str(server.key[0]) for server in servers}
    if kind is None and len(sections) == 1:
        board = boards().get(SECTIONS.get(min(sections), ""))  # its device plugin is not needed
    cards = bool(kind and kind.id in WITH_CARDS) or not sections & {"rocm", "thor"}
    unified = bool(board.unified.value) if board else not cards
    capacity = _capacity(node)
    reserved = capacity - int(allocatable(node).get("memory", NONE))
    least = RESERVE.get(board.id if board else "", USUAL_RESERVE) if capacity else 0
    name = board.name if board else kind.name if kind else ""
    return Machine(
        node["metadata"]["name"],
        name,
        board.id if board else "",
        capacity,
        max(reserved, least),
        unified,
        () if unified else tuple(_cards(node, servers)),
    )


def _capacity(node: Object) -> int:
    status = node.get("status") or {}
    amounts = status.get("capacity") or status.get("allocatable") or {}
    return whole(amounts.get("memory"))


def _cards(node: Object, servers: Sequence[ProgramContainer]) -> list[int]:
    """The bytes of each card that programs use: as many as the node offers, or as llama-server is told to use."""
    resources = {resource_of(server) for server in servers} - {""}
    if not resources:
        return []
    resource = min(resources)
    # with time-slicing, a device plugin offers each card several times
    of_node = labels(node)
    copies = max(1, whole(of_node.get(f"{resource}.replicas")))
    offered = whole(of_node.get(f"{resource}.count")) or -(-int(allocatable(node).get(resource, NONE)) // copies)
    used = max((gpu_count(server) for server in servers), default=0)
    found = card_of(node, resource)
    return [int(found.memory) if found else 0] * max(offered, used)


def resource_of(server: ProgramContainer) -> str:
    """The resource by which a node offers the GPUs of a program; "" for a program that uses none."""
    requested = next((name for name in server.resources.get("limits", {}) if "/" in name), "")
    if requested or not uses_gpu(server):
        return requested
    return RESOURCES.get(server.accelerator, f"{server.accelerator}/gpu")


def uses_gpu(server: ProgramContainer) -> bool:
    """Whether a program computes on a GPU."""
    if server.program == "speaches":
        return str(server.value("device")) != "cpu"
    return server.accelerator != "cpu"


def gpu_count(server: ProgramContainer) -> int:
    """The number of GPUs that a program uses."""
    if not uses_gpu(server):
        return 0
    if server.program == "llama-server":
        return int(server.value("gpuCount") or 1)
    requested = [amount for name, amount in server.resources.get("limits", {}).items() if "/" in name]
    return whole(requested[0]) if requested else 1
