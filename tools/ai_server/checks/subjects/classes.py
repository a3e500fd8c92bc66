"""Classes of a cluster that values mention by name."""

from collections.abc import Callable, Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation, not_checked
from ai_server.checks.engine.views import RenderView
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.manifests import Object, identity
from ai_server.reading.profiles import Keys

BUILT_IN = {"PriorityClass": {"system-cluster-critical", "system-node-critical"}}
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def missing(kind: str, *setting: str) -> Callable[[RenderView], Iterator[Violation]]:
    """The check of a rule on a class that pods name: that it is in the cluster or in the release."""

    def check(view: RenderView) -> Iterator[Violation]:
        manifests, facts = view.manifests, view.facts
        if manifests is None or facts is None:
            return
        wanted = [
            (reference.name, pod)
            for pod in manifests.running()
            for reference in pod.references()
            if reference.kind == kind
        ]
        if wanted and not facts.knows(kind):
            yield not_checked(f"{kind}: {facts.source} lists none")
            return
        for name, pod in wanted:
            view.count("classes")
            if name in BUILT_IN.get(kind, ()) or manifests.has(kind, name) or name in facts.names(kind):
                continue
            keys: Keys = view.setting(origin(pod.owner), *setting)
            if not view.given(*keys):
                keys = ("global", *setting) if view.given("global", *setting) else origin(pod.owner)
            yield unknown(view, keys, f"{identity(pod.owner)} wants {kind}", name, kind)

    return check


def unknown(view: RenderView, keys: Keys, who: str, name: str, kind: str) -> Violation:
    """That a class is not there, with those that are."""
    assert view.facts is not None
    names = ", ".join(view.facts.names(kind))
    return Violation(keys, f"{who} {name}, which {view.facts.source} does not have", f"there are: {names}")


def storage_class(facts: ClusterFacts, claim: Object) -> Object | None:
    """The class that a claim gets: the one it names, or the default."""
    name = claim["spec"].get("storageClassName", "")
    for each in facts.of_kind("StorageClass"):
        default = (each["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true"
        if each["metadata"]["name"] == name or (not name and default):
            return each
    return None
