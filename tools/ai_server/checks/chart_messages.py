"""chart/does-not-fit, chart/does-not-render: what the chart itself refuses, each message at its key."""

import re
from collections.abc import Iterator

from ai_server.checks.findings import Context, Finding
from ai_server.errors import UserError
from ai_server.render import render

BULLET = re.compile(r"^- ([A-Za-z][\w.\-:]*): (.*)$")


def check(context: Context) -> Iterator[Finding]:
    """Renders into context.manifests, or yields the chart's messages."""
    try:
        context.manifests = render(
            context.values.values,
            release=context.release,
            namespace=context.namespace,
            kube_version=context.kube_version,
        )
    except UserError as error:
        bullets = [found for line in error.message.splitlines() if (found := BULLET.match(line))]
        for key, text in (found.groups() for found in bullets):
            message, _, fix = text.partition("; ")
            yield context.finding("chart/does-not-fit", keys_of(context, key), message, fix)
        if not bullets:
            yield context.finding("chart/does-not-render", (), error.message)


def keys_of(context: Context, key: str) -> tuple[str, ...]:
    """The path of a dotted key; names may hold dots, so each step takes the longest name that is there."""
    parts, path = key.split("."), []
    value: object = context.merged
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
