"""Turns a rule about one thing into a rule about the whole render: the loop, and the count of what it looked at."""

from collections.abc import Callable, Iterable, Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.pods import ContainerSubject, ObjectSubject, PodSubject, containers, objects, pods

Check = Callable[[RenderView], Iterator[Violation]]


def per_pod(check: Callable[[PodSubject], Iterable[Violation]]) -> Check:
    """A rule that looks at each pod by itself."""

    def rule(view: RenderView) -> Iterator[Violation]:
        view.count(f"pods against {_words(check)}", len(pods(view)))
        for pod in pods(view):
            yield from check(pod)

    return rule


def per_container(check: Callable[[ContainerSubject], Iterable[Violation]]) -> Check:
    """A rule that looks at each container and init container by itself."""

    def rule(view: RenderView) -> Iterator[Violation]:
        view.count(f"containers against {_words(check)}", len(containers(view)))
        for container in containers(view):
            yield from check(container)

    return rule


def per_object(*kinds: str) -> Callable[[Callable[[ObjectSubject], Iterable[Violation]]], Check]:
    """A rule that looks at each object of some kinds by itself; without a kind, at every object."""

    def decorate(check: Callable[[ObjectSubject], Iterable[Violation]]) -> Check:
        def rule(view: RenderView) -> Iterator[Violation]:
            found = objects(view, *kinds)
            view.count(f"objects against {_words(check)}", len(found))
            for rendered in found:
                yield from check(rendered)

        return rule

    return decorate


def _words(check: Callable[..., object]) -> str:
    """What a function is called, in words: stop hooks."""
    return check.__name__.replace("_", " ")
