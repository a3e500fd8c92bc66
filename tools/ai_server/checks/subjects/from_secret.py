"""How a value is taken from a Secret: each place of the values has its own way of saying that."""

import re

from ai_server.reading.profiles import Keys

SETTINGS = ("generalSettings", "litellmSettings", "routerSettings")
OF_A_MODEL = "{name: my-secret, key: api-key}"
"""The form of apiKeySecret."""
REFERENCE = "{valueFrom: {secretKeyRef: {name: ..., key: ...}}}"


def is_litellms(keys: Keys) -> bool:
    """Whether a key is in LiteLLM's own settings, which know os.environ/NAME and nothing of Kubernetes."""
    of_a_model = keys[:2] == ("litellm", "models") and keys[3:4] in (("params",), ("apiBase",))
    return of_a_model or (keys[:1] == ("litellm",) and keys[1:2] in [(section,) for section in SETTINGS])


def how(keys: Keys) -> str:
    """What to write at a key instead of a secret."""
    names = [key for key in keys if isinstance(key, str)]
    if keys[:2] == ("litellm", "models") and names[-1:] != ["apiBase"] and (len(keys) == 4 or names[-1] == "api_key"):
        return f"write apiKeySecret: {OF_A_MODEL} in the model, with the Secret's name and the key in it"
    if keys == ("litellm", "generalSettings", "master_key"):
        return "take it out: the chart makes one; for your own, a Secret with all keys, named in global.existingSecret"
    if is_litellms(keys):
        variable = re.sub("[^A-Z0-9]+", "_", names[-1].upper())
        return f"write os.environ/{variable} here, and {variable}: {REFERENCE} in litellm.extraEnv"
    if {"extraEnv", "env"} & set(names):
        return f"put it in a Secret, and name that: {REFERENCE[1:-1]}"
    return f"put it in a Secret; a program gets it by NAME: {REFERENCE} in its extraEnv"
