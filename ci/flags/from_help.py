"""llama-server's flags, from its own --help in the project's image."""

import re
from collections.abc import Iterator
from typing import Any

from ai_server.containers import engine, images

SPELLING = re.compile(r"(?<![\w-])(--?[a-zA-Z][\w-]*)")
CHOICES = re.compile(r"[\[{]([\w+.-]+(?:[|,][\w+.-]+)+)[\]}]")
ALLOWED = re.compile(r"allowed values: ([\w+., -]+?)(?:\(|$)")
ENV = re.compile(r"\(env: (\w+)\)")
HEAD_WIDTH = 40
"""The column in which descriptions begin; a longer head has its line for itself."""


def llama_server() -> dict[str, Any]:
    """The flags of the llama-server in the project's own image, which is built when it is not there."""
    was_up = engine.runs()
    engine.ensure()
    try:
        image = images.ensure(["llama-server"])["llama-server"]
        version = engine.docker("run", "--rm", image, "--version")
        text = engine.docker("run", "--rm", image, "--help")
    finally:
        if not was_up:
            engine.stop_if_ours()
    build = re.search(r"build (\d+)", version) or re.search(r"version: (\d+)", version)
    flags = parsed(text)
    return {
        "program": "llama-server",
        "version": f"b{build.group(1) if build else 'unknown'}",
        "source": "llama-server --help of Debian's llama.cpp-tools",
        "abbreviations": False,
        "unknownFlag": {"exitCode": 1, "prefix": "error: invalid argument: "},
        "env": sorted({*ENV.findall(text), "LLAMA_API_KEY", "LLAMA_CACHE"}),
        "flags": flags,
    }


def parsed(text: str) -> dict[str, dict[str, Any]]:
    """Flags by their main spelling, out of the text of --help."""
    found: dict[str, dict[str, Any]] = {}
    for first, rest in _blocks(text):
        short = len(first) <= HEAD_WIDTH or first[HEAD_WIDTH - 1] == " "
        head = first[:HEAD_WIDTH] if short else first
        spellings = SPELLING.findall(head)
        long = [each for each in spellings if each.startswith("--")]
        name = next((each for each in long if not each.startswith("--no-")), (long or spellings)[0])
        value = head[head.rfind(spellings[-1]) + len(spellings[-1]) :].strip()
        found[name] = _about(name, spellings, value, " ".join([first[len(head) :], *rest]))
    return found


def _about(name: str, spellings: list[str], value: str, text: str) -> dict[str, Any]:
    text = " ".join(text.split())
    about: dict[str, Any] = {"value": "one" if value else "none"}
    choices = CHOICES.fullmatch(value)
    allowed = ALLOWED.search(text)
    if choices:
        about["choices"] = re.split(r"[|,]", choices.group(1))
    elif allowed and value:
        about["choices"] = [each.strip() for each in allowed.group(1).split(",") if each.strip()]
    if len(spellings) > 1:
        about["aliases"] = [each for each in spellings if each != name]
    env = ENV.findall(text)
    return {**about, "env": env[0]} if env else about


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """The first line of each flag, which begins in the first column, and the lines below it."""
    first, rest = "", []
    for line in [*text.splitlines(), "-----"]:
        if line.startswith("-") or not line.strip():
            if first:
                yield first, rest
            first, rest = ("" if line.startswith("-----") else line.strip()), []
        elif first:
            rest.append(line.strip())
