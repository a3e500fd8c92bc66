"""Operators, which create mutants; each declares beforehand what the check must report about them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from tests.mutation.subject import Mutant, Subject

Verdict = Literal["refused", "silent"]
Places = Callable[[Subject], Iterator[Mutant]]


@dataclass(frozen=True)
class Operator:
    """A kind of change with the expected verdict, which is written before running any mutant."""

    name: str
    verdict: Verdict
    mutants: Places


OPERATORS: list[Operator] = []


def refused(mutants: Places) -> Places:
    """Registers a change that is a mistake everywhere."""
    OPERATORS.append(Operator(mutants.__name__, "refused", mutants))
    return mutants


def silent(mutants: Places) -> Places:
    """Registers a change that causes no error."""
    OPERATORS.append(Operator(mutants.__name__, "silent", mutants))
    return mutants
