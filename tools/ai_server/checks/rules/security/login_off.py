"""An API or a page without a key."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.rules.programs.empty_key import empty_key, open_to_all
from ai_server.checks.subjects.running import running

OFF = ("false", "0", "no", "off", "")
TRUSTED = ("WEBUI_AUTH_TRUSTED_EMAIL_HEADER", "WEBUI_AUTH_TRUSTED_NAME_HEADER")
KEYS = {"llama-server": "LLAMA_API_KEY", "vllm": "VLLM_API_KEY"}


@rule("security/login-off")
def check(view: RenderView) -> Iterator[Violation]:
    """An error for what an Ingress or an open Service leads to, a warning for what stays inside the cluster."""
    for each in running(view):
        section = each.owner[0] if each.owner else ""
        view.count("logins")
        name = KEYS.get(each.program, "")
        if name and isinstance(each.env.get(name), str) and not each.env[name].strip():
            yield _found(view, each.env_key(name), str(section), f"an empty {name} lets everybody in")
        if each.program == "openwebui" and str(each.env.get("WEBUI_AUTH", "true")).lower() in OFF:
            yield _found(view, each.env_key("WEBUI_AUTH"), "openwebui", "without a login everybody is administrator")
        for name in TRUSTED if each.program == "openwebui" else ():
            if each.env.get(name):
                message = "whoever sends this header is let in as anybody: only a proxy of yours may reach the page"
                yield _found(view, each.env_key(name), "openwebui", message)
        if each.program == "speaches" and "speech" in each.container["name"] and each.value("apiKeyEnv") == "":
            image = each.container["image"]
            if "speaches" in image:
                message = "Speaches takes a key, and with this it gets none"
                yield Violation(each.key("apiKeyEnv"), message, "write API_KEY", severity="warning")
    keys = empty_key(view)
    if keys and open_to_all(view):
        yield _found(view, keys, "litellm", "without a master key LiteLLM lets everybody in")
    auth = view.get("litellm", "generalSettings") or {}
    for name in ("public_routes", "pass_through_endpoints"):
        if name in auth:
            keys = ("litellm", "generalSettings", name)
            yield _found(view, keys, "litellm", "these routes ask for no key")


def _found(view: RenderView, keys: tuple[str | int, ...], section: str, message: str) -> Violation:
    ingress = view.get(section, "ingress", "enabled")
    opened = view.get(section, "service", "type") not in ("ClusterIP", None)
    where = "its Ingress" if ingress else "its open Service" if opened else ""
    reach = f", and {where} leads to it from outside" if where else ""
    return Violation(keys, f"{message}{reach}", "take it out", severity="error" if where else "warning")
