"""Models that do not fit into memory, and those that have to share it."""

from collections.abc import Iterator
from decimal import Decimal

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView, RenderView
from ai_server.checks.subjects.placement import placement
from ai_server.checks.subjects.presets import Preset, presets, presets_of
from ai_server.checks.subjects.programs import programs
from ai_server.checks.subjects.weights import least_bytes
from ai_server.kube.nodes import SUFFIXES, allocatable

GIB = SUFFIXES["Gi"]


@rule("programs/weights-over-memory")
def weights(view: ClusterView) -> Iterator[Violation]:
    """Compares the models that a llama-server keeps in memory together with the largest node that its pod fits."""
    memory = {
        placed.subject.key: max(
            (allocatable(node).get("memory", Decimal(0)) for node in placed.meant), default=Decimal(0)
        )
        for placed in placement(view).placed
    }
    by_server: dict[str, list[tuple[int, Preset]]] = {}
    for preset in presets(view):
        by_server.setdefault(preset.server.pod.identity, []).append((least_bytes(preset.read("model")[0]), preset))
    for of_server in by_server.values():
        server = of_server[0][1].server
        most = int(server.value("modelsMax") or len(of_server))
        largest = sorted(of_server, key=lambda sized: -sized[0])[:most]
        needed, room = Decimal(sum(size for size, _ in largest)), memory.get(server.pod.key, Decimal(0))
        if room and needed > room:
            models = " and ".join(preset.model for size, preset in largest if size)
            message = (
                f"the weights of {models} take at least {needed / GIB:.3g} GiB, by the names of their files, "
                f"but the node has {room / GIB:.3g} GiB"
            )
            alone = largest[0][0] > room or most == 1
            fix = "use a smaller quantisation" if alone else "set a lower modelsMax, or serve fewer models there"
            yield Violation(largest[0][1].read("model")[1] if alone else server.setting("modelsMax"), message, fix)


@rule("programs/models-max")
def models_max(view: RenderView) -> Iterator[Violation]:
    """Compares the models of each llama-server with the number that the chart's default keeps in memory."""
    for server in programs(view, "llama-server"):
        keys, most = server.setting("modelsMax"), dict(server.flags).get("--models-max", "")
        models = [preset.model for preset in presets_of(server)]
        if server.router and not view.given(*keys) and most.isdigit() and 0 < int(most) < len(models):
            message = (
                f"not set, so {most} of {', '.join(models)} stay in memory, and another one is loaded in place of one"
            )
            fix = f"set {len(models)} if all fit at once, or {most} if they take turns on purpose"
            yield Violation(keys, message, fix, at=server.pod.identity)
