"""A key that a program does not start without."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.gateway import env, section
from ai_server.checks.subjects.running import running
from ai_server.reading.profiles import Keys

RULE = Rule(
    "A key that a program does not start without",
    why="LiteLLM refuses to start without a master key, and with an empty one: every request would be accepted. So does"
    " Open WebUI without the key that it signs sessions with, or makes a new one at each start, and everybody is signed"
    " out. The chart takes both from the Secret; an empty setting of your own wins over that.",
    wrong='litellm:\n  extraEnv: {LITELLM_MASTER_KEY: ""}',
    right="litellm:\n  extraEnv:\n    LITELLM_MASTER_KEY: {valueFrom: {secretKeyRef: {name: my-keys, key: master}}}",
)
VARIABLE = "LITELLM_MASTER_KEY"
SESSIONS = "WEBUI_SECRET_KEY"
ALLOWED = "dangerously_permit_weak_or_unset_master_key"
"""The setting, and in capitals behind LITELLM_ the variable, that let LiteLLM start all the same; security/login-off
judges that. Both are of litellm/proxy/auth/master_key_boot_check.py, 1.108.14.
"""


def open_to_all(context: Context) -> bool:
    """Whether LiteLLM is told to start without a key."""
    variable = str(env(context).get(f"LITELLM_{ALLOWED.upper()}", ""))
    return section(context, "general_settings").get(ALLOWED) is True or variable.lower() in ("true", "1")


def empty_key(context: Context) -> Keys:
    """The key of the setting or variable that leaves LiteLLM without a master key; () where it has one."""
    settings = section(context, "general_settings")
    each = next((each for each in running(context) if each.program == "litellm"), None)
    if not settings or not each:
        return ()
    key: Any = settings.get("master_key")
    if key is None or not str(key).strip():
        return ("litellm", "generalSettings", "master_key")
    value = each.env.get(VARIABLE)
    if key == f"os.environ/{VARIABLE}" and isinstance(value, str) and not value.strip():
        return each.env_key(VARIABLE)
    return ()


def check(context: Context) -> Iterator[Found]:
    """A finding for an empty key in general_settings or in the variable that it is read from, and for Open WebUI's."""
    context.count("master keys")
    keys = empty_key(context)
    if keys and not open_to_all(context):
        yield Found(keys, "LiteLLM does not start with an empty master key", "take it out: the chart makes one")
    for each in running(context):
        if each.program == "openwebui" and not each.env.get(SESSIONS):
            message = f"Open WebUI does not start without {SESSIONS}, or signs everybody out at each start"
            yield Found(each.env_key(SESSIONS), message, "take it out: the chart makes one")
