"""A program that wants more GPUs than its node has."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import programs

SIZES = ("--tensor-parallel-size", "--pipeline-parallel-size", "--data-parallel-size")
NUMBERS = {"vllm": ("--device-ids",), "comfyui": ("--cuda-device", "--default-device")}


@rule("programs/one-gpu")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each flag or variable that asks for a second GPU."""
    for each in programs(view):
        if each.owner[:1] != ("thor",):
            continue
        view.count("programs with one GPU")
        for flag, value in each.flags:
            name = each.canonical(flag)
            if name in SIZES and value.isdigit() and int(value) > 1:
                yield Violation(each.argument_key(flag), f"{flag} {value}, and a Thor has one GPU", "take it out")
            elif name in NUMBERS.get(each.program, ()) and value.isdigit() and int(value) > 0:
                yield Violation(each.argument_key(flag), f"{flag} {value}, and a Thor's only GPU is 0", "write 0")
        for variable in ("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"):
            value = str(each.env.get(variable, "")).strip()
            if value.isdigit() and int(value) > 0:
                own = each.env_key(variable)
                keys = own if view.given(*own) else view.setting(each.owner, "visibleDevices")
                yield Violation(keys, f"{value}, and a Thor's only GPU is 0", "write all")
