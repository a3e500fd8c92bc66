"""What a real program asked the network for, which variables it read, and what its log says."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

PROBLEM = re.compile(r"warning|error\b|critical|traceback", re.IGNORECASE)
CANARY = "CONTRACT_CANARY"
HOST = re.compile(r"://([\w.-]+)")
HERE = {"127.0.0.1", "localhost", "0.0.0.0", "::1", "None"}
"""This machine, which is the pod."""


def hosts_in(texts: Iterable[str]) -> set[str]:
    """The hosts of all URLs in some texts."""
    return {host for text in texts for host in HOST.findall(text)}


def hosts_asked(watch: Path, rendered: Iterable[str] = ()) -> set[str]:
    """The hosts that a program looked up or connected to, apart from this machine and the rendered ones."""
    asked = {line.split(" ")[1] for line in watch.read_text().splitlines() if line.startswith("asked ")}
    return asked - HERE - set(rendered)


def variables_read(watch: Path) -> set[str]:
    """The variables that a program read by their names, not with all others."""
    reads = [line.split(" ", 2)[1:] for line in watch.read_text().splitlines() if line.startswith("read ")]
    reads_all = {place for name, place in reads if name == CANARY}
    return {name for name, place in reads if place not in reads_all}


def problems(log: str, known: Mapping[str, str]) -> list[str]:
    """The lines of a log with a warning or an error, without those that match a known pattern (with its reason)."""
    return [
        line
        for line in log.splitlines()
        if PROBLEM.search(line) and not any(re.search(pattern, line) for pattern in known)
    ]
