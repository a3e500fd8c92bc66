"""A program that is kept from its GPU: it runs on the processor, and says nothing."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.presets import presets_of
from ai_server.checks.subjects.programs import ProgramContainer, programs

NONE = ("", "-1", "none", "void", "no")
HIDING = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL")
"""Variables of CUDA and ROCm: an empty list, or -1, shows no device (docs of both)."""
VIDEO = 44
"""docs of LLMKube on Strix Halo: 44 is `video`, while render is 991, 992, 993 ..."""
RENDER = "write what `stat -c %g /dev/dri/renderD128` prints on the node"
ON_THE_PROCESSOR = {
    "llama-server": {"--gpu-layers": "0", "--device": "none"},
    "comfyui": {"--cpu": ""},
}
"""Flags with the value that means the processor, by their main spelling."""


@rule("programs/gpu-hidden")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each program on a GPU node that would not use the GPU."""
    for each in programs(view):
        if each.program not in ("llama-server", "vllm", "comfyui") and not _speaks_on_the_gpu(each):
            continue
        view.count("programs on a GPU")
        for name in HIDING:
            if str(each.env.get(name, "0")).strip().lower() in NONE:
                yield Violation(each.env_key(name), f"{name} hides the GPU from {each.program}", "take it out")
        if str(each.env.get("LLAMA_ARG_DEVICE", "")).lower() == "none":
            yield Violation(each.env_key("LLAMA_ARG_DEVICE"), "none is no GPU: it runs on the processor", "take it out")
        limits = (each.container.get("resources") or {}).get("limits") or {}
        for name in [name for name, amount in limits.items() if name.endswith("/gpu") and str(amount) == "0"]:
            yield Violation(
                each.key("resources", "limits", name), "the pod asks for no GPU", "take it out: gpuCount is 1"
            )
        if each.program == "llama-server" and each.value("renderGroup") == VIDEO:
            message = f"{VIDEO} is the group video in most systems, and not render: the GPU may not open"
            yield Violation(each.key("renderGroup"), message, RENDER, severity="warning")
        if each.owner[:1] == ("thor",):
            yield from _thor(view, each)
        yield from _flags(each)


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


def _flags(each: ProgramContainer) -> Iterator[Violation]:
    """Flags of the command line, or of a model, that mean the processor: a warning, since that may be meant."""
    meant = ON_THE_PROCESSOR.get(each.program, {})
    found = {}
    for flag, value in each.flags:
        if meant.get(each.canonical(flag)) == value:
            found[each.argument_key(flag)] = (flag, value)
    for preset in presets_of(each):
        for name, value in preset.flags.items():
            if meant.get(each.canonical(f"--{name}")) == value:
                found[preset.key(name)] = (f"--{name}", value)
        found.pop(preset.entry, None)
    for keys, (flag, value) in found.items():
        message = f"{flag} {value}".strip() + f" has {each.program} run on the processor"
        yield Violation(keys, message, "take it out, or waive it if that is meant", severity="warning")
