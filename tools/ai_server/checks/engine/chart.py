"""What the chart itself rejects: each at its key, under the rule that it names."""

from collections.abc import Mapping
from dataclasses import replace

from ai_server.checks.core.model import Violation
from ai_server.checks.core.views import ValuesView
from ai_server.checks.subjects.nodes import KINDS
from ai_server.errors import UserError
from ai_server.helm.refusals import Refusal
from ai_server.helm.render import render_unvalidated
from ai_server.kube.manifests import Manifests
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys


def look(view: ValuesView) -> Manifests | None:
    """Renders the values in spite of what the chart rejects, so that other rules can look; None if rendering fails.

    Adds what the chart rejects to view.refused.
    """
    try:
        rendered = render_unvalidated(
            view.values.values if not view.pruned else view.merged,
            release=view.release,
            namespace=view.namespace,
            kube_version=view.kube_version,
        )
    except UserError as error:
        if not view.pruned:
            view.refuse("values/does-not-render", Violation((), error.message))
        return None
    if not rendered.refusals:
        return rendered.manifests
    from ai_server.helm.gateway import gateway_of

    modes = gateway_of(rendered.manifests.of_kind("ConfigMap")).modes if rendered.manifests else {}
    for refusal in rendered.refusals:
        view.refuse(refusal.rule, _violation(view, refusal, modes))
    return rendered.manifests


def _violation(view: ValuesView, refusal: Refusal, modes: Mapping[str, str]) -> Violation:
    """A refusal at the key in the user's files. If it is about a name: at the name's item in a list, with the name that
    was meant.
    """
    keys = _as_written(view, refusal.keys)
    violation = Violation(keys, refusal.message, refusal.fix, about=refusal.about, changes=_changes(refusal))
    if refusal.rule == "routes/alias-taken":
        return _swapped(view, violation, modes)
    name, choices = refusal.arguments.get("name"), refusal.arguments.get("choices")
    if name is None or choices is None:
        return violation
    value = view.get(*violation.keys)
    if isinstance(value, list) and name in value:
        violation = replace(violation, keys=(*violation.keys, value.index(name)))
    from ai_server.checks.engine.names import named

    return named(view, violation, name, choices, modes)


def _swapped(view: ValuesView, violation: Violation, modes: Mapping[str, str]) -> Violation:
    """An alias with the name of a model, the other way round if its target has the name of none."""
    *above, alias = violation.keys
    target = view.get(*violation.keys)
    if target in modes or view.get(*above, target) is not None:
        return violation
    changes = (
        Change("set", (*above, target), alias, certain=False),
        Change("remove", violation.keys, certain=False),
    )
    return replace(violation, fix=f"perhaps use {target}: {alias}, the other way round", changes=changes)


def _changes(refusal: Refusal) -> tuple[Change, ...]:
    """The edits for a model without a provider whose address must change as well."""
    if "base" not in refusal.arguments:
        return ()
    model, address = "{provider}/{model}".format_map(refusal.arguments), refusal.arguments["base"]
    at_address = (*refusal.keys[:-1], *refusal.arguments["setting"].split("."))
    return tuple(
        Change("set", keys, value, certain=False) for keys, value in [(refusal.keys, model), (at_address, address)]
    )


def _as_written(view: ValuesView, keys: Keys) -> Keys:
    """A key of a node's entry, or the one it comes from: of the model, the node's server or the component."""
    candidates = [keys]
    if keys[1:2] == ("nodes",) and len(keys) > 3:
        if keys[3] == "overrides":
            model, rest = keys[4], keys[5:]
            catalogues = [(kind, "models", model, *rest) for kind in (keys[0], *KINDS)]
            candidates += [*catalogues, (*keys[:3], "server", *rest), (keys[0], "server", *rest)]
        else:
            candidates.append((keys[0], *keys[3:]))
    return next((candidate for candidate in candidates if view.given(*candidate)), keys)
