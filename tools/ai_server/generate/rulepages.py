"""docs/checks/README.md: the list of rules, each with a link to its page."""

from os.path import relpath
from pathlib import Path

from ai_server.checks.engine.pages import CATEGORIES, FOLDER, all_pages
from ai_server.paths import DOCS

LIST = DOCS / "checks" / "README.md"
CATEGORY_TITLES = {
    "values": "Shape: keys, types and forms",
    "routes": "Routes: who serves what, and who asks for it",
    "programs": "Programs: flags, variables and combinations",
    "versions": "Versions: pins that are bad, or that pin nothing",
    "security": "Security: what pods may do, and who can reach what",
    "kubernetes": "Cluster truth: what the API server would refuse",
    "cluster": "Cluster: nodes, classes and what is left on them",
}


def rule_list() -> dict[Path, str]:
    """The list by its path."""
    pages, where = all_pages(), relpath(FOLDER, LIST.parent)
    parts = [
        "# What `ai-server check` looks for\n",
        "<!-- Generated from tools/ai_server/checks/pages by `ai-server generate`. -->\n",
        f"{len(pages)} rules. `ai-server check --explain ID` prints a rule's page. An error ends with exit status"
        " 1, a warning only with `--strict`; a hint never does. What could not be looked at is said as not checked, and"
        f" why. [Waivers]({where}/values/unused-waiver.md) are for what you mean to do all the same. Examples are laid"
        " over a short release that is valid (tests/tools/checks/base.yaml).\n",
    ]
    for category in CATEGORIES:
        parts += [f"## {CATEGORY_TITLES[category]}\n", "| rule | what it finds | |", "|---|---|---|"]
        for page in pages.values():
            if page.category == category:
                parts.append(f"| [{page.id}]({where}/{page.id}.md) | {page.title} | {page.severity} |")
        parts.append("")
    return {LIST: "\n".join(parts)}
