"""Image generation in the chat page: its settings."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.reading.profiles import Keys

IMAGES: Keys = ("openwebui", "images")


@rule("programs/no-picture")
def no_picture(view: RenderView) -> Iterator[Violation]:
    """Compares what the files set with the Image button of the page."""
    for server in programs(view, "openwebui"):
        keys = _requested_by(view, server)
        if keys and view.get(*IMAGES, "enabled") and server.env.get("ENABLE_IMAGE_GENERATION") == "false":
            message, fix, missing_key = _what_is_missing(view, server, keys)
            yield Violation(missing_key, f"{message}: the page's Image button stays hidden", fix)


def _requested_by(view: RenderView, server: ProgramContainer) -> Keys:
    """The key that asks for images; () if there is none."""
    places = [(*IMAGES, key) for key in ("workflow", "workflowNodes", "model") if view.get(*IMAGES, key)]
    variables = ("COMFYUI_WORKFLOW", "COMFYUI_WORKFLOW_NODES")
    places += [server.env_key(name) for name in variables if server.env.get(name)]
    return next((keys for keys in [*places, (*IMAGES, "enabled")] if view.given(*keys)), ())


def _what_is_missing(view: RenderView, server: ProgramContainer, keys: Keys) -> tuple[str, str, Keys]:
    """A message, a fix and the key that they are about."""
    if not server.env.get("COMFYUI_BASE_URL"):
        return "no ComfyUI runs", "enable comfyui on a node, or set openwebui.images.comfyuiUrl", keys
    if keys[:2] != IMAGES:
        return "this variable does not enable images", "set it in openwebui.images instead", keys
    if view.get(*IMAGES, "workflow"):
        fix = 'add workflowNodes, such as [{type: prompt, key: text, node_ids: ["6"]}]'
        return "workflowNodes is missing, so the prompt has no destination", fix, (*IMAGES, "workflow")
    if view.get(*IMAGES, "workflowNodes"):
        fix = "add the workflow, or remove them and set images.model"
        return "these nodes belong to a workflow that is not set", fix, (*IMAGES, "workflowNodes")
    fix = "set images.model to a checkpoint of ComfyUI such as sdxl.safetensors"
    return "neither images.model nor a workflow is set", fix, keys
