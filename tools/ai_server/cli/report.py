"""Prints findings: as text with the quoted line, as JSON, as SARIF, or as GitHub annotations."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from ai_server.cli.sarif import sarif
from ai_server.reading.profiles import dotted
from ai_server.reading.wording import plural
from ai_server.reading.yamltext import flow

if TYPE_CHECKING:
    from ai_server.checks import Finding, Result

STYLES = {"error": "bold red", "warning": "yellow", "hint": "cyan", "not-checked": "dim", "fix": "green"}
COMMANDS = {"error": "error", "warning": "warning", "hint": "notice"}
MOST_SHOWN = 500
"""The most findings to print as text: more have a common cause."""


def findings(shown: Sequence["Finding"], result: "Result", form: str, *, pod_security: bool) -> None:
    """Prints findings in one of the four formats."""
    if form == "json":
        pods = [asdict(pod) for pod in result.pod_security]
        print(
            json.dumps(
                {
                    "findings": [as_json(finding, result) for finding in shown],
                    "checked": result.counted,
                    "podSecurity": pods,
                },
                indent=2,
            )
        )
    elif form == "sarif":
        print(json.dumps(sarif(shown, result), indent=2))
    elif form == "github":
        for finding in shown:
            if finding.severity in COMMANDS:
                print(annotation(finding))
        print(_verdict(shown, result.counted))
    else:
        _text(shown, result, pod_security)


def as_json(finding: "Finding", result: "Result") -> dict[str, Any]:
    """A finding for machines: fix is the sentence, and changes are the same as edits of the values, unless these show a
    secret.
    """
    changes = [
        {"op": change.op, "key": dotted(change.keys), "path": list(change.keys), "certain": change.certain}
        | ({"value": change.value} if change.op == "set" else {})
        | ({"to": dotted(change.to), "toPath": list(change.to)} if change.op == "move" else {})
        for change in finding.changes
    ]
    written = [line for change in finding.changes for line in map(flow, (change.keys, change.to, change.value))]
    if any(result.quote.mask.line(line)[0] != line for line in written):
        changes = []
    return asdict(replace(finding, changes=())) | {"changes": changes}


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
