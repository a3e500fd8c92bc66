"""A program that wants more GPUs than its node has."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import running

RULE = Rule(
    "A program on Thor that wants a second GPU",
    why="A Jetson Thor has one GPU. vLLM split over two waits for the other, and ends; a number other than 0 names a"
    " GPU that is not there.",
    wrong="thor:\n  vllm: {extraArgs: [--tensor-parallel-size, '2']}",
    right="thor:\n  vllm: {extraArgs: [--tensor-parallel-size, '1']}",
)
SIZES = ("--tensor-parallel-size", "--pipeline-parallel-size", "--data-parallel-size")
NUMBERS = {"vllm": ("--device-ids",), "comfyui": ("--cuda-device", "--default-device")}


def check(context: Context) -> Iterator[Found]:
    """A finding for each flag or variable that asks for a second GPU."""
    for each in running(context):
        if each.owner[:1] != ("thor",):
            continue
        context.count("programs with one GPU")
        for flag, value in each.flags:
            name = each.canonical(flag)
            if name in SIZES and value.isdigit() and int(value) > 1:
                yield Found(each.argument_key(flag), f"{flag} {value}, and a Thor has one GPU", "take it out")
            elif name in NUMBERS.get(each.program, ()) and value.isdigit() and int(value) > 0:
                yield Found(each.argument_key(flag), f"{flag} {value}, and a Thor's only GPU is 0", "write 0")
        for variable in ("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"):
            value = str(each.env.get(variable, "")).strip()
            if value.isdigit() and int(value) > 0:
                own = each.env_key(variable)
                keys = own if context.given(*own) else context.setting(each.owner, "visibleDevices")
                yield Found(keys, f"{value}, and a Thor's only GPU is 0", "write all")
