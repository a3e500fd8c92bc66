"""The names that Helm and Kubernetes accept."""

import re

from ai_server.errors import UserError

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
DOMAIN = re.compile(rf"{LABEL.pattern}(\.{LABEL.pattern})*")
NAMES = {
    "--release": (DOMAIN, "release name", 53),
    "--namespace": (LABEL, "namespace name", 63),
    "--name": (DOMAIN, "name of a Secret", 253),
}
"""The form of each option, what it names, and the most characters: Helm's ValidateReleaseName, RFC 1123."""


def must_be_valid(option: str, name: str) -> None:
    """UserError for a name that Helm or Kubernetes rejects; option says what it names."""
    form, what, most = NAMES[option]
    if len(name) > most or not form.fullmatch(name):
        dots = ", ." if form is DOMAIN else ""
        hint = f"use lower-case letters, digits{dots} and -, at most {most}: {option} ai-server"
        raise UserError(f'{option}: "{name}" is not a valid {what}', hint=hint)
