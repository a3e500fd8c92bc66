"""The forms of passwords, keys and tokens, and the names of their keys."""

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

LEAST_BITS = 3.0
"""Shannon entropy per character: random hexadecimal has 4, words have about 2.5."""
SHORTEST = 12
"""The least length of a token; passwords may be short, so any text at a password's key is one."""


def _mixed(text: str) -> bool:
    """Whether a text has digits and capitals, or a long run of hexadecimal, unlike names of models and classes."""
    return bool(re.search(r"\d", text) and (re.search("[A-Z]", text) or re.search("[0-9a-f]{20}", text)))


def _name_and_password(text: str) -> bool:
    try:
        return b":" in base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False


def is_random(text: str) -> bool:
    """Whether a text has digits and a higher entropy than words."""
    return bool(re.search(r"\d", text)) and entropy(text) >= LEAST_BITS


def _anything(_: str) -> bool:
    return True


class Form(NamedTuple):
    """A form of a secret: its group, or all of it, is secret; sign is a part of it in lower case."""

    sign: str
    expression: str
    kind: str
    holds: Callable[[str], bool] = _anything


FORMS = (
    Form("sk-", r"sk-(?:proj-|ant-|or-)?[A-Za-z0-9_-]{16,}", "an API key", _mixed),
    Form("sk-", r"sk-(?:proj|ant|or)-(?=[\w-]*\d)[A-Za-z0-9_-]{16,}", "an API key"),
    Form("sk-", r"sk-[a-z0-9]{20,}(?![\w-])", "an API key", is_random),
    Form("gh", r"gh[pousr]_[A-Za-z0-9]{20,}", "a GitHub token"),
    Form("github_pat_", r"github_pat_[A-Za-z0-9_]{20,}", "a GitHub token"),
    Form("gl", r"gl(?:pat|dt|rt|cbt|ptt|agent)-[A-Za-z0-9_-]{16,}", "a GitLab token"),
    Form("hf_", r"hf_[A-Za-z0-9]{30,}(?![\w.])", "a Hugging Face token"),
    Form("nvapi-", r"nvapi-[A-Za-z0-9_-]{20,}", "an NVIDIA key"),
    Form("gsk_", r"gsk_[A-Za-z0-9]{20,}", "a Groq key"),
    Form("akia", r"AKIA[A-Z0-9]{16}", "an AWS key"),
    Form("asia", r"ASIA[A-Z0-9]{16}", "an AWS key"),
    Form("aiza", r"AIza[A-Za-z0-9_-]{30,}", "a Google key"),
    Form("xox", r"xox[abposr]-[A-Za-z0-9-]{10,}", "a Slack token", is_random),
    Form("hooks.slack.com", r"https://hooks\.slack\.com/services/(T\w+/B\w+/\w+)", "a Slack webhook"),
    Form("/webhooks/", r"https://discord(?:app)?\.com/api/webhooks/(\d+/[\w-]{20,})", "a Discord webhook"),
    Form(":aa", r"\d{8,10}:[0-9A-Za-z_-]{35}(?![\w-])", "a Telegram token"),
    Form("k_live_", r"[sr]k_live_[0-9a-zA-Z]{24}", "a Stripe key"),
    Form("sg.", r"SG\.[\w-]{22}\.[\w-]{43}", "a SendGrid key"),
    Form("npm_", r"npm_[A-Za-z0-9]{36}", "an npm token"),
    Form("pypi-ag", r"pypi-Ag[A-Za-z0-9_-]{50,}", "a PyPI token"),
    Form("accountkey=", r"AccountKey=([A-Za-z0-9+/=]{88})", "an Azure key"),
    Form("eyj", r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+", "a signed token"),
    Form("private key", r"(?s:-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*)", "a private key"),
    Form(
        "://",
        r"""[a-z][a-z0-9+]*://[^/\s:@\[]*:((?!\d+/)[^/\s@$<{(*][^\s@"']*(?:@[^\s"']*)?)@""",
        "a password in an address",
    ),
    Form("@", r"[\w.-]+:([^/\s@:$<{(*]+)@[\w.-]+\.[a-z]{2,}(?::\d+)?/", "a password in an address"),
    Form("$", r"\${1,2}(?:apr1|1|2[abxy]|5|6|y)\$[./A-Za-z0-9$=,]{20,}", "the hash of a password"),
    Form("{sha}", r"\{SHA\}[A-Za-z0-9+/]{27}=", "the hash of a password"),
    Form("bearer", r"(?i:bearer)\s+([A-Za-z0-9._~+/=-]{12,})", "a key in a header", is_random),
    Form("basic", r"(?i:basic)\s+([A-Za-z0-9+/]{8,}={0,2})(?![\w+/=])", "a password in a header", _name_and_password),
)
"""Most come from detect-secrets 1.5.0, detect_secrets/plugins/, whose import alone takes 0.3 s."""


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    """The expression at the start of a word, compiled only for a text that has the sign."""
    return re.compile(rf"(?<![A-Za-z0-9_-])(?:{expression})")


START = r"(?:^|[^A-Za-z]|(?<=[a-z])(?=[A-Z]))"
PASSWORD = re.compile(rf"(?:(?i:password)|{START}(?i:pass|passwd|passphrase|pwd))$")
"""PGPASSWORD has no sign between its words."""
TOKEN = re.compile(
    rf"{START}(?i:api[_-]?keys?|token|pat|secret|credentials?|authorization|"
    r"(?:secret|access|master|salt|private|encryption|signing|session|jwt|auth)[_-]?key)$"
)
ANY_VALUE = re.compile(
    "[A-Z0-9_]+_(KEY|SECRET|TOKEN|PASSWORD)"
    "|([a-z0-9]+_)*(api|master|salt|secret|access|private|encryption|signing|jwt|auth)_key|([a-z0-9]+_)+(secret|token)"
    "|apiKey|master[Kk]ey|(secret|salt|encryption|signing|jwt)Key"
)
"""A variable or a setting for a secret, whose value is one however short it is."""
NO_NAME = re.compile("(?i)checksum|hash|digest|public_?key|(bos|eos|pad|unk|sep|cls|mask|page|per)_token")
"""checksum/secret is an annotation that restarts pods when a Secret changes; the others are public, of models, or
prices.
"""
KNOWN = {
    *("sk-1234", "sk-123456", "admin", "administrator", "password", "passw0rd", "changeme", "change-me", "changeit"),
    *("secret", "test", "12345", "123456", "12345678", "root", "letmein", "qwerty", "t0p-s3cr3t", "default", "llm"),
    *("sk-xxxx", "your-api-key", "your_api_key", "yourpassword", "token-abc123", "postgres", "litellm", "openwebui"),
}
"""Passwords and keys from documentation: they are public, so they may be shown."""
NO_SECRET = {"", "true", "false", "yes", "no", "on", "off", "none", "null", "required", "optional"}
PLACEHOLDERS = {
    *("dummy", "empty", "not-needed", "not-required", "no-key", "no-key-required", "sk-no-key-required", "unused"),
    *("any", "anything", "fake", "fake-key", "local", "lm-studio", "ollama", "na", "n/a", "sk-dummy", "sk-none"),
}
"""What clients send to a server that asks for no key."""
REFERENCE = re.compile(r"os\.environ/|/|\$|<|\{|ENC\[|(vault|ref\+|secret|file|https?|azurekeyvault)[:+]|\*+$|\.{3}")
OBJECT_NAME = re.compile(
    r"(?!.*[0-9a-f]{32})(?!(sk-)?(?=([a-z]*[0-9]){4})[a-z0-9]{20,}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?"
)
"""The name of an object, as in existingSecret; long hexadecimal, or a long word with many digits, is not one."""
ASSIGNED = re.compile(r"""([\w.-]+)(?:=|["']\s*:\s*["'])([^\s"'&,]+)""")
"""--password=..., ?api-key=..., PGPASSWORD=..., or a pair of JSON inside a text."""
WRITTEN = re.compile(r"""([\w.-]+)["']?(?:=|\s*:\s*)["']?([^\s,{}\[\]"']+)""")
"""The same, and a pair in a line of YAML."""
COLON = r"""["']?[ \t]*:[ \t]*["']?"""
TEXT = r"""(?![|>&*])([^\s,;{}\[\]"']+)"""
PAIRS = (
    re.compile(rf"""(?<![\w.$/-])(?<!\$\{{)(?![a-z]+[ \t]*:)([\w.-]+){COLON}{TEXT}"""),
    re.compile(rf"""(?m)^[\s{{-]*["']?([a-z]+){COLON}{TEXT}"""),
    re.compile(rf"""(?m)^[ \t]*([\w.-]+)[ \t]+{TEXT}["']?[ \t]*$"""),
    re.compile(r"""(?<![\w-])(--[\w-]+)[\s=]+["']?(?!--)([^\s"',\]]+)"""),
)
"""NAME: value (a word like password only at the start of a line), NAME value alone in a line, and --name value."""


def entropy(text: str) -> float:
    """The Shannon entropy in bits per character."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def names_a_secret(name: str) -> bool:
    """Whether a key, variable or flag with this name holds a password or a token."""
    return bool(PASSWORD.search(name) or TOKEN.search(name))


def is_reference(text: str) -> bool:
    """Whether a text is well-known, stands for a secret, or names one that is elsewhere."""
    return text.lower() in NO_SECRET or text.lower() in KNOWN or bool(REFERENCE.match(text))


def kind_at(name: str, value: str) -> str:
    """The kind of secret that a text is at a key with this name; "" if it is not a secret, or a well-known one."""
    # tls-secret has the name of a Secret
    variable = name if name.endswith("-secret") else name.lstrip("-").replace("-", "_")
    if is_reference(value) or NO_NAME.search(variable):
        return ""
    if PASSWORD.search(name):
        return "a password"
    if ANY_VALUE.fullmatch(variable) and not set(re.split("[;,]", value.lower())) <= PLACEHOLDERS:
        return "a secret"
    if TOKEN.search(name) and len(value) >= SHORTEST and " " not in value and entropy(value) >= LEAST_BITS:
        # annotations of Ingress controllers name a Secret, sometimes with its namespace: auth-secret: default/users
        of_an_object = name.endswith(("Secret", "-secret")) and all(map(OBJECT_NAME.fullmatch, value.split("/")))
        return "" if of_an_object else "a secret"
    return ""


def is_name(text: str) -> bool:
    """Whether a text may be the name of a Secret, and is not a secret itself."""
    return bool(OBJECT_NAME.fullmatch(text)) and not any(parts_of(text, in_values=True))


def parts_of(text: str, *, in_values: bool = False) -> Iterator[tuple[int, int, str]]:
    """The secrets inside a text, by their form or by a name before them: begin, end, kind.

    in_values: whether the text is a value, and not the words of a rule, in which a colon may follow the name of a key.
    """
    lower = text.lower()
    for form in FORMS if len(text) >= SHORTEST else ():
        for match in _compiled(form.expression).finditer(text) if form.sign in lower else ():
            group = 1 if match.lastindex else 0
            if form.holds(match[group]):
                yield *match.span(group), form.kind
    for pairs in (ASSIGNED, *(PAIRS if in_values else ())):
        yield from after_names(pairs, text)


def after_names(form: re.Pattern[str], text: str) -> Iterator[tuple[int, int, str]]:
    """The secrets in a text that follow the name of one, for a form of pairs."""
    for match in form.finditer(text):
        kind = kind_at(match[1].rpartition(".")[2], match[2])
        if kind:
            yield *match.span(2), kind
