"""Causes of YAML errors that lines show: missing colons and spaces, and the indentation."""

import re
from collections.abc import Iterator, Sequence

from ai_server.reading.yamlfailure import Cause, Failure, Search
from ai_server.reading.yamllines import Line, Scan

NO_SPACE = re.compile(r"(?:- +)*(?P<key>[A-Za-z_][\w.-]*):(?P<value>[^\s/:\\].*)")
DASH = re.compile(r"-?(?P<item>(?<=-)[^\s-].*|--[^\s-].*)")
BULLET = re.compile(r"[*\u2022\u2013\u2014] +\S")
EQUALS = re.compile(r"(?P<key>[\w.-]+) *= *(?P<value>.*)")
TWO_COLONS = re.compile(r"\s*(?:- +)*(?P<key>[^\s:]+): +(?P<value>[^\"'\[{\s].*)")


def no_colon(line: Line) -> Cause | None:
    """What is wrong with a line that has neither a key nor an item."""
    column, content = line.indent + 1, line.content
    if found := NO_SPACE.fullmatch(content):
        return Cause(
            line.number, column, "a colon needs a space after it", f"use {found['key']}: {found['value'].strip()}"
        )
    if found := DASH.fullmatch(content):
        message = "a list item begins with a dash and a space"
        return Cause(line.number, column, message, f"use - {found['item']}")
    if BULLET.match(content):
        return Cause(
            line.number, column, f"a list item begins with -, not {content[0]}", f"use - {content[1:].strip()}"
        )
    if found := EQUALS.fullmatch(content):
        return Cause(
            line.number, column, "a key is followed by a colon, not by =", f"use {found['key']}: {found['value']}"
        )
    if line.is_key or content.startswith(("- ", "[", "{", '"', "'", "|", ">", "#")):
        return None
    key, _, value = content.partition(" ")
    key, value = key.rstrip(";,=:"), value.lstrip(":= ")
    return Cause(line.number, column, "a key without a colon", f"use {key}: {value}".rstrip())


def _two_colons(lines: Sequence[str], scanned: Scan, failure: Failure) -> Iterator[Cause]:
    if "mapping values" not in failure.problem or failure.line > len(lines):
        return
    line = scanned.lines[failure.line - 1]
    found = TWO_COLONS.fullmatch(line.text)
    if found and found.start("value") < failure.column - 1:
        first = found["value"].partition(":")[0]
        below = f", or put {first}: on the line below if it is a key" if re.fullmatch(r"[\w.-]+", first) else ""
        hint = f'put the text in quotes: {found["key"]}: "{found["value"]}"{below}'
        yield Cause(failure.line, failure.column, "a second colon on the line", hint)


def _above(lines: Sequence[str], scanned: Scan, failure: Failure) -> Iterator[Cause]:
    """Looks above a key that the parser did not expect: for a line without a colon, or a value that is complete."""
    if "mapping values" not in failure.problem or failure.line > len(lines):
        return
    line = scanned.lines[failure.line - 1]
    culprit = None
    for above in scanned.above(failure.line):
        if above.is_key or above.content.startswith("- "):
            break
        culprit = no_colon(above) or culprit
    if culprit:
        yield culprit
    above = next(iter(scanned.above(failure.line)), line)
    if above.content.startswith("- ") and not above.is_key and line.indent > above.indent:
        hint = f"use {above.content[1:].strip()}: if it is a key, with what is below it indented deeper"
        yield Cause(above.number, above.indent + 1, "a list item that is a text has no keys", hint)
    elif above.is_key and line.indent > above.indent:
        message = f"indented deeper than line {above.number}, whose key has a value already"
        hint = f"indent it by {above.indent} {_spaces(above.indent)}, as line {above.number}"
        yield Cause(line.number, line.indent + 1, message, hint)


def _no_key(lines: Sequence[str], scanned: Scan, failure: Failure) -> Iterator[Cause]:
    """Looks at a line that the parser took for a key, until its colon did not come."""
    if "simple key" not in failure.context and "expected '-'" not in failure.problem:
        return
    number = failure.begun_line if "simple key" in failure.context else failure.line
    if number > len(lines):
        return
    line = scanned.lines[number - 1]
    above = scanned.lines[number - 2] if number > 1 else line
    block = next(
        (other for other in reversed(scanned.lines[: number - 1]) if other.content and not other.continues), line
    )
    if re.search(r"[|>][-+0-9]*$", block.content) and block is not line:
        needed = "deeper than its key" if above is block else "as deep as its other lines"
        message = f"the text that begins on line {block.number} must be indented {needed}"
        yield Cause(number, line.indent + 1, message, "indent it, or remove the line")
    elif found := no_colon(line):
        yield found
    elif "expected '-'" in failure.problem and line.is_key:
        yield Cause(
            number, line.indent + 1, "a key among the items of a list", "indent it differently, or begin it with a dash"
        )


def _indentation(lines: Sequence[str], scanned: Scan, failure: Failure) -> Iterator[Cause]:
    """Looks for a line that is indented as none above it, or a list where keys are."""
    if "expected key" not in failure.problem or failure.line > len(lines):
        return
    line = scanned.lines[failure.line - 1]
    place = line.number, line.indent + 1
    if line.content.startswith(":"):
        yield Cause(*place, "a colon without a key", "add the key before it")
    if failure.column > line.indent + 1:
        return
    above = next(iter(scanned.above(line.number)), line)
    if not above.in_brackets and above is not line and (found := no_colon(above)):
        yield found
    levels = _levels(scanned, line)
    items = line.content.startswith("- ") or line.content == "-"
    if line.indent not in levels:
        less = sorted(level for level in levels if level < line.indent)[-1:]
        more = sorted(level for level in levels if level > line.indent)[:1]
        wanted = " or ".join(map(str, less + more))
        message = f"indented by {line.indent} {_spaces(line.indent)}, as no line above it"
        yield Cause(*place, message, f"indent it by {wanted}")
    elif items and above.is_key:
        yield Cause(*place, "an item of a list among keys", "indent it below the key that has the list")
    elif found := no_colon(line):
        yield found


def _levels(scanned: Scan, line: Line) -> set[int]:
    """How far the lines above are indented that a line may continue."""
    levels: list[int] = []
    for above in scanned.above(line.number):
        if not above.in_brackets and (not levels or above.indent < min(levels)):
            levels.append(above.indent)
    return set(levels)


def _start(lines: Sequence[str], scanned: Scan, failure: Failure) -> Iterator[Cause]:
    """Looks at the first line of a file whose other lines are indented less."""
    if "document start" in failure.problem:
        first = next(line for line in scanned.lines if line.content)
        if first.indent and first.number != failure.line:
            message = f"indented by {first.indent} {_spaces(first.indent)}, but line {failure.line} is not"
            yield Cause(first.number, first.indent + 1, message, "begin all keys of the file in the first column")


def _spaces(number: int) -> str:
    return "space" if number == 1 else "spaces"


LINES: tuple[Search, ...] = (_two_colons, _above, _no_key, _indentation, _start)
