"""Causes of YAML errors that single characters show: quotes, brackets, tabs, marks of git."""

import re
from collections.abc import Iterator, Sequence

from ai_server.reading.oddtext import odd_characters, odd_spaces
from ai_server.reading.yamlfailure import Cause, Failure, Search
from ai_server.reading.yamlindent import BULLET
from ai_server.reading.yamllines import Scan

CONFLICT = re.compile(r"(<{7}|>{7}|\|{7})( |$)|={7}$")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

TEMPLATE = "{{ is a template, and a values file is not one"


def control_character(lines: Sequence[str]) -> Cause | None:
    """The first character that no YAML may contain."""
    for number, line in enumerate(lines, start=1):
        if found := CONTROL.search(line):
            message = f"a control character (U+{ord(found[0]):04X}), which no YAML may contain"
            return Cause(number, found.start() + 1, message, "remove it")
    return None


def _conflict(lines: Sequence[str], _: Scan, __: Failure) -> Iterator[Cause]:
    numbers = [number for number, line in enumerate(lines, start=1) if CONFLICT.match(line)]
    if any(lines[number - 1].startswith("<" * 7) for number in numbers):
        others = f", {', '.join(map(str, numbers[1:]))}" if numbers[1:] else ""
        message = f"a merge conflict: git's marks are on the lines {numbers[0]}{others}"
        yield Cause(numbers[0], 1, message, "keep one of the two versions, and remove the lines with the marks")


def _template(lines: Sequence[str], scanned: Scan, failure: Failure) -> Iterator[Cause]:
    for sign, line, column in scanned.opened:
        if line <= failure.line and sign == "{" and lines[line - 1][column : column + 1] == "{":
            yield Cause(line, column, TEMPLATE, "put the value itself here, or the text in quotes")


def _tab(lines: Sequence[str], scanned: Scan, failure: Failure) -> Iterator[Cause]:
    for line in scanned.lines[: failure.line]:
        blank = re.match(r"[ \t]*", lines[line.number - 1])
        if blank and "\t" in blank[0] and line.content and not line.continues and not line.in_brackets:
            column = blank[0].index("\t") + 1
            yield Cause(line.number, column, "a tab in the indentation", "use spaces: YAML allows no tabs", tab=True)


def _odd_space(lines: Sequence[str], scanned: Scan, _: Failure) -> Iterator[Cause]:
    found = list(odd_spaces(lines))
    if found:
        yield odd_cause(found)


def odd_cause(found: Sequence[tuple[int, int, str]]) -> Cause:
    """The cause for lines with odd spaces."""
    line, column, blank = found[0]
    more = f", and in {len(found) - 1} more line{'s'[: len(found) - 2]}" if len(found) > 1 else ""
    message = f"{odd_characters(blank)} in place of a space{more}, as pasted from a web page"
    return Cause(line, column, message, "use spaces", odd=True)


def _open_quote(_: Sequence[str], scanned: Scan, failure: Failure) -> Iterator[Cause]:
    for quoted in reversed(scanned.quoted):
        ends_after = not quoted.last_line or quoted.last_line >= failure.line
        if quoted.line <= failure.line and quoted.last_line != quoted.line and ends_after:
            yield Cause(quoted.line, quoted.column, "the quote that opens here is not closed", f"add {quoted.sign}")


def _after_quote(lines: Sequence[str], scanned: Scan, failure: Failure) -> Iterator[Cause]:
    if failure.line > len(lines) or "flow" in failure.context:
        return
    before = lines[failure.line - 1][: failure.column - 1].rstrip()
    for quoted in scanned.quoted:
        if (quoted.last_line, quoted.last_column) == (failure.line, len(before)):
            text = lines[failure.line - 1][quoted.column - 1 :].rstrip() if quoted.line == failure.line else ""
            other = {"'": '"', '"': "'"}[quoted.sign]
            if text.endswith(quoted.sign) and other not in text and "\\" not in text:
                message = f"the {quoted.sign} inside the text ends it"
                yield Cause(failure.line, failure.column - 1, message, f"use {other}{text[1:-1]}{other}")
                return
            double = "two of them are one in the text: ''" if quoted.sign == "'" else 'use \\" for a quote in the text'
            yield Cause(failure.line, failure.column, "more text after the closing quote", f"remove it, or {double}")


def _escape(lines: Sequence[str], _: Scan, failure: Failure) -> Iterator[Cause]:
    if re.search("escape|hexa?decimal", failure.problem):
        line = lines[failure.line - 1]
        start = max(0, line.rfind("\\", 0, failure.column))
        message = f"{line[start : start + 2]} in double quotes does not stand for a character"
        hint = r"use single quotes, as in 'D:\models', where a backslash is only a backslash"
        yield Cause(failure.line, start + 1, message, hint)


def _bracket(lines: Sequence[str], scanned: Scan, failure: Failure) -> Iterator[Cause]:
    here = failure.line, failure.column
    for sign, *place in scanned.misfits:
        if tuple(place) == here:
            yield Cause(
                *here, f"no {'[' if sign == ']' else '{'} is open here for this {sign}", "remove it, or correct it"
            )
    if "flow" not in failure.context:
        return
    sign, closing = "[]" if "sequence" in failure.context else "{}"
    begun = failure.begun_line, failure.begun_column
    for number, line in enumerate(lines[begun[0] - 1 : failure.line], start=begun[0]):
        if comment := re.search(r"(?:^|\s)(//)", line):
            yield Cause(number, comment.start(1) + 1, "// does not begin a comment in YAML", "begin it with #")
    if (sign, *begun) in scanned.unclosed:
        yield Cause(*begun, f"the {sign} that opens here is not closed", f"add {closing}")
    elif scanned.unclosed and failure.line > len(lines) - 1 and not "".join(lines[failure.line - 1 :]).strip():
        sign, row, column = scanned.unclosed[-1]
        yield Cause(row, column, f"the {sign} that opens here is not closed", f"add {']' if sign == '[' else '}'}")
    else:
        message = f"a comma is missing between two entries of {sign}...{closing}"
        yield Cause(*here, message, "add it, or quote the text if it is one entry")


def _first_character(lines: Sequence[str], scanned: Scan, failure: Failure) -> Iterator[Cause]:
    begun = failure.begun_line or failure.line, failure.begun_column or failure.column
    line = lines[begun[0] - 1] if begun[0] <= len(lines) else ""
    rest = line[begun[1] - 1 :]
    named = ("any token", "alphabetic", "alias", "directive", "block scalar", "mapping keys", "tag")
    if not any(word in f"{failure.problem} {failure.context}" for word in named) or not rest:
        return
    if rest.startswith("```"):
        yield Cause(
            *begun, "``` is Markdown, not YAML", "remove the line: only what is between two of them is the file"
        )
    elif BULLET.match(rest) and not line[: begun[1] - 1].strip():
        yield Cause(*begun, f"a list item begins with -, not {rest[0]}", f"use - {rest[1:].strip()}")
    elif rest[0] in "@`%*&!|>?":
        value = re.split(r"[,\]}]|\s#", rest)[0].strip()
        yield Cause(*begun, f"a text cannot begin with {rest[0]} in YAML", f'put it in quotes: "{value}"')


def _list_in_line(lines: Sequence[str], _: Scan, failure: Failure) -> Iterator[Cause]:
    if "block sequence entries are not allowed" in failure.problem:
        yield Cause(failure.line, failure.column, "a list cannot begin on the line of its key", "begin it on the next")


SIGNS: tuple[Search, ...] = (
    *(_conflict, _odd_space, _template, _tab, _first_character, _escape, _open_quote, _after_quote, _bracket),
    _list_in_line,
)
