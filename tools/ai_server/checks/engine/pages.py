"""The pages of rules: Markdown with the rule's title, severity and needs in front, its reason, and examples.

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
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

from ai_server.checks.engine.model import Severity

Needs = Literal["values", "chart", "render", "cluster"]
FOLDER = Path(__file__).parents[1] / "pages"
CATEGORIES = ("values", "routes", "programs", "versions", "security", "kubernetes", "cluster")
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SEVERITIES = {"error": "an error", "warning": "a warning", "hint": "a hint"}


class BadPage(Exception):
    """A page that is not of the form above."""


@dataclass(frozen=True)
class Page:
    """A rule's page.

    needs: what has to be there for the rule to look at anything: the values alone; the chart's own validation; the
    rendered objects; or the cluster's facts as well.
    fix: what a violation of the rule says where it has no fix of its own.
    cluster: objects that the cluster of the examples has besides those of tests/tools/checks/cluster.yaml, as YAML;
    right_cluster: those of the right example, where it is the cluster that is right.
    """

    id: str
    title: str
    severity: Severity
    needs: Needs
    body: str
    fix: str = ""
    cluster: str = ""
    right_cluster: str = ""

    @property
    def category(self) -> str:
        """values, cluster, ...: the folder it is in."""
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
        """The example that nothing is reported of."""
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
    """Every page by its id, category by category, each in the order of its names."""
    files = [file for category in CATEGORIES for file in sorted((FOLDER / category).glob("*.md"))]
    return {page.id: page for page in map(_read, files)}


def _read(file: Path) -> Page:
    name = f"{file.parent.name}/{file.stem}"
    start, front, body = file.read_text(encoding="utf-8").split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in front.splitlines())
    severity, needs = fields.get("severity"), fields.get("needs")
    if start or severity not in SEVERITIES or needs not in get_args(Needs) or "title" not in fields:
        raise BadPage(f"{name}: the page begins with --- and lines title:, severity: and needs:")
    return Page(name, body=f"\n{body}", **fields)  # type: ignore[arg-type]
