"""Pictures that were asked for, and nothing to draw them with."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import Running, running
from ai_server.reading.profiles import Keys

RULE = Rule(
    "Pictures without anything to draw them with",
    why="The chat page draws with ComfyUI, by the chart's own workflow and the checkpoint in images.model, or by a"
    " workflow of yours with its workflowNodes, which say where Open WebUI writes the prompt. Without either of them"
    " the Image button is hidden, since each picture would fail or ignore what was asked.",
    wrong="openwebui:\n  images: {enabled: true}",
    right="openwebui:\n  images: {enabled: true, model: sdxl.safetensors}",
)
IMAGES: Keys = ("openwebui", "images")


def check(context: Context) -> Iterator[Found]:
    """A finding where the files ask for pictures, and the page renders without its Image button."""
    for each in running(context):
        if each.program == "openwebui":
            context.count("Image buttons")
            keys = _asked(context, each)
            if keys and context.get(*IMAGES, "enabled") and each.env.get("ENABLE_IMAGE_GENERATION") == "false":
                yield from _missing(context, each, keys)


def _asked(context: Context, each: Running) -> Keys:
    """Where the files ask for pictures; () where they do not."""
    written = [(*IMAGES, key) for key in ("workflow", "workflowNodes", "model") if context.get(*IMAGES, key)]
    written += [each.env_key(name) for name in ("COMFYUI_WORKFLOW", "COMFYUI_WORKFLOW_NODES")]
    return next((keys for keys in [*written, (*IMAGES, "enabled")] if context.given(*keys)), ())


def _missing(context: Context, each: Running, keys: Keys) -> Iterator[Found]:
    workflow, nodes = context.get(*IMAGES, "workflow"), context.get(*IMAGES, "workflowNodes")
    off = "the page's Image button stays hidden"
    if not each.env.get("COMFYUI_BASE_URL"):
        yield Found(
            keys, f"no ComfyUI runs: {off}", "enable thor.comfyui on a node, or give openwebui.images.comfyuiUrl"
        )
    elif keys[:2] != IMAGES:
        yield Found(keys, f"this variable does not switch pictures on: {off}", "write it in openwebui.images instead")
    elif workflow:
        fix = 'add workflowNodes, such as [{type: prompt, key: text, node_ids: ["6"]}]'
        yield Found((*IMAGES, "workflow"), f"no workflowNodes say where the prompt goes: {off}", fix)
    elif nodes:
        fix = "add the workflow, or take them out and give images.model"
        yield Found((*IMAGES, "workflowNodes"), f"these are nodes of a workflow that is not given: {off}", fix)
    else:
        fix = "give images.model, a checkpoint of ComfyUI such as sdxl.safetensors"
        yield Found(keys, f"neither images.model nor a workflow is given: {off}", fix)
