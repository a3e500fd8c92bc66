"""Models that are larger than the memory of their node."""

from collections.abc import Iterator
from decimal import Decimal

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.placement import placement
from ai_server.checks.subjects.presets import Preset, presets
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
                f"the weights of {models} take at least {needed / GIB:.0f} GiB, by the names of their files, "
                f"but the node has {room / GIB:.0f} GiB"
            )
            alone = largest[0][0] > room or most == 1
            fix = "use a smaller quantisation" if alone else "set a lower modelsMax, or serve fewer models there"
            yield Violation(largest[0][1].read("model")[1] if alone else server.setting("modelsMax"), message, fix)
