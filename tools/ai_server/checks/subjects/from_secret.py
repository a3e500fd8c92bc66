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
    if {"apiKeySecret", "secretKeyRef", "existingSecret", "tlsSecret"} & {*names[-2:]}:
        return "use the name of a Secret that contains it, and the name of its key there, not its value"
    if keys[:2] == ("litellm", "models") and names[-1:] != ["apiBase"] and (len(keys) == 4 or names[-1] == "api_key"):
        return f"set apiKeySecret: {OF_A_MODEL} in the model, with the Secret's name and the key in it"
    if keys[:1] == ("openwebui",) and re.match("(?i)(webui_?)?admin", str(keys[1])):
        return "remove it: the first password is WEBUI_ADMIN_PASSWORD in the release's Secret (docs/secrets.md)"
    if keys in MASTER_KEYS:
        return "remove it: the chart creates one; for your own, set global.existingSecret to a Secret with all keys"
    if is_litellms(keys):
        return _for_litellm(names)
    if {"extraEnv", "env"} & set(names):
        return f"put it in a Secret, and refer to that: {REFERENCE[1:-1]}"
    if "annotations" in names:
        return (
            "remove it: whoever sees the object sees it; name a Secret, as in nginx.ingress.kubernetes.io/auth-secret"
        )
    if keys[:1] == ("extraObjects",):
        return "create a Secret with kubectl, or as a SealedSecret or ExternalSecret, and refer to that by its name"
    if "extraArgs" in names:
        return f"put it in a Secret, set NAME: {REFERENCE} in extraEnv of the program, and use $(NAME) here"
    return f"put it in a Secret, and set NAME: {REFERENCE} in extraEnv of the program"


def _for_litellm(names: list[str]) -> str:
    """The same in LiteLLM's own settings."""
    variable = re.sub("[^A-Z0-9]+", "_", names[-1].upper())
    if "environment_variables" in names:
        return f"remove it, and set {variable}: {REFERENCE} in litellm.extraEnv"
    if "cache_params" in names:
        variable = f"REDIS_{variable.removeprefix('REDIS_')}"
    if names[-1] == "apiBase":
        variable = re.sub("[^A-Z0-9]+", "_", f"{names[-2]}_API_BASE".upper())
    return f"use os.environ/{variable} here, and set {variable}: {REFERENCE} in litellm.extraEnv"
