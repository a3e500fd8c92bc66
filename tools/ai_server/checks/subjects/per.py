"""Turns a check of one subject into a rule about all of them: the loop."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ai_server.checks.core.model import Violation
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.pods import (
    ContainerSubject,
    ObjectSubject,
    PodSubject,
    all_objects,
    containers,
    objects,
    pods,
)
from ai_server.checks.subjects.subject import Subject

Check = Callable[[RenderView], Iterator[Violation]]
Found = Iterable[Violation]
S = TypeVar("S", bound=Subject)


def _per(subjects_of: Callable[[RenderView], list[S]]) -> Callable[[Callable[[S], Found]], Check]:
    def decorate(check: Callable[[S], Found]) -> Check:
        def rule(view: RenderView) -> Iterator[Violation]:
            for subject in subjects_of(view):
                yield from check(subject)

        return rule

    return decorate


def per_pod(check: Callable[[PodSubject], Found]) -> Check:
    """A rule that checks each pod separately."""
    return _per(pods)(check)


def per_container(check: Callable[[ContainerSubject], Found]) -> Check:
    """A rule that checks each container and init container separately."""
    return _per(containers)(check)


def per_object(*kinds: str) -> Callable[[Callable[[ObjectSubject], Found]], Check]:
    """A rule that checks each object of some kinds separately; without a kind, every object."""
    return _per(lambda view: objects(view, *kinds))


def per_unchecked_object(check: Callable[[ObjectSubject], Found]) -> Check:
    """A rule that checks each object separately, also those that do not have the form of their kind."""
    return _per(all_objects)(check)
