"""check --fix and --diff: shows what the certain fixes change, and writes it."""

import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ai_server.cli.asking import confirm
from ai_server.cli.patch import difference, print_line, replace_file
from ai_server.reading.wording import plural

if TYPE_CHECKING:
    from ai_server.checks import Finding, Result
    from ai_server.checks.engine.apply import Texts


def fix(files: Sequence[Path], check: Callable[["Texts"], "Result"], *, write: bool, yes: bool, quiet: bool) -> bool:
    """Prints the difference that the certain fixes make; with write, asks (unless yes) and writes the files.

    Without write, prints to stderr which findings would be left. quiet: prints everything to stderr. Returns whether
    nothing is left to change, and no error.
    """
    from ai_server.checks.engine.apply import fix_all
    from ai_server.reading.textfile import read_text

    results = []

    def findings(texts: "Texts") -> list["Finding"]:
        results.append(check(texts))
        return results[-1].findings

    fixed = fix_all(files, findings)
    before = {file: read_text(file) for file in files}
    changed = {file: text for file, text in fixed.texts.items() if text != before[file]}
    for file, text in changed.items():
        for line in difference(file, before[file], text):
            for result in (results[0], results[-1]):  # of the files as they were, and as they are fixed
                line = result.quote.mask.line(line)[0]
            print_line(line, sys.stderr if quiet else sys.stdout)
    left = any(finding.severity != "not-checked" for finding in fixed.left)
    if not changed:
        typer.echo("no fix is certain enough to apply" if left else "nothing to fix", err=True)
    elif write:
        confirm(f"Write {plural(len(changed), 'file')}?", yes=yes, before="--fix asks before it writes")
        for file, text in changed.items():
            replace_file(file, text)
        typer.echo(f"fixed {plural(len(fixed.done), 'finding')} in {', '.join(map(str, changed))}", err=True)
    if left and not write:
        _print_left(fixed.left, results[-1], changed=bool(changed))
    return (write or not changed) and not any(finding.severity == "error" for finding in fixed.left)


def _print_left(left: Sequence["Finding"], result: "Result", *, changed: bool) -> None:
    """Prints to stderr, as the patch is on stdout, the findings that the certain fixes leave."""
    from ai_server.cli import report

    if changed:
        typer.echo("\nleft after these fixes, with the lines as they will be:", err=True)
    with redirect_stdout(sys.stderr):
        report.findings(left, result, "text", pod_security=False)
