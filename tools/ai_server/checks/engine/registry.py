"""What a rule is: one file of checks/<category>/, whose place is its id, with its page and its check."""

import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ai_server.errors import UserError

if TYPE_CHECKING:
    from ai_server.checks.engine.findings import Context, Found

Severity = Literal["error", "warning", "hint", "not-checked"]
Needs = Literal["values", "chart", "manifests", "cluster"]
CATEGORIES = ("values", "routes", "programs", "versions", "security", "kubernetes", "cluster")


@dataclass(frozen=True)
class Rule:
    """A rule's page, as `--explain` and docs/checks/ show it.

    needs: what has to be there for the rule to look at anything: the values alone; the chart's own validation, whose
    messages carry the rule's id; the rendered objects; or the cluster's facts as well.
    wrong and right are values files over the shortest valid one (`base`), or, for what no values can bring about,
    Kubernetes objects. cluster holds cluster facts beside the tests' own, for rules about clusters; right_cluster those
    of the right example, where it is the cluster that is right.
    """

    title: str
    why: str
    wrong: str
    right: str
    severity: Severity = "error"
    needs: Needs = "manifests"
    cluster: str = ""
    right_cluster: str = ""


@dataclass(frozen=True)
class Known:
    """A rule with its id and its check function."""

    id: str
    rule: Rule
    check: Callable[["Context"], Iterable["Found"]]

    @property
    def category(self) -> str:
        """values, cluster, ...: the folder it stands in."""
        return self.id.partition("/")[0]


@cache
def all_rules() -> dict[str, Known]:
    """Every rule by id, category by category, each in the order of its names."""
    return {known.id: known for category in CATEGORIES for known in _of(category)}


def _of(category: str) -> Iterator[Known]:
    folder = Path(__file__).parents[1] / "rules" / category
    for name in sorted(module.name for module in pkgutil.iter_modules([str(folder)])):
        module = import_module(f"ai_server.checks.rules.{category}.{name}")
        yield Known(f"{category}/{name.replace('_', '-')}", module.RULE, module.check)


def the_rule(rule_id: str) -> Known:
    """The rule of that id; UserError names the nearest ones."""
    known = all_rules()
    if rule_id not in known:
        near = get_close_matches(rule_id, known, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else "docs/checks/README.md lists them"
        raise UserError(f"no rule is called {rule_id!r}", hint=hint)
    return known[rule_id]


def page(known: Known) -> str:
    """A rule's page in Markdown."""
    rule = known.rule
    severity = {"error": "an error", "warning": "a warning", "hint": "a hint"}[rule.severity]
    parts = [f"# {known.id}\n", f"**{rule.title}** ({severity})\n", f"{rule.why}\n"]
    for word, example in (("Wrong", rule.wrong), ("Right", rule.right)):
        parts.append(f"{word}:\n")
        values, waivers, beside = example.strip().partition("# waivers.yaml\n")
        parts += [f"```yaml\n{each.strip()}\n```\n" for each in (values, waivers + beside) if each]
    return "\n".join(parts)
