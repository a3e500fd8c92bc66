"""The master key of LiteLLM: whether it is empty, and whether LiteLLM starts without one."""

from typing import Any

from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.gateway import gateway
from ai_server.checks.subjects.programs import programs, variables_of
from ai_server.reading.profiles import Keys

VARIABLE = "LITELLM_MASTER_KEY"
ALLOWED = "dangerously_permit_weak_or_unset_master_key"
"""The setting, and in capitals after LITELLM_ the variable, that let LiteLLM start anyway. Both are from
litellm/proxy/auth/master_key_boot_check.py, 1.108.14.
"""


def open_to_all(view: RenderView) -> bool:
    """Whether LiteLLM is set to start without a key."""
    variable = str(variables_of(view, "litellm").get(f"LITELLM_{ALLOWED.upper()}", ""))
    return gateway(view).settings("general_settings").get(ALLOWED) is True or variable.lower() in ("true", "1")


def empty_key(view: RenderView) -> Keys:
    """The key of the setting or variable that leaves LiteLLM without a master key; () if it has one."""
    settings = gateway(view).settings("general_settings")
    for server in programs(view, "litellm") if settings else ():
        key: Any = settings.get("master_key")
        if key is None or not str(key).strip():
            return ("litellm", "generalSettings", "master_key")
        value = server.env.get(VARIABLE)
        if key == f"os.environ/{VARIABLE}" and isinstance(value, str) and not value.strip():
            return server.env_key(VARIABLE)
    return ()
