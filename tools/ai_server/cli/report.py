"""Prints findings: as text with the quoted line, as JSON, as SARIF, or as GitHub annotations."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ai_server.reading.wording import plural

if TYPE_CHECKING:
    from ai_server.checks import Finding, Result
    from ai_server.checks.core.registry import Rule

STYLES = {"error": "bold red", "warning": "yellow", "hint": "cyan", "not-checked": "dim", "fix": "green"}
LEVELS = {"error": "error", "warning": "warning", "hint": "note", "not-checked": "note"}
COMMANDS = {"error": "error", "warning": "warning", "hint": "notice"}
REPOSITORY = "https://github.com/ai-server/ai-server/blob/main"
MOST_SHOWN = 500
"""The most findings to print as text: more have a common cause."""


def findings(shown: Sequence["Finding"], result: "Result", form: str, *, pod_security: bool) -> None:
    """Prints findings in one of the four formats."""
    if form == "json":
        pods = [asdict(pod) for pod in result.pod_security]
        findings = [asdict(finding) for finding in shown]
        print(json.dumps({"findings": findings, "checked": result.counted, "podSecurity": pods}, indent=2))
    elif form == "sarif":
        print(json.dumps(sarif(shown), indent=2))
    elif form == "github":
        for finding in shown:
            if finding.severity in COMMANDS:
                print(annotation(finding))
        print(_verdict(shown, result.counted))
    else:
        _text(shown, result, pod_security)


def page(rule_id: str) -> None:
    """Prints the documentation of a rule: formatted on a terminal, else as Markdown."""
    from rich.console import Console
    from rich.markdown import Markdown

    from ai_server.checks.core.registry import the_rule

    text = str(the_rule(rule_id).page)
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        print(text, end="")


def _text(findings: Sequence["Finding"], result: "Result", pod_security: bool) -> None:
    """Prints each finding, its line with a caret, and the fix; then a summary of what was checked."""
    say = _styled() if sys.stdout.isatty() else _plain
    for finding in findings[:MOST_SHOWN]:
        say(str(finding), finding.severity, len(finding.where))
        for line in result.quote(finding):
            say(f"    {line}", "not-checked", 0)
        if finding.fix:
            say(f"    {finding.fix}", "fix", 0)
    if len(findings) > MOST_SHOWN:
        say(f"and {len(findings) - MOST_SHOWN} more: --output json prints all of them", "", 0)
    if pod_security:
        for pod in result.pod_security:
            say(f"{pod.pod}: {pod.level}{'' if pod.because else ', as expected'}", "", 0)
            for reason in pod.because:
                say(f"    {reason}", "", 0)
    say(_verdict(findings, result.counted), "", 0)


def _plain(line: str, _: str, __: int) -> None:
    print(line)


def _styled() -> Callable[[str, str, int], None]:
    """A function that prints to a terminal: the severity, which starts at a column, in colour, and quotes dimmed."""
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


def _verdict(findings: Sequence["Finding"], counted: dict[str, int]) -> str:
    counts = Counter(finding.severity for finding in findings)
    parts = [plural(counts[kind], kind) for kind in ("error", "warning", "hint") if counts[kind]]
    parts = parts or ["no problems"]
    if counts["not-checked"]:
        parts.append(f"{counts['not-checked']} not checked")
    if counted.get("waived"):
        parts.append(f"{counted['waived']} waived")
    checked = [
        plural(counted[f"{what}s"], what) for what in ("rule", "value", "object", "pod") if f"{what}s" in counted
    ]
    return f"{', '.join(parts)} ({', '.join(checked)})"


def annotation(finding: "Finding") -> str:
    """The GitHub workflow command for a finding, as in docs.github.com, "Workflow commands"."""

    def escaped(text: str, more: str = "") -> str:
        for letter in "%\r\n" + more:
            text = text.replace(letter, f"%{ord(letter):02X}")
        return text

    key = f"{finding.key}: " if finding.key else ""
    fix = f"\n{finding.fix}" if finding.fix else ""
    file, title = escaped(finding.file, ":,"), escaped(finding.rule, ":,")
    where = f" file={file},line={finding.line},col={finding.column},title={title}" if finding.file else ""
    return f"::{COMMANDS[finding.severity]}{where}::{escaped(key + finding.message + fix)}"


def sarif(findings: Sequence["Finding"]) -> dict[str, Any]:
    """The findings in SARIF 2.1.0, for code scanning."""
    from ai_server.checks.core.registry import all_rules

    ids = sorted({finding.rule for finding in findings})
    rules = [_descriptor(all_rules().get(rule_id), rule_id) for rule_id in ids]
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "ai-server", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(finding, ids) for finding in findings if finding.file],
        # code scanning does not accept a result without a location
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [_notification(finding, ids) for finding in findings if not finding.file],
            }
        ],
    }
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _descriptor(rule: "Rule | None", rule_id: str) -> dict[str, Any]:
    """A rule as a SARIF descriptor. A missing cluster file belongs to no rule, so it has no documentation."""
    page = f"tools/ai_server/checks/pages/{rule_id}.md" if rule else "docs/checks/README.md"
    return {
        "id": rule_id,
        "shortDescription": {"text": rule.page.title if rule else "What could not be checked"},
        "helpUri": f"{REPOSITORY}/{page}",
        "defaultConfiguration": {"level": LEVELS[rule.page.severity if rule else "not-checked"]},
    }


def _sarif_result(finding: "Finding", ids: list[str]) -> dict[str, Any]:
    text = f"{finding.key}: {finding.message}" if finding.key else finding.message
    region = {"startLine": finding.line, "startColumn": finding.column}
    place = {"artifactLocation": {"uri": quote(finding.file.replace("\\", "/"))}, "region": region}
    return {
        "ruleId": finding.rule,
        "ruleIndex": ids.index(finding.rule),
        "kind": "fail",
        "level": LEVELS[finding.severity],
        "message": {"text": f"{text}{'' if text.endswith('?') else '.'} {finding.fix}" if finding.fix else text},
        "locations": [{"physicalLocation": place}],
    }


def _notification(finding: "Finding", ids: list[str]) -> dict[str, Any]:
    descriptor = {"id": finding.rule, "index": ids.index(finding.rule)}
    return {"descriptor": descriptor, "level": LEVELS[finding.severity], "message": {"text": finding.message}}
