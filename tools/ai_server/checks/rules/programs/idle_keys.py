"""Keys without effect, because another key decides."""

from collections.abc import Iterator
from functools import reduce
from operator import getitem
from typing import Any

from ai_server.checks import facts
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ValuesView
from ai_server.checks.subjects.nodes import KINDS, entries
from ai_server.helm.render import chart_defaults
from ai_server.reading.profiles import Keys

LABELS_OF_THE_CHART = frozenset(
    ["ai-server/node", "ai-server/program", "helm.sh/chart"]
    + [f"app.kubernetes.io/{name}" for name in ("component", "instance", "managed-by", "name", "part-of", "version")]
)
"""The labels that the chart sets, and drops from custom ones: common.otherLabels in its templates."""
LABEL_SECTIONS = (("global", "labels"), ("pod", "labels"), ("persistence", "labels"))


@rule("programs/no-effect")
def no_effect(view: ValuesView) -> Iterator[Violation]:
    """Looks for idle keys in the last file only: an earlier one may be meant for another cluster."""
    reported: dict[Keys, Violation] = {}
    for row in facts.table("idle_keys"):
        for section in row["sections"]:
            for violation in _of_section(view, section, row):
                reported.setdefault(violation.keys, violation)
    yield from reported.values()
    yield from _overrides_of_others(view)
    yield from _drafts_without_file(view)
    yield from _labels_of_the_chart(view)


def _of_section(view: ValuesView, section: str, row: dict[str, Any]) -> Iterator[Violation]:
    (component, *inner), decisive = section.split("."), row["key"].split(".")
    nodes = view.get(component, "nodes") if component in KINDS else ()
    entries: list[Keys] = [(component, "nodes", name) for name in nodes]
    idle = [entry for entry in entries if _decides(row, view.effective(entry, *inner, *decisive))]
    # a setting for all nodes may be meant for the node that decides otherwise
    if idle == entries and _decides(row, view.get(component, *inner, *decisive)):
        idle = [(component,), *entries]
    for owner in idle:
        # a rejected key decides nothing yet
        if not {(*owner[:length], *inner, *decisive) for length in (1, len(owner))} & view.pruned.keys():
            yield from _idle_keys(view, owner, inner, row)


def _decides(row: dict[str, Any], value: Any) -> bool:
    """Whether the deciding key has its value."""
    when = row["when"]
    return value in when if isinstance(when, list) else bool((bool(value) if isinstance(when, bool) else value) == when)


def _idle_keys(view: ValuesView, owner: Keys, inner: list[str], row: dict[str, Any]) -> Iterator[Violation]:
    defaults = reduce(getitem, [str(owner[0]), *inner], chart_defaults())
    for key in row["keys"]:
        keys = (*owner, *inner, key)
        in_last_file = view.given(*keys) and view.values.place(keys).file == str(view.values.files[-1])
        # repeating the chart's default is harmless
        if in_last_file and view.get(*keys) not in ("", None, {}, [], defaults.get(key)):
            message = f"{key} has no effect: {'.'.join((*inner, row['key']))} {row['because']}"
            yield Violation(keys, message, row["fix"])


def _overrides_of_others(view: ValuesView) -> Iterator[Violation]:
    """Overrides for models that the node does not serve."""
    models = {name for kind in KINDS for name in view.get(kind, "models")}
    for entry in entries(view):
        serve: list[str] = view.get(*entry, "serve") or []
        for model in view.get(*entry, "overrides") or {}:
            if serve and model not in serve and model in models:
                message = f"{entry[-1]} does not serve {model}"
                yield Violation((*entry, "overrides", model), message, f"add {model} to serve, or remove it")


def _drafts_without_file(view: ValuesView) -> Iterator[Violation]:
    """Settings of a draft model that no file names; draft-mtp needs none."""
    of_nodes = [view.get(*entry, "overrides") or {} for entry in entries(view)]
    for kind in KINDS:
        for name, model in view.get(kind, "models").items():
            drafts = [settings.get("draft") or {} for settings in (model, *(node.get(name) or {} for node in of_nodes))]
            if drafts[0] and not any(draft.get("file") or draft.get("type") for draft in drafts):
                message = "draft has no effect: it names no file"
                fix = "set draft.file, or type: draft-mtp for the model's own MTP layers"
                yield Violation((kind, "models", name, "draft"), message, fix)


def _labels_of_the_chart(view: ValuesView) -> Iterator[Violation]:
    """Custom labels of all objects, of pods or of the claim of Open WebUI that the chart drops."""
    for keys in view.values.places:
        if keys[-3:-1] in LABEL_SECTIONS and keys[-1] in LABELS_OF_THE_CHART:
            yield Violation(keys, f"{keys[-1]} has no effect: the chart reserves it", "use a label of another name")
