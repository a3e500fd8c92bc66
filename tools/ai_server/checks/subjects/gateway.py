"""LiteLLM's configuration in the rendered objects."""

from collections.abc import Iterable, Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.views import RenderView, computed_once
from ai_server.helm.gateway import Gateway, gateway_of
from ai_server.reading.profiles import Keys


def gateway(view: RenderView) -> Gateway:
    """The configuration of the release's LiteLLM; empty without LiteLLM."""
    configuration = _gateway(view)
    view.look_at(configuration.routes)
    return configuration


@computed_once
def _gateway(view: RenderView) -> Gateway:
    return gateway_of(view.manifests.of_kind("ConfigMap"))


def unanswered(
    view: RenderView, names: Iterable[tuple[Keys, str]], fixes: dict[tuple[Keys, str], str] | None = None
) -> Iterator[Violation]:
    """A violation for each name that LiteLLM does not answer to; none if it serves no model at all. The fix is to use
    another model, unless the fixes have a better one.
    """
    served = ", ".join(sorted(gateway(view).modes))
    for keys, name in names if served else ():
        if not gateway(view).answers(name):
            fix = (fixes or {}).get((keys, name), f"use one of: {served}")
            yield Violation(keys, f'no backend serves "{name}"', fix)
