"""A program that is kept from its GPU: it runs on the processor, and says nothing."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import ProgramContainer, programs

NONE = ("", "-1", "none", "void", "no")


@rule("programs/gpu-hidden")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each program on a GPU node that would not use the GPU."""
    for each in programs(view):
        if each.program not in ("llama-server", "vllm", "comfyui") and not _speaks_on_the_gpu(each):
            continue
        view.count("programs on a GPU")
        limits = (each.container.get("resources") or {}).get("limits") or {}
        for name in [name for name, amount in limits.items() if name.endswith("/gpu") and str(amount) == "0"]:
            yield Violation(
                each.key("resources", "limits", name), "the pod asks for no GPU", "take it out: gpuCount is 1"
            )
        if each.owner[:1] == ("thor",):
            yield from _thor(view, each)


def _speaks_on_the_gpu(each: ProgramContainer) -> bool:
    return each.program == "speaches" and each.value("device") != "cpu"


def _thor(view: RenderView, each: ProgramContainer) -> Iterator[Violation]:
    """The three things that the nvidia runtime looks at: the class, the devices, and what they are for."""
    if view.effective(each.owner, "gpuAccess") == "devicePlugin":
        return
    if not each.pod.spec.get("runtimeClassName"):
        keys = view.setting(each.owner, "pod", "runtimeClassName")
        yield Violation(keys, "without a runtime class nothing sees the GPU", "write nvidia", at=each.program)
    for name, key in (
        ("NVIDIA_VISIBLE_DEVICES", "visibleDevices"),
        ("NVIDIA_DRIVER_CAPABILITIES", "driverCapabilities"),
    ):
        value = str(each.env.get(name, "")).strip().lower()
        own = each.env_key(name)
        keys = own if view.given(*own) else view.setting(each.owner, key)
        if name == "NVIDIA_VISIBLE_DEVICES" and value in NONE:
            yield Violation(keys, f'"{value}" shows no GPU', "write all", at=each.program)
        elif name == "NVIDIA_DRIVER_CAPABILITIES" and not {"compute", "all"} & {
            part.strip() for part in value.split(",")
        }:
            yield Violation(
                keys, f'"{value}" lets nothing compute on the GPU', "write compute,utility", at=each.program
            )
