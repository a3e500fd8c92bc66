"""A flag in a model's flags that has a key of its own, or that is the server's."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.facts import flags_of
from ai_server.checks.subjects.presets import MODEL_KEYS, presets


@rule("programs/own-key")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each such flag among the flags of a model, a node's server or everybody's."""
    known = flags_of("llama-server")
    own = {known.canonical(f"--{flag}"): key for flag, key in MODEL_KEYS.items()}
    for preset in presets(view):
        for name in sorted(preset.own & preset.flags.keys()):
            keys = preset.key(name)
            view.count("flags of models")
            flag = known.canonical(f"--{name}") or known.canonical(f"-{name}")
            if flag in own:
                message = f"{name} has a key of its own, which routes and checks read"
                yield Violation(keys, message, f"write {own[flag]}", severity="warning")
