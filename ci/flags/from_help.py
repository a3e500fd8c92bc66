"""Reads the flags of llama-server from its own --help."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llama_build import built

from ai_server.checks.facts.pins import pins

SPELLING = re.compile(r"(?<![\w-])(--?[a-zA-Z](?:[\w.-]*\w)?)")
CHOICES = re.compile(r"[\[{]([\w+.-]+(?:[|,][\w+.-]+)+)[\]}]")
ALLOWED = re.compile(r"allowed values: ([\w+., -]+?)(?:\(|$)")
LISTED = re.compile(r"(?:^|\s)- ([\w+-]+)(?: \(default\))?: ")
DEFAULT = re.compile(r"\(default: ([a-z]\w*)\)")
ENV = re.compile(r"\(env: (\w+)\)")
REMOVED = "the argument has been removed"
IGNORED = "DEPRECATED"
NUMBERS = {"N", "P", "L", "INDEX", "SEED", "PORT", "SECONDS", "SIMILARITY", "<0|1>", "<0...100>"}
"""Hints for a number: the program exits on a word instead (stoi, stof), as tried with each of them in b11434."""
OBJECT = "must be a valid json object"
WORD = re.compile(r"['\"]([a-z]+)['\"]")
SAME_AS = {"on": ("1", "true", "enabled"), "off": ("0", "false", "disabled"), "auto": ("-1",)}
"""Values that a flag with [on|off] accepts as well, although its help does not say so."""
FURTHER = (
    "GGML_BACKEND_PATH",
    "HF_ENDPOINT",
    "HF_HOME",
    "HF_HUB_CACHE",
    "HF_TOKEN",
    "LLAMA_CACHE",
    "LLAMA_MEDIA_MARKER",
)
"""Variables without a flag, which its libraries read."""
HEAD_WIDTH = 40
"""The column in which descriptions begin; a longer head has its own line."""


def llama_server(binary: Path | None = None) -> dict[str, Any]:
    """The flags of a binary, or of the build in the chart's default image."""
    return said_by(binary or built(pins()["llama-server"].version))


def said_by(*command: str | Path) -> dict[str, Any]:
    """The flags of the llama-server that a command runs: a binary, or docker run."""
    runs = [
        subprocess.run([*command, each], check=True, capture_output=True, text=True) for each in ("--version", "--help")
    ]
    version, text = runs[0].stdout + runs[0].stderr, runs[1].stdout
    build = re.search(r"build (\d+)", version) or re.search(r"version: (\d+)", version)
    number = f"b{build.group(1)}" if build else "unknown"
    flags = parsed(text)
    return {
        "program": "llama-server",
        "version": number,
        "source": f"llama-server --help of a build of {number} for CPUs",
        "prefixes": ["LLAMA_ARG_"],
        "abbreviations": False,
        "underscores": True,
        # arg.cpp looks up complete words: --ctx-size=4096 is an unknown flag
        "equals": False,
        "unknownFlag": {"exitCode": 1, "prefix": "error: invalid argument: "},
        "env": sorted({*FURTHER, *_variables(flags)}),
        "flags": flags,
    }


def parsed(text: str) -> dict[str, dict[str, Any]]:
    """Flags by their main spelling, from the text of --help, without removed ones, on which the program exits."""
    found: dict[str, dict[str, Any]] = {}
    for first, rest in _blocks(text):
        short = len(first) <= HEAD_WIDTH or first[HEAD_WIDTH - 1] == " "
        head = first[:HEAD_WIDTH] if short else first
        description = [first[len(head) :], *rest]
        if REMOVED in " ".join(description):
            continue
        spellings = SPELLING.findall(head)
        long = [each for each in spellings if each.startswith("--")]
        name = next((each for each in long if not each.startswith("--no-")), (long or spellings)[0])
        value = head[head.rfind(spellings[-1]) + len(spellings[-1]) :].strip()
        found[name] = _about(name, spellings, value, " ".join(" ".join(description).split()))
    return found


def _about(name: str, spellings: list[str], value: str, text: str) -> dict[str, Any]:
    # START END: two words after the flag
    kind = "many" if re.fullmatch(r"[A-Z]+ [A-Z]+", value) else "one" if value else "none"
    about: dict[str, Any] = {"value": kind}
    if choices := _choices(value, text):
        about["choices"] = choices
    elif form := _form(value, text):
        about |= form
    if len(spellings) > 1:
        about["aliases"] = [each for each in spellings if each != name]
    env = ENV.findall(text)
    return {**about, "env": env[0]} if env else about


def _form(value: str, text: str) -> dict[str, Any]:
    """A number if the hint says so, plus the words that the text quotes, such as 'auto' or 'all'; or JSON."""
    if value and OBJECT in text:
        return {"form": "json"}
    if value not in NUMBERS or IGNORED in text:
        return {}
    words = list(dict.fromkeys(WORD.findall(text)))
    return {"form": "number", **({"words": words} if words else {})}


def _choices(value: str, text: str) -> list[str]:
    """The choices: in brackets after the flag, as allowed values, or on one line each with a dash."""
    bracketed = CHOICES.fullmatch(value)
    allowed = ALLOWED.search(text)
    if bracketed:
        words = re.split(r"[|,]", bracketed.group(1))
        return words + [also for word in words for also in SAME_AS.get(word, ()) if {"on", "off"} <= set(words)]
    if allowed and value:
        return [each.strip() for each in allowed.group(1).split(",") if each.strip()]
    listed = LISTED.findall(text) if value else []
    if all(each.isdigit() for each in listed):
        return []  # levels, beyond which the program accepts any number
    return list(dict.fromkeys([*listed, *(DEFAULT.findall(text) if listed else [])]))


def _variables(flags: dict[str, dict[str, Any]]) -> Iterator[str]:
    """The variable of each flag, and the opposite one, which the program reads if there is a --no- form."""
    for about in flags.values():
        if "env" in about:
            yield about["env"]
            if any(each.startswith("--no-") for each in about.get("aliases", [])):
                yield about["env"].replace("LLAMA_ARG_", "LLAMA_ARG_NO_", 1)


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """The lines of each flag: the first one, which begins in the first column, and those below it."""
    first, rest = "", []
    for line in [*text.splitlines(), "-----"]:
        if line.startswith("-") or not line:
            if first:
                yield first, rest
            first, rest = ("" if line.startswith("-----") else line.strip()), []
        elif first:
            rest.append(line.strip())
