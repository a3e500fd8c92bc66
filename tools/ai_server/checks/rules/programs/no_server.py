"""A flag at which a program ends, or serves where nobody looks."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import programs

ENDS = "has the program do something else, and end"
TLS = "serves TLS, and probes and routes ask by http"
MOVED = "moves what probes and routes ask for"
FLAGS = {
    "llama-server": {
        **dict.fromkeys(
            ("--help", "--usage", "--version", "--list-devices", "--cache-list", "--completion-bash"), ENDS
        ),
        **dict.fromkeys(("--ssl-key-file", "--ssl-cert-file"), TLS),
        "--api-prefix": MOVED,
    },
    "vllm": {
        "--headless": "serves no API at all",
        "--uds": MOVED,
        **dict.fromkeys(("--ssl-keyfile", "--ssl-certfile"), TLS),
    },
    "comfyui": {"--quick-test-for-ci": ENDS, **dict.fromkeys(("--tls-keyfile", "--tls-certfile"), TLS)},
    "litellm": {
        **dict.fromkeys(("--help", "--version", "--health", "--test", "--test_async", "--validate_config"), ENDS),
        **dict.fromkeys(("--ssl_keyfile_path", "--ssl_certfile_path"), TLS),
    },
}
VARIABLES = {
    "llama-server": {
        "LLAMA_ARG_API_PREFIX": MOVED,
        **dict.fromkeys(("LLAMA_ARG_SSL_KEY_FILE", "LLAMA_ARG_SSL_CERT_FILE"), TLS),
    },
    "litellm": {"SERVER_ROOT_PATH": MOVED, "SSL_KEYFILE_PATH": TLS, "SSL_CERTFILE_PATH": TLS},
}


@rule("programs/no-server")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each such flag and variable; an empty prefix is none."""
    for each in programs(view):
        for flag, value in each.flags:
            view.count("flags against serving")
            why = FLAGS.get(each.program, {}).get(each.canonical(flag))
            if why and not (why == MOVED and value in ("", "/")):
                yield Violation(each.argument_key(flag), f"{flag} {why}", _fix(why))
        for name, why in VARIABLES.get(each.program, {}).items():
            if str(each.env.get(name, "")).strip("/"):
                yield Violation(each.env_key(name), f"{name} {why}", _fix(why))


def _fix(why: str) -> str:
    return "take it out: TLS and names are the Ingress's" if why in (TLS, MOVED) else "take it out"
