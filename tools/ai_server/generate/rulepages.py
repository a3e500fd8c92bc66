"""Generates docs/checks/README.md: the list of rules, each with a link to its documentation."""

from os.path import relpath
from pathlib import Path

from ai_server.checks.core.pages import CATEGORIES, FOLDER, all_pages
from ai_server.paths import DOCS

LIST = DOCS / "checks" / "README.md"
CATEGORY_TITLES = {
    "values": "Values: keys, types and forms",
    "routes": "Routes: what serves each model, and what uses it",
    "programs": "Programs: flags, variables and combinations",
    "versions": "Versions: known bad ones, and tags that do not pin one",
    "security": "Security: what pods may do, and what can reach them",
    "kubernetes": "Kubernetes: objects that the API server would reject",
    "cluster": "Cluster: nodes, classes, and the room that nodes have left",
}


def rule_list() -> dict[Path, str]:
    """The list of rules by its path."""
    pages, where = all_pages(), relpath(FOLDER, LIST.parent)
    parts = [
        "# What `ai-server check` looks for\n",
        "<!-- Generated from tools/ai_server/checks/pages by `ai-server generate`. -->\n",
        f"{len(pages)} rules. `ai-server check --explain ID` prints the documentation of a rule. Errors cause exit"
        " status 1, and with `--strict` so do warnings; hints never do. Anything that could not be checked is reported"
        " as not checked, with the reason. To keep something that a rule reports,"
        f" [waive]({where}/values/unused-waiver.md) it. Each example is merged over a short valid release"
        " (tests/tools/checks/base.yaml).\n",
    ]
    for category in CATEGORIES:
        parts += [f"## {CATEGORY_TITLES[category]}\n", "| rule | what it finds | |", "|---|---|---|"]
        for page in pages.values():
            if page.category == category:
                parts.append(f"| [{page.id}]({where}/{page.id}.md) | {page.title} | {page.severity} |")
        parts.append("")
    return {LIST: "\n".join(parts)}
