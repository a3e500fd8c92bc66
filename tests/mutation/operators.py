"""What an operator is; each says beforehand what must become of its mutants."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from tests.mutation.subject import Mutant, Subject

Verdict = Literal["refused", "silent"]
Places = Callable[[Subject], Iterator[Mutant]]


@dataclass(frozen=True)
class Operator:
    """A kind of change, with its verdict, written before any mutant was looked at."""

    name: str
    verdict: Verdict
    mutants: Places


OPERATORS: list[Operator] = []


def refused(mutants: Places) -> Places:
    """Registers a change that is a mistake at every place."""
    OPERATORS.append(Operator(mutants.__name__, "refused", mutants))
    return mutants


def silent(mutants: Places) -> Places:
    """Registers a change that means the same, or something else that is as good."""
    OPERATORS.append(Operator(mutants.__name__, "silent", mutants))
    return mutants
