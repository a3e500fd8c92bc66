"""ComfyUI's folders of models: their kinds and paths."""

from collections.abc import Iterator

from ai_server.checks import facts
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.mounted import unmounted
from ai_server.checks.subjects.programs import programs
from ai_server.near import choice


@rule("programs/folder-kind")
def folder_kind(view: RenderView) -> Iterator[Violation]:
    """Looks for kinds that resemble one of ComfyUI's; any other may be that of a custom node."""
    known = facts.table("comfyui_folders")
    for server in programs(view, "comfyui"):
        for kind in server.value("modelFolders") or {}:
            near = "" if kind in known else choice(kind, known)
            if near:
                message = f"ComfyUI has no kind of folder {kind}: nothing looks for models there"
                keys = server.setting("modelFolders", kind)
                yield Violation(keys, message).move((*keys[:-1], near), certain=False)


@rule("programs/unmounted-path")
def folders_elsewhere(view: RenderView) -> Iterator[Violation]:
    """Looks for folders with a full path; the others are below modelsFolder."""
    for server in programs(view, "comfyui"):
        for kind, folders in (server.value("modelFolders") or {}).items():
            for folder in str(folders).split():
                if unmounted(server, folder):
                    message = f"{folder}: the container has no such path"
                    yield Violation(server.setting("modelFolders", kind), message)
