"""Findings in SARIF, the format of code scanning."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ai_server.reading.textfile import read_text

if TYPE_CHECKING:
    from ai_server.checks import Finding, Result
    from ai_server.checks.core.registry import Rule

LEVELS = {"error": "error", "warning": "warning", "hint": "note", "not-checked": "note"}
REPOSITORY = "https://github.com/ai-server/ai-server/blob/main"


def sarif(findings: Sequence["Finding"], result: "Result | None" = None) -> dict[str, Any]:
    """The findings in SARIF 2.1.0, for code scanning, with the edits of the values files that are certain."""
    from ai_server.checks.core.registry import all_rules

    ids = sorted({finding.rule for finding in findings})
    texts = {file: read_text(file) for file in result.files if file.is_file()} if result else {}
    rules = [_descriptor(all_rules().get(rule_id), rule_id) for rule_id in ids]
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "ai-server", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, ids) | _fixes(finding, texts, result) for finding in findings if finding.file],
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


def _result(finding: "Finding", ids: list[str]) -> dict[str, Any]:
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


def _fixes(finding: "Finding", texts: Mapping[Path, str], result: "Result | None") -> dict[str, Any]:
    """The lines that a certain fix replaces; {} if there is none, or one of them contains a secret."""
    from ai_server.checks.engine.apply import is_certain, with_changes

    after = with_changes(finding, texts) if is_certain(finding) else {}
    if not after:
        return {}
    [(file, text)] = after.items()
    old, new = texts[file].splitlines(keepends=True), text.splitlines(keepends=True)
    start = _same(old, new)
    end = _same(reversed(old[start:]), reversed(new[start:]))
    lines = new[start : len(new) - end]
    if result and any(result.quote.mask.line(line)[0] != line for line in lines):
        return {}
    replacement = {
        "deletedRegion": {"startLine": start + 1, "startColumn": 1, "endLine": len(old) - end + 1, "endColumn": 1},
        "insertedContent": {"text": "".join(lines)},
    }
    place = {"uri": quote(str(file).replace("\\", "/"))}
    change = {"artifactLocation": place, "replacements": [replacement]}
    return {"fixes": [{"description": {"text": finding.fix}, "artifactChanges": [change]}]}


def _same(one: Iterable[str], other: Iterable[str]) -> int:
    """The number of lines at the start that are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _notification(finding: "Finding", ids: list[str]) -> dict[str, Any]:
    descriptor = {"id": finding.rule, "index": ids.index(finding.rule)}
    return {"descriptor": descriptor, "level": LEVELS[finding.severity], "message": {"text": finding.message}}
