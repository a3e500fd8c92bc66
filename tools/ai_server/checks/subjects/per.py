"""Turns a check of one subject into a rule about all of them: the loop, and the count of what was checked."""

from collections.abc import Callable, Iterable, Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.pods import ContainerSubject, ObjectSubject, PodSubject, containers, objects, pods

Check = Callable[[RenderView], Iterator[Violation]]


def per_pod(check: Callable[[PodSubject], Iterable[Violation]]) -> Check:
    """A rule that checks each pod separately."""

    def rule(view: RenderView) -> Iterator[Violation]:
        view.count(f"pods against {_words(check)}", len(pods(view)))
        for pod in pods(view):
            yield from check(pod)

    return rule


def per_container(check: Callable[[ContainerSubject], Iterable[Violation]]) -> Check:
    """A rule that checks each container and init container separately."""

    def rule(view: RenderView) -> Iterator[Violation]:
        view.count(f"containers against {_words(check)}", len(containers(view)))
        for container in containers(view):
            yield from check(container)

    return rule


def per_object(*kinds: str) -> Callable[[Callable[[ObjectSubject], Iterable[Violation]]], Check]:
    """A rule that checks each object of some kinds separately; without a kind, every object."""

    def decorate(check: Callable[[ObjectSubject], Iterable[Violation]]) -> Check:
        def rule(view: RenderView) -> Iterator[Violation]:
            subjects = objects(view, *kinds)
            view.count(f"objects against {_words(check)}", len(subjects))
            for subject in subjects:
                yield from check(subject)

        return rule

    return decorate


def _words(check: Callable[..., object]) -> str:
    """The name of a function in words: stop hooks."""
    return check.__name__.replace("_", " ")
