"""Models that do not fit into memory, and those that have to share it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ai_server.checks.core.model import Severity, Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView, RenderView
from ai_server.checks.facts import flags_of
from ai_server.checks.subjects.cards import card
from ai_server.checks.subjects.forms import LLAMA_ON
from ai_server.checks.subjects.placement import placement
from ai_server.checks.subjects.presets import Preset, presets_of
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.checks.subjects.weights import least_bytes
from ai_server.kube.nodes import SUFFIXES, allocatable

GIB = SUFFIXES["Gi"]
ALL_LAYERS = 99
"""What people set for all of them."""
OFF_THE_CARD = ("--cpu-moe", "--n-cpu-moe", "--n-cpu-ffn", "--override-tensor")
"""The flags of llama-server that leave weights in the memory of the machine."""
MANAGED = "GGML_CUDA_ENABLE_UNIFIED_MEMORY"
"""Lets the driver move what does not fit to the memory of the machine: llama.cpp, docs/build.md."""


@dataclass(frozen=True)
class Loaded:
    """The models that a llama-server keeps in memory together, the largest first, each with its least size."""

    server: ProgramContainer
    models: list[tuple[int, Preset]]
    most: int

    @property
    def needed(self) -> Decimal:
        """The bytes that they take at least."""
        return Decimal(sum(size for size, _ in self.models))

    def alone(self, room: Decimal) -> bool:
        """Whether the largest does not fit by itself."""
        return self.models[0][0] > room or self.most == 1

    def violation(self, room: Decimal, but: str, smaller: str, severity: Severity | None = None) -> Violation:
        """What is wrong if they need more than the room, with the fix for a model that does not fit by itself."""
        names = " and ".join(preset.model for size, preset in self.models if size)
        size = f"at least {self.needed / GIB:.3g} GiB, by the names of their files"
        message = f"the weights of {names} take {size}, {but}"
        if self.alone(room):
            return Violation(self.models[0][1].read("model")[1], message, smaller, severity=severity)
        fix = "set a lower modelsMax, or serve fewer models there"
        return Violation(self.server.setting("modelsMax"), message, fix, severity="warning")


def _loaded(server: ProgramContainer, models: list[Preset]) -> Loaded:
    most = int(server.value("modelsMax") or len(models))
    sized = [(least_bytes(preset.read("model")[0]), preset) for preset in models]
    return Loaded(server, sorted(sized, key=lambda pair: -pair[0])[:most], most)


@rule("programs/weights-over-memory")
def weights(view: ClusterView) -> Iterator[Violation]:
    """Compares the models that a llama-server keeps in memory together with the largest node that its pod fits."""
    memory = {
        placed.subject.key: max(
            (allocatable(node).get("memory", Decimal(0)) for node in placed.meant), default=Decimal(0)
        )
        for placed in placement(view).placed
    }
    for server in programs(view, "llama-server"):
        loaded, room = _loaded(server, presets_of(server)), memory.get(server.pod.key, Decimal(0))
        if room and loaded.needed > room:
            yield loaded.violation(room, f"but the node has {room / GIB:.3g} GiB", "use a smaller quantisation")


@rule("programs/weights-over-card")
def cards(view: ClusterView) -> Iterator[Violation]:
    """Compares the models that a llama-server keeps on its cards together with the memory of these cards."""
    for server in programs(view, "llama-server"):
        gpu, on_card = card(view, server), [preset for preset in presets_of(server) if _all_on_the_card(preset)]
        if not gpu or not on_card or MANAGED in server.env:
            continue
        count = max(len(preset.read("device")[0].split(",")) for preset in on_card)
        loaded, room = _loaded(server, on_card), gpu.memory * count
        if loaded.needed > room:
            which = "the GPU" if count == 1 else f"each of the {count} GPUs"
            but = f"but {which} of node {gpu.node} has {gpu.memory / GIB:.3g} GiB, where llama-server puts all layers"
            slower = "leaves layers to the processor and is slower"
            smaller = f"use a smaller quantisation, or set fit: true and nGpuLayers: auto, which {slower}"
            yield loaded.violation(room, but, smaller, "warning" if gpu.amd else None)


def _all_on_the_card(preset: Preset) -> bool:
    """Whether llama-server puts all layers of a model on the GPU. It only fits the layers if their number is auto:
    common/fit.cpp.
    """
    server, known = preset.server, flags_of("llama-server").known
    layers = preset.read("n-gpu-layers")[0]
    fits = layers in ("", "auto", "-1") and preset.read("fit")[0] in ("", *LLAMA_ON)
    few = layers.isdecimal() and int(layers) < ALL_LAYERS
    aside = any(
        flag in preset.by_flag or flag in server.by_flag or known[flag].env in server.env for flag in OFF_THE_CARD
    )
    return not (fits or few or aside or preset.read("device")[0] == "none")


@rule("programs/models-max")
def models_max(view: RenderView) -> Iterator[Violation]:
    """Compares the models of each llama-server with the number that the chart's default keeps in memory."""
    for server in programs(view, "llama-server"):
        keys, most = server.setting("modelsMax"), dict(server.flags).get("--models-max", "")
        models = [preset.model for preset in presets_of(server)]
        if server.router and not view.given(*keys) and most.isdecimal() and 0 < int(most) < len(models):
            message = (
                f"not set, so {most} of {', '.join(models)} stay in memory, and another one is loaded in place of one"
            )
            fix = f"set {len(models)} if all fit at once, or {most} if they take turns on purpose"
            yield Violation(keys, message, fix, at=server.pod.identity)
