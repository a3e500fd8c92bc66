"""What is not told until something else is corrected: that nobody serves a name, while an entry that may serve it is
refused.
"""

from collections import defaultdict
from collections.abc import Iterator

from ai_server.checks.engine.views import ValuesView
from ai_server.reading.profiles import Keys

CATALOGUE = (("rocm",), ("rocm", "models"), ("rocm", "models", "*"), ("rocm", "models", "*", "enabled"))
NODES = tuple(
    (component, *rest)
    for component in ("rocm", "thor")
    for rest in ((), ("enabled",), ("nodes",), ("nodes", "*"), ("nodes", "*", "enabled"))
)
LISTS = (("rocm", "nodes", "*", "serve"), ("rocm", "nodes", "*", "overrides", "*", "enabled"))
PROGRAMS = tuple(
    (*place, *rest)
    for place in (("thor",), ("thor", "nodes", "*"))
    for rest in (
        *(("vllm",), ("vllm", "enabled"), ("vllm", "model"), ("vllm", "servedNames")),
        *(("speech",), ("speech", "enabled"), ("speech", "models"), ("speech", "models", "*")),
    )
)
ELSEWHERE = (("litellm",), *(("litellm", "models", *rest) for rest in ((), ("*",), ("*", "name"), ("*", "enabled"))))
SERVING = (*CATALOGUE, *NODES, *LISTS, *PROGRAMS, *ELSEWHERE)
"""The keys that decide which names are served."""
WAITS = {
    "routes/no-such-model": CATALOGUE,
    "routes/serves-nothing": (*CATALOGUE, *PROGRAMS),
    "routes/unserved-model": (*NODES, *LISTS),
    "routes/no-backend": SERVING,
    "routes/nobody-serves": SERVING,
    "routes/fallback-to-nobody": SERVING,
    "routes/unused-shared-name": SERVING,
}
"""The rules that say that something is missing, and the keys that may have given it, were they not refused."""


def waits(view: ValuesView, rule: str) -> bool:
    """Whether a rule has nothing to say yet, since a key that counts for it is refused."""
    if rule not in WAITS:
        return False
    # a file may have a hundred thousand wrong keys: each form looks at those of its own length only
    broken: dict[int, set[Keys]] = defaultdict(set)
    for keys in _broken(view, rule):
        names = tuple(key for key in keys if isinstance(key, str))
        broken[len(names)].add(names)
    return any(_is_among(form, broken[len(form)]) for form in WAITS[rule])


def _broken(view: ValuesView, rule: str) -> Iterator[Keys]:
    """The keys that the schema refuses, with those that were meant, and what the chart refuses of who serves what."""
    yield from view.pruned
    yield from view.pruned.values()
    if rule in ("routes/no-such-model", "routes/serves-nothing"):
        return
    causes = ["routes/no-such-model", "routes/model-not-given"]
    causes += ["routes/serves-nothing"] if rule == "routes/no-backend" else []
    for cause in causes:
        yield from (found.keys for found in view.refused.get(cause, []))


def _is_among(form: tuple[str, ...], broken: set[Keys]) -> bool:
    """Whether one of the keys is of a form, in which * stands for any name."""
    if "*" not in form:
        return form in broken
    return any(all(part in ("*", name) for part, name in zip(form, keys, strict=True)) for keys in broken)
