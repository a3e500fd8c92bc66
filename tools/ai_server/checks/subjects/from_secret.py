"""How to take a value from a Secret, which differs between the sections of the values."""

import re
from fnmatch import fnmatchcase

from ai_server.checks import facts
from ai_server.reading.profiles import Keys, dotted

OF_A_MODEL = "{name: my-secret, key: api-key}"
"""The form of apiKeySecret."""
REFERENCE = "{valueFrom: {secretKeyRef: {name: ..., key: ...}}}"


def fix_for_secret(keys: Keys) -> str:
    """The fix for a secret at a key."""
    path = dotted(keys)
    rows = facts.table("secret_places")
    fix: str = next(row["fix"] for row in rows if any(fnmatchcase(path, form) for form in row["keys"]))
    last = next(key for key in reversed(keys) if isinstance(key, str))
    owner = f"{keys[2]}_" if last == "apiBase" else ""
    variable = re.sub("[^A-Z0-9]+", "_", f"{owner}{last}".upper().replace("APIBASE", "API_BASE"))
    return fix.replace("{variable}", variable).replace("{valueFrom}", REFERENCE)
