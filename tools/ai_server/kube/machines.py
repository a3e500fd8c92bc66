"""The kinds of machines that people have, and which of them a node of a cluster seems to be."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ai_server.kube.boards import Board, boards
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import ARCH, NONE, SUFFIXES, allocatable, human, labels

SMALL, MEDIUM, LARGE = "gguf/Qwen3-4B-Q4_K_M.gguf", "gguf/Qwen3-14B-Q4_K_M.gguf", "gguf/Qwen3-30B-A3B-Q8_0.gguf"
PCI_CLASS = re.compile(r"feature\.node\.kubernetes\.io/pci-03\d\d_(1002|10de)\b.*")
"""A label of Node Feature Discovery for a display controller of AMD (1002) or NVIDIA (10de)."""
LEAST_UNIFIED = 56 * SUFFIXES["Gi"]
"""A node with an AMD GPU and more memory is probably a Strix Halo."""


@dataclass(frozen=True)
class Machine:
    """A kind of machine: the section of the values for it, what an entry of its nodes sets, the resource of its device
    plugin, and a model that it can serve.
    """

    id: str
    name: str
    section: str
    resource: str = ""
    settings: tuple[tuple[str, Any], ...] = ()
    render_group: bool = False
    model: str = LARGE

    @property
    def nvidia(self) -> bool:
        """Whether it has a GPU of NVIDIA."""
        return self.resource.startswith("nvidia")

    @property
    def runs_vllm(self) -> bool:
        """Whether its section runs vLLM instead of llama.cpp."""
        return self.section == "thor"


MACHINES = (
    Machine("strix-halo", "AMD Strix Halo (Ryzen AI Max)", "rocm", "amd.com/gpu", render_group=True),
    Machine("thor", "NVIDIA Jetson AGX Thor", "thor", "nvidia.com/gpu", model="hf/qwen3-14b-nvfp4"),
    Machine("dgx-spark", "NVIDIA DGX Spark (GB10)", "gpu", "nvidia.com/gpu", (("cudaVersion", 13),)),
    Machine("nvidia", "a machine with an NVIDIA card", "gpu", "nvidia.com/gpu", model=MEDIUM),
    Machine("amd", "a machine with an AMD card", "gpu", "amd.com/gpu", (("accelerator", "rocm"),), True, MEDIUM),
    Machine(
        "intel", "a machine with an Intel Arc card", "gpu", "gpu.intel.com/xe", (("accelerator", "sycl"),), True, MEDIUM
    ),
    Machine("cpu", "a machine without a GPU", "gpu", "", (("accelerator", "cpu"),), model=SMALL),
)
BY_ID = {machine.id: machine for machine in MACHINES}


def guess(node: Object) -> Machine | None:
    """The machine that a node seems to be, from its resources, labels and taints; None if it shows no GPU."""
    has = allocatable(node)
    names = {*has, *labels(node)}
    taints = {taint["key"] for taint in (node.get("spec") or {}).get("taints") or []}
    vendors = {match[1] for match in map(PCI_CLASS.fullmatch, names) if match}
    if "cuda-inference" in taints:
        return BY_ID["thor"]
    if "rocm-inference" in taints:
        return BY_ID["strix-halo"]
    if _any(names, "nvidia.com/") or "10de" in vendors:
        return BY_ID[_nvidia(node)]
    if _any(names, "amd.com/") or "1002" in vendors:
        return BY_ID["strix-halo" if has.get("memory", NONE) > LEAST_UNIFIED else "amd"]
    return BY_ID["intel"] if _any(names, "gpu.intel.com/") else None


def guessed_board(node: Object) -> Board | None:
    """The board of the machine that a node seems to be; None for a machine that is no board."""
    machine = guess(node)
    return boards().get(machine.id) if machine else None


def _nvidia(node: Object) -> str:
    of_node = labels(node)
    product = of_node.get("nvidia.com/gpu.product", "")
    if of_node.get(ARCH) == "arm64" or "GB10" in product:
        # a Spark has 20 cores, a Thor 14
        spark = "GB10" in product or ("Thor" not in product and allocatable(node).get("cpu", NONE) > 16)
        return "dgx-spark" if spark else "thor"
    return "nvidia"


def _any(names: Iterable[str], prefix: str) -> bool:
    return any(name.startswith(prefix) for name in names)


def has_plugin(node: Object, machine: Machine) -> bool:
    """Whether the device plugin of a machine offers a GPU on a node."""
    return allocatable(node).get(machine.resource, NONE) > 0


def description(node: Object) -> str:
    """A node in a line: its architecture, its memory and what it seems to be."""
    memory = allocatable(node).get("memory")
    machine = guess(node)
    parts = [labels(node).get(ARCH, ""), human("memory", memory) if memory else "", machine.name if machine else ""]
    return ", ".join(filter(None, parts))
