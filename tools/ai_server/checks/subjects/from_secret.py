"""How to take a value from a Secret, which differs between the sections of the values."""

import re

from ai_server.reading.profiles import Keys

SETTINGS = ("extraConfig", "generalSettings", "litellmSettings", "routerSettings")
MASTER_KEYS = (("litellm", "generalSettings", "master_key"), ("litellm", "masterkey"), ("litellm", "masterKey"))
OF_A_MODEL = "{name: my-secret, key: api-key}"
"""The form of apiKeySecret."""
REFERENCE = "{valueFrom: {secretKeyRef: {name: ..., key: ...}}}"


def is_litellms(keys: Keys) -> bool:
    """Whether a key is in LiteLLM's own settings, which support os.environ/NAME but not valueFrom."""
    of_model = keys[:2] == ("litellm", "models") and keys[3:4] in (("params",), ("apiBase",), ("modelInfo",))
    of_model = of_model or keys[:3] == ("litellm", "routing", "models")
    return of_model or (keys[:1] == ("litellm",) and keys[1:2] in [(section,) for section in SETTINGS])


def fix_for_secret(keys: Keys) -> str:
    """The fix for a secret at a key."""
    names = [key for key in keys if isinstance(key, str)]
    if keys[:2] == ("litellm", "models") and names[-1:] != ["apiBase"] and (len(keys) == 4 or names[-1] == "api_key"):
        return f"set apiKeySecret: {OF_A_MODEL} in the model, with the Secret's name and the key in it"
    if keys[:2] == ("openwebui", "admin"):
        return "remove it: the first password is WEBUI_ADMIN_PASSWORD in the release's Secret (docs/secrets.md)"
    if keys in MASTER_KEYS:
        return "remove it: the chart creates one; for your own, set global.existingSecret to a Secret with all keys"
    if is_litellms(keys):
        variable = re.sub("[^A-Z0-9]+", "_", names[-1].upper())
        return f"use os.environ/{variable} here, and set {variable}: {REFERENCE} in litellm.extraEnv"
    if {"extraEnv", "env"} & set(names):
        return f"put it in a Secret, and refer to that: {REFERENCE[1:-1]}"
    return f"put it in a Secret, and set NAME: {REFERENCE} in extraEnv of the program"
