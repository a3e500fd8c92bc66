"""What secrets look like, so that they are found in values, and never printed: not even by the finding about them."""

import re

PREFIXES = (
    (re.compile(r"sk-(proj-|ant-|or-)?[A-Za-z0-9_-]{16,}"), "an API key"),
    (re.compile(r"(ghp|gho|ghs|ghu)_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}"), "a GitHub token"),
    (re.compile(r"glpat-[A-Za-z0-9_-]{16,}"), "a GitLab token"),
    (re.compile(r"hf_[A-Za-z0-9]{20,}"), "a Hugging Face token"),
    (re.compile(r"nvapi-[A-Za-z0-9_-]{20,}"), "an NVIDIA key"),
    (re.compile(r"(AKIA|ASIA)[A-Z0-9]{16}"), "an AWS key"),
    (re.compile(r"AIza[A-Za-z0-9_-]{30,}"), "a Google key"),
    (re.compile(r"xox[baprs]-[A-Za-z0-9-]{10,}"), "a Slack token"),
    (re.compile(r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+"), "a signed token"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), "a private key"),
    (re.compile(r"[a-z][a-z0-9+]*://[^/\s:@]+:[^/\s@$]+@"), "a password in an address"),
)
NAMES = re.compile(
    r"(?i)(^|[_.-])(api_?key|apikey|token|password|passwd|secret|secret_?key|master_?key|salt_?key|credentials?)$"
)
WRITTEN = re.compile(
    r"""(?ix)([\w.-]*(?:key|token|password|passwd|secret|salt|credentials?)["']?\s*:\s*["']?)([^\s,{}\[\]"']{8,})"""
)
"""A value behind a key for a secret, as a line of YAML has it."""


def masked(text: str) -> str:
    """A line or a message without the secrets in it."""
    for form, _ in PREFIXES:
        text = form.sub("***", text)
    return WRITTEN.sub(r"\1***", text)
