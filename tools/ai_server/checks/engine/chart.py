"""What the chart itself refuses: each message at its key, by the id that the message ends in."""

import re
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from ai_server.checks.engine.keypaths import dotted
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.views import ValuesView
from ai_server.checks.subjects.switched_off import switch
from ai_server.errors import UserError
from ai_server.helm.render import render, unvalidated
from ai_server.kube.manifests import Manifests
from ai_server.reading.profiles import Keys

NAMED = re.compile(r'(?:nobody serves|no model) "([^"]+)"')
LISTED = re.compile(r"(?:served are|it has): (.+)$")
"""What the chart says of names that are not there: charts/ai-server/templates/validation/."""
BULLET = re.compile(r"^- ([A-Za-z][\w.\-:]*): (.*) \[([a-z-]+/[a-z-]+)\]$")


def look(view: ValuesView) -> Manifests | None:
    """What the values render to; None where they do not. What the chart refuses goes to view.refused, and the render
    comes without the chart's own validation, if it can be had, so that other rules find what else is wrong.
    """
    try:
        return _render(view, own=True)
    except UserError as error:
        bullets = [found for line in error.message.splitlines() if (found := BULLET.match(line))]
        for key, text, rule in (found.groups() for found in bullets):
            message, _, fix = text.partition("; ")
            keys = _as_written(view, keys_of(view, key))
            view.refuse(rule, _at_the_name(view, Violation(keys, message, fix)))
        if not bullets:
            if not view.pruned:
                view.refuse("values/does-not-render", Violation((), error.message))
            return None
    try:
        return _render(view, own=False)
    except UserError:
        return None


def _render(view: ValuesView, *, own: bool) -> Manifests:
    return render(
        view.values.values if not view.pruned else view.merged,
        release=view.release,
        namespace=view.namespace,
        kube_version=view.kube_version,
        chart=unvalidated(own=own),
        once=True,
    )


def _as_written(view: ValuesView, keys: Keys) -> Keys:
    """A key of a node's entry, or where else it was written: at the model, in the node's server, in the component."""
    places = [keys]
    if keys[1:2] == ("nodes",) and len(keys) > 3:
        if keys[3] == "overrides":
            model, rest = keys[4], keys[5:]
            places += [(keys[0], "models", model, *rest), (*keys[:3], "server", *rest), (keys[0], "server", *rest)]
        else:
            places.append((keys[0], *keys[3:]))
    return next((place for place in places if view.given(*place)), keys)


def _at_the_name(view: ValuesView, found: Violation) -> Violation:
    """A finding about a name at its item in the list that holds it, with the nearest of the names that there are."""
    name, names = NAMED.search(found.message), LISTED.search(found.fix)
    if not name or not names:
        return found
    value = view.get(*found.keys)
    keys = (*found.keys, value.index(name[1])) if isinstance(value, list) and name[1] in value else found.keys
    off = switch(view, name[1])
    if off:
        place = view.values.place(off)
        message = f"{found.message}: {dotted(off)} is false in {Path(place.file).name}:{place.line}"
        return replace(found, keys=keys, message=message, fix="switch it on, or take the name out here")
    near = get_close_matches(name[1].lower(), {each.lower(): each for each in names[1].split(", ")}, n=1)
    meant = next((each for each in names[1].split(", ") if each.lower() in near), "")
    if not meant:
        return replace(found, keys=keys)
    return replace(
        found, keys=keys, message=f"{found.message}; did you mean {meant}?", fix=f"write {meant}; {found.fix}"
    )


def keys_of(view: ValuesView, key: str) -> Keys:
    """The path of a dotted key; names may hold dots, so each step takes the longest name that is there."""
    parts = key.split(".")
    path: list[str] = []
    value: object = view.merged
    while parts:
        for length in range(len(parts), 0, -1):
            name = ".".join(parts[:length])
            if isinstance(value, dict) and name in value:
                break
        else:
            length, name = 1, parts[0]
        path.append(name)
        parts = parts[length:]
        value = value.get(name) if isinstance(value, dict) else None
    return tuple(path)
