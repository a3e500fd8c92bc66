"""A path that does not tell whether a program is ready."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import programs

PATHS = {
    "vllm/vllm-openai": ("/health", "/ping", "/version", "/load", "/metrics"),
    "nvidia/vllm": ("/health", "/ping", "/version", "/load", "/metrics"),
    "cmooreio/comfyui-thor": ("/", "/system_stats", "/queue", "/prompt", "/object_info", "/features"),
    "speaches-ai/speaches": ("/health", "/docs", "/openapi.json"),
}
"""What each image answers to without a key: vLLM's api_server, ComfyUI's server.py, Speaches' routers."""


@rule("programs/health-path")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each program of a known image whose healthPath is none of these."""
    for each in programs(view):
        image = str(each.container.get("image")).partition("@")[0].rpartition(":")[0]
        known = next((paths for name, paths in PATHS.items() if image.endswith(f"/{name}")), ())
        path = each.value("healthPath")
        if known and path:
            view.count("health paths")
            if path not in known:
                message = f"{each.program} does not answer {path} without a key"
                yield Violation(each.key("healthPath"), message, f"write {known[0] if known[0] != '/' else known[1]}")
