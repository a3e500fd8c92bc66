"""A key that a program does not start without."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.gateway import env, section
from ai_server.checks.subjects.programs import programs
from ai_server.reading.profiles import Keys

VARIABLE = "LITELLM_MASTER_KEY"
ALLOWED = "dangerously_permit_weak_or_unset_master_key"
"""The setting, and in capitals behind LITELLM_ the variable, that let LiteLLM start all the same; security/login-off
judges that. Both are of litellm/proxy/auth/master_key_boot_check.py, 1.108.14.
"""


def open_to_all(view: RenderView) -> bool:
    """Whether LiteLLM is told to start without a key."""
    variable = str(env(view).get(f"LITELLM_{ALLOWED.upper()}", ""))
    return section(view, "general_settings").get(ALLOWED) is True or variable.lower() in ("true", "1")


def empty_key(view: RenderView) -> Keys:
    """The key of the setting or variable that leaves LiteLLM without a master key; () where it has one."""
    settings = section(view, "general_settings")
    each = next((each for each in programs(view) if each.program == "litellm"), None)
    if not settings or not each:
        return ()
    key: Any = settings.get("master_key")
    if key is None or not str(key).strip():
        return ("litellm", "generalSettings", "master_key")
    value = each.env.get(VARIABLE)
    if key == f"os.environ/{VARIABLE}" and isinstance(value, str) and not value.strip():
        return each.env_key(VARIABLE)
    return ()


@rule("programs/empty-key")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for an empty key in general_settings or in the variable that it is read from."""
    view.count("master keys")
    keys = empty_key(view)
    if keys and not open_to_all(view):
        yield Violation(keys, "LiteLLM does not start with an empty master key", "take it out: the chart makes one")
