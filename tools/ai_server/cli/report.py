"""How findings look: text with the line quoted, JSON, SARIF, and GitHub's annotations."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from ai_server.checks import Finding, Result
    from ai_server.checks.engine.registry import Rule

STYLES = {"error": "bold red", "warning": "yellow", "hint": "cyan", "not-checked": "dim", "fix": "green"}
LEVELS = {"error": "error", "warning": "warning", "hint": "note", "not-checked": "note"}
COMMANDS = {"error": "error", "warning": "warning", "hint": "notice"}
REPOSITORY = "https://github.com/ai-server/ai-server/blob/main"
MOST_SHOWN = 500
"""Findings of a text: whoever has more has one cause of them all."""


def findings(found: Sequence["Finding"], result: "Result", form: str, *, pod_security: bool) -> None:
    """Prints findings in one of the four forms."""
    if form == "json":
        pods = [asdict(each) for each in result.pod_security]
        print(
            json.dumps(
                {"findings": [asdict(each) for each in found], "checked": result.counted, "podSecurity": pods}, indent=2
            )
        )
    elif form == "sarif":
        print(json.dumps(sarif(found), indent=2))
    elif form == "github":
        for each in found:
            if each.severity in COMMANDS:
                print(annotation(each))
        print(_verdict(found, result.counted))
    else:
        _text(found, result, pod_security)


def page(rule_id: str) -> None:
    """Prints a rule's page, set for a terminal, plainly elsewhere."""
    from rich.console import Console
    from rich.markdown import Markdown

    from ai_server.checks.engine.registry import the_rule

    text = str(the_rule(rule_id).page)
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        print(text, end="")


def _text(found: Sequence["Finding"], result: "Result", pod_security: bool) -> None:
    """file:line:column, the line itself with a caret, and what to write; then what was looked at."""
    say = _styled() if sys.stdout.isatty() else _plain
    for each in found[:MOST_SHOWN]:
        say(str(each), each.severity, len(each.where))
        for line in result.quote(each):
            say(f"    {line}", "not-checked", 0)
        if each.fix:
            say(f"    {each.fix}", "fix", 0)
    if len(found) > MOST_SHOWN:
        say(f"and {len(found) - MOST_SHOWN} more: --output json has them all", "", 0)
    if pod_security:
        for pod in result.pod_security:
            say(f"{pod.pod}: {pod.level}{'' if pod.because else ', as it should be'}", "", 0)
            for reason in pod.because:
                say(f"    {reason}", "", 0)
    say(_verdict(found, result.counted), "", 0)


def _plain(line: str, _: str, __: int) -> None:
    print(line)


def _styled() -> Callable[[str, str, int], None]:
    """Prints for a terminal: the severity's word, which begins at a column, in its colour; a quoted line dimmed."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)

    def say(line: str, severity: str, start: int) -> None:
        text = Text(line)
        if severity and line.startswith(severity, start):
            text.stylize(STYLES[severity], start, start + len(severity))
        elif severity:
            text.stylize(STYLES[severity])
        console.print(text)

    return say


def _verdict(found: Sequence["Finding"], counted: dict[str, int]) -> str:
    counts = Counter(each.severity for each in found)
    parts = [
        f"{counts[kind]} {kind}{'s' if counts[kind] > 1 else ''}"
        for kind in ("error", "warning", "hint")
        if counts[kind]
    ]
    parts = parts or ["nothing wrong"]
    if counts["not-checked"]:
        parts.append(f"{counts['not-checked']} not checked")
    if counted.get("waived"):
        parts.append(f"{counted['waived']} waived")
    looked = [
        f"{counted[what]} {what if counted[what] != 1 else what[:-1]}"
        for what in ("rules", "values", "objects", "pods")
        if what in counted
    ]
    return f"{', '.join(parts)} ({', '.join(looked)})"


def annotation(each: "Finding") -> str:
    """GitHub's workflow command for a finding: docs.github.com, "Workflow commands"."""

    def escaped(text: str, more: str = "") -> str:
        for letter in "%\r\n" + more:
            text = text.replace(letter, f"%{ord(letter):02X}")
        return text

    key = f"{each.key}: " if each.key else ""
    fix = f"\n{each.fix}" if each.fix else ""
    where = (
        f" file={escaped(each.file, ':,')},line={each.line},col={each.column},title={escaped(each.rule, ':,')}"
        if each.file
        else ""
    )
    return f"::{COMMANDS[each.severity]}{where}::{escaped(key + each.message + fix)}"


def sarif(found: Sequence["Finding"]) -> dict[str, Any]:
    """SARIF 2.1.0: what code scanning reads."""
    from ai_server.checks.engine.registry import all_rules

    ids = sorted({each.rule for each in found})
    rules = [_descriptor(all_rules().get(rule_id), rule_id) for rule_id in ids]
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "ai-server", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(each, ids) for each in found if each.file],
        # code scanning takes no result without a place
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [_notification(each, ids) for each in found if not each.file],
            }
        ],
    }
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _descriptor(rule: "Rule | None", rule_id: str) -> dict[str, Any]:
    """A rule in SARIF's words; that no cluster was given is no rule's, and has no page of its own."""
    page = f"tools/ai_server/checks/pages/{rule_id}.md" if rule else "docs/checks/README.md"
    return {
        "id": rule_id,
        "shortDescription": {"text": rule.page.title if rule else "What could not be looked at"},
        "helpUri": f"{REPOSITORY}/{page}",
        "defaultConfiguration": {"level": LEVELS[rule.page.severity if rule else "not-checked"]},
    }


def _sarif_result(each: "Finding", ids: list[str]) -> dict[str, Any]:
    text = f"{each.key}: {each.message}" if each.key else each.message
    region = {"startLine": each.line, "startColumn": each.column}
    place = {"artifactLocation": {"uri": quote(each.file.replace("\\", "/"))}, "region": region}
    return {
        "ruleId": each.rule,
        "ruleIndex": ids.index(each.rule),
        "kind": "fail",
        "level": LEVELS[each.severity],
        "message": {"text": f"{text}{'' if text.endswith('?') else '.'} {each.fix}" if each.fix else text},
        "locations": [{"physicalLocation": place}],
    }


def _notification(each: "Finding", ids: list[str]) -> dict[str, Any]:
    descriptor = {"id": each.rule, "index": ids.index(each.rule)}
    return {"descriptor": descriptor, "level": LEVELS[each.severity], "message": {"text": each.message}}
