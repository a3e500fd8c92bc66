"""Which of its settings a program blames when it does not start, so that a finding about another one does not count."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from ai_server.checks.facts import flags_of

ECHO = re.compile(r"\[type=.*")
"""The values that pydantic repeats: they name other settings as well."""
QUOTED = re.compile("[\"'`]([^\"'`]*)[\"'`]")
ITEM = re.compile(r"\.extraArgs\[(\d+)\]")


def blamed_words(program: str, words: Sequence[str], says: str) -> set[int]:
    """The indexes of the flags that a program names in any spelling, or whose values it quotes, and of their values."""
    says = ECHO.sub("", says)
    quoted = set(QUOTED.findall(says))
    found: set[int] = set()
    for index, word in enumerate(words):
        flag, _, value = word.partition("=")
        if _is_flag(flag):
            canonical = flags_of(program).canonical(flag) or flag
            if _named(flag, says) or _named(canonical, says) or value in quoted - {""}:
                found |= {index, index + 1}
        elif word in quoted or f"'{word}'" in says or f'"{word}"' in says or _ends_a_line(word, says):
            found |= {index - 1, index}
    return {index for index in found if 0 <= index < len(words)}


def _is_flag(word: str) -> bool:
    return bool(re.match("--?[A-Za-z]", word))


def _ends_a_line(word: str, says: str) -> bool:
    """Whether a line of a text ends with a file's name after a colon."""
    return any(line.endswith(f"file: {word}") for line in says.splitlines())


def _named(flag: str, says: str) -> bool:
    """Whether a text has a flag as it is written, or a name of several words without its dashes."""
    name = flag.lstrip("-")
    parts = "[-_ ]".join(map(re.escape, name.split("-")))
    spellings = [re.escape(flag), *([parts] if "-" in name else [])]
    return any(re.search(rf"(?<![\w-]){spelling}(?![\w-])", says) for spelling in spellings)


def at_words(keys: Iterable[str], words: set[int]) -> bool:
    """Whether a key is that of one of these words of extraArgs."""
    return any(int(index) in words for key in keys for index in ITEM.findall(key))


def flag_of(program: str, words: Sequence[str], blamed: set[int]) -> str:
    """The flag that a program blames, or that it is about JSON: check does not know its fields."""
    flags = [index for index in sorted(blamed) if _is_flag(words[index])]
    if not flags:
        return "no flag is named"
    flag, _, value = words[flags[0]].partition("=")
    value = value or " ".join(words[flags[0] + 1 : flags[0] + 2])
    known = flags_of(program).canonical(flag) or flag
    return "a field in the JSON of a flag" if value.startswith("{") else known


def place(program: str, case: Any, key: str) -> str:
    """The flag, or the name of the setting, at a key."""
    item = ITEM.search(key)
    return flag_of(program, case, {int(item[1])}) if item and isinstance(case, list) else key.rpartition(".")[2]


def setting_keys(settings: dict[str, dict[str, Any]], says: str) -> list[str]:
    """The keys of LiteLLM's settings that it names, or all of them if it names none."""
    keys = {f"litellm.{section}.{name}": name for section, names in settings.items() for name in names}
    return [key for key, name in keys.items() if re.search(rf"\b{re.escape(name)}\b", says)] or list(keys)


def at_settings(keys: Iterable[str], settings: Sequence[str]) -> bool:
    """Whether a key is one of these settings, or below one."""
    return any(key == setting or key.startswith((f"{setting}.", f"{setting}[")) for key in keys for setting in settings)
