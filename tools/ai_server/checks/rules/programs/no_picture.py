"""Pictures that were asked for, and nothing to draw them with."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.reading.profiles import Keys

IMAGES: Keys = ("openwebui", "images")


@rule("programs/no-picture")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding where the files ask for pictures, and the page renders without its Image button."""
    for each in programs(view):
        if each.program == "openwebui":
            view.count("Image buttons")
            keys = _asked(view, each)
            if keys and view.get(*IMAGES, "enabled") and each.env.get("ENABLE_IMAGE_GENERATION") == "false":
                yield from _missing(view, each, keys)


def _asked(view: RenderView, each: ProgramContainer) -> Keys:
    """Where the files ask for pictures; () where they do not."""
    written = [(*IMAGES, key) for key in ("workflow", "workflowNodes", "model") if view.get(*IMAGES, key)]
    written += [each.env_key(name) for name in ("COMFYUI_WORKFLOW", "COMFYUI_WORKFLOW_NODES")]
    return next((keys for keys in [*written, (*IMAGES, "enabled")] if view.given(*keys)), ())


def _missing(view: RenderView, each: ProgramContainer, keys: Keys) -> Iterator[Violation]:
    workflow, nodes = view.get(*IMAGES, "workflow"), view.get(*IMAGES, "workflowNodes")
    off = "the page's Image button stays hidden"
    if not each.env.get("COMFYUI_BASE_URL"):
        yield Violation(
            keys, f"no ComfyUI runs: {off}", "enable thor.comfyui on a node, or give openwebui.images.comfyuiUrl"
        )
    elif keys[:2] != IMAGES:
        yield Violation(
            keys, f"this variable does not switch pictures on: {off}", "write it in openwebui.images instead"
        )
    elif workflow:
        fix = 'add workflowNodes, such as [{type: prompt, key: text, node_ids: ["6"]}]'
        yield Violation((*IMAGES, "workflow"), f"no workflowNodes say where the prompt goes: {off}", fix)
    elif nodes:
        fix = "add the workflow, or take them out and give images.model"
        yield Violation((*IMAGES, "workflowNodes"), f"these are nodes of a workflow that is not given: {off}", fix)
    else:
        fix = "give images.model, a checkpoint of ComfyUI such as sdxl.safetensors"
        yield Violation(keys, f"neither images.model nor a workflow is given: {off}", fix)
