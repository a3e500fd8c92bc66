"""The documentation of rules: Markdown with the title, severity and needs, the reason, and examples.

---
title: A mount of a volume that the pod does not have
severity: error
needs: render
---

Why it is wrong.

## Wrong

    (a yaml block: values over tests/tools/checks/base.yaml, or Kubernetes objects; a second block is a waivers.yaml)

## Right

    (the same)
"""

import re
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

from ai_server.checks.core.model import Severity
from ai_server.errors import UserError

Needs = Literal["values", "chart", "render", "cluster"]
FOLDER = Path(__file__).parents[1] / "pages"
CATEGORIES = ("values", "routes", "programs", "versions", "security", "kubernetes", "cluster")
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SEVERITIES = {"error": "an error", "warning": "a warning", "hint": "a hint"}


class BadPage(UserError):
    """A page that does not have the form above."""


@dataclass(frozen=True)
class Page:
    """The documentation of a rule.

    needs: what the rule looks at: the values; the chart's own validation; the rendered objects; or also the cluster.
    fix: the fix of a violation that has none of its own; change: the same as an edit of its key, "remove it" or
    "use VALUE", which is the sentence as well if there is no other.
    cluster: objects to add to tests/tools/checks/cluster.yaml for the examples, as YAML; right_cluster: those of the
    right example, if the cluster is what makes it right. facts: the facts of model files for the examples, as YAML.
    """

    id: str
    title: str
    severity: Severity
    needs: Needs
    body: str
    fix: str = ""
    change: str = ""
    cluster: str = ""
    right_cluster: str = ""
    facts: str = ""

    @property
    def category(self) -> str:
        """The folder of the page: values, cluster, ..."""
        return self.id.partition("/")[0]

    @property
    def why(self) -> str:
        """The reason, before the examples."""
        return self.body.partition("\n## ")[0].strip()

    @cached_property
    def wrong(self) -> str:
        """The example that the rule reports."""
        return self._example("Wrong")

    @cached_property
    def right(self) -> str:
        """The example that the rule does not report."""
        return self._example("Right")

    def _example(self, heading: str) -> str:
        section = self.body.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
        blocks: list[str] = BLOCK.findall(section)
        if not blocks:
            raise BadPage(f"{self.id}: no yaml block under ## {heading}")
        return "".join(blocks)

    def __str__(self) -> str:
        return f"# {self.id}\n\n**{self.title}** ({SEVERITIES[self.severity]})\n\n{self.body.strip()}\n"


def all_pages() -> dict[str, Page]:
    """Every page by its id, sorted by category and name."""
    files = [file for category in CATEGORIES for file in sorted((FOLDER / category).glob("*.md"))]
    return {page.id: page for page in map(read_page, files)}


def read_page(file: Path) -> Page:
    """The page in a file; BadPage for an invalid one."""
    name = f"{file.parent.name}/{file.stem}"
    start, *parts = file.read_text(encoding="utf-8").split("---\n", 2)
    if start or len(parts) != 2 or not all(": " in line for line in parts[0].splitlines()):
        raise BadPage(f"{file}: the page must start with --- and lines such as title: ..., and end them with ---")
    front, body = parts
    fields = dict(line.split(": ", 1) for line in front.splitlines())
    allowed = [field.name for field in dataclass_fields(Page) if field.name not in ("id", "body")]
    if unknown := sorted(fields.keys() - set(allowed)):
        raise BadPage(f"{file}: {', '.join(unknown)} is not a field of a page", hint=f"fields: {', '.join(allowed)}")
    for field, values in {"title": (), "severity": tuple(SEVERITIES), "needs": get_args(Needs)}.items():
        if field not in fields or (values and fields[field] not in values):
            raise BadPage(f"{file}: {field} is missing or invalid", hint=f"use {' or '.join(values) or 'a title'}")
    return Page(name, body=f"\n{body}", **fields)  # type: ignore[arg-type]
