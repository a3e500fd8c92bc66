"""The version of CUDA that the GPUs of nodes need."""

from collections.abc import Iterator
from dataclasses import replace

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.placement import placement
from ai_server.checks.subjects.pods import ContainerSubject
from ai_server.kube.boards import LLAMA_CPP, Board, boards, image_of_tag
from ai_server.kube.machines import guessed_board
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import labels
from ai_server.reading.edit import Change

PRODUCT = "nvidia.com/gpu.product"
COMPUTE = ("nvidia.com/gpu.compute.major", "nvidia.com/gpu.compute.minor")
"""The labels of NVIDIA's GPU feature discovery."""
PRODUCTS = {"GB10": "dgx-spark", "Thor": "thor"}
"""Words in the names of GPUs, and their boards."""


@rule("versions/old-cuda")
def old_cuda(view: ClusterView) -> Iterator[Violation]:
    """Compares the CUDA of llama.cpp's image with the one that the board of the pod's node needs."""
    for placed in placement(view).placed:
        found = [(node, board) for node in placed.meant if (board := _board(node) or _probable(node))]
        for container in placed.subject.containers:
            image = image_of_tag(container.image.tag) if container.image.name.endswith(LLAMA_CPP) else None
            old = [pair for pair in found if image and 0 < image.cuda < pair[1].accelerators["cuda"].value.cuda]
            if container.program == "llama-server" and image and old:
                yield _violation(container, image.name, *old[0])


def _board(node: Object) -> Board | None:
    """The board of a node by its labels; None for one that is not known."""
    of_node = labels(node)
    target = "sm_" + "".join(of_node.get(label, "") for label in COMPUTE)
    named = next((board for word, board in PRODUCTS.items() if word in of_node.get(PRODUCT, "")), "")
    known = {name: boards()[name] for name in PRODUCTS.values()}
    return known.get(named) or next((board for board in known.values() if board.target.value == target), None)


def _probable(node: Object) -> Board | None:
    """The board that a node with an NVIDIA GPU and an Arm processor probably is; its GPU is not named."""
    board = guessed_board(node)
    return board if board and board.id in PRODUCTS.values() else None


def _violation(container: ContainerSubject, image: str, node: Object, board: Board) -> Violation:
    wanted, entry = board.accelerators["cuda"].value, container.key
    name, target = node["metadata"]["name"], board.target.value
    certain = _board(node) is not None
    who = f"{name}, {board.name}" if certain else f"{name}, which is probably the board {board.name}"
    message = f"{image} has no code for the GPU of node {who}: {target} needs CUDA {wanted.cuda}"
    if (keys := container.given("image", "tag"))[-1:] == ("tag",):
        return Violation(keys, message).use(container.image.tag.replace(image, wanted.name, 1))
    own = (*entry, "cudaVersion")
    keys = own if container.view.given(*own) else entry
    change = Change("set", own, wanted.cuda)
    fix = f"use {wanted.cuda}" if keys == own else f"set {dotted(own)}: {wanted.cuda}"
    about = frozenset({"cudaVersion", "image"})
    if certain:
        return Violation(keys, message, fix, changes=(change,), about=about)
    change = replace(change, certain=False)
    return Violation(keys, message, f"perhaps {fix}", changes=(change,), about=about, severity="warning")
