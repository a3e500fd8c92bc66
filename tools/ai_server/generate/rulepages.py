"""docs/checks: a page for each rule, and the list of them."""

from pathlib import Path

from ai_server.checks.engine.registry import CATEGORIES, all_rules, page
from ai_server.paths import DOCS

FOLDER = DOCS / "checks"
CATEGORY_TITLES = {
    "values": "Shape: keys, types and forms",
    "routes": "Routes: who serves what, and who asks for it",
    "programs": "Programs: flags, variables and combinations",
    "versions": "Versions: pins that are bad, or that pin nothing",
    "security": "Security: what pods may do, and who can reach what",
    "kubernetes": "Cluster truth: what the API server would refuse",
    "cluster": "Cluster: nodes, classes and what is left on them",
}


def rule_pages() -> dict[Path, str]:
    """Every page by its path, README.md with the table among them."""
    files = {FOLDER / f"{known.id}.md": page(known) for known in all_rules().values()}
    return {FOLDER / "README.md": _list(), **files}


def _list() -> str:
    parts = [
        "# What `ai-server check` looks for\n",
        "<!-- Generated from tools/ai_server/checks by `ai-server generate`. -->\n",
        f"{len(all_rules())} rules. `ai-server check --explain ID` prints a rule's page. An error ends with exit status"
        " 1, a warning only with `--strict`; a hint never does. What could not be looked at is said as not checked, and"
        " why. [Waivers](values/unused-waiver.md) are for what you mean to do all the same. Examples are laid over a"
        " short release that is valid (tests/tools/checks/base.yaml).\n",
    ]
    for category in CATEGORIES:
        parts += [f"## {CATEGORY_TITLES[category]}\n", "| rule | what it finds | |", "|---|---|---|"]
        for known in all_rules().values():
            if known.category == category:
                parts.append(f"| [{known.id}]({known.id}.md) | {known.rule.title} | {known.rule.severity} |")
        parts.append("")
    return "\n".join(parts)
