"""An object that a pod needs and nobody makes."""

from collections.abc import Iterator
from dataclasses import replace

from ai_server.checks.engine.keypaths import leaves, origin
from ai_server.checks.engine.model import Violation, not_checked
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.kube.manifests import Manifests, identity

RENDERED = ("ConfigMap", "PersistentVolumeClaim", "ServiceAccount")
"""Kinds that the chart makes itself; classes are the cluster's."""


@rule("kubernetes/missing-reference")
def check(view: RenderView) -> Iterator[Violation]:
    """What the chart should have made is an error; what the user says exists is not checked, and said so."""
    manifests = view.manifests
    if manifests is None:
        return
    names = {(item["kind"], item["metadata"]["name"]) for item in manifests}
    texts = {value for _, value in leaves(view.values.values) if isinstance(value, str)}
    own_secret = f"{view.release}-keys"
    secrets = view.facts.objects.get("Secret") if view.facts else None
    known = {own_secret, *(each["metadata"]["name"] for each in secrets or [])}
    lost: dict[str, bool] = {}
    foreign: set[str] = set()
    for pod in manifests.pods():
        for reference in set(pod.references()):
            if (reference.kind, reference.name) in names or (reference.optional and reference.name not in texts):
                view.count("references")
            elif reference.kind == "Secret" and secrets is not None:
                view.count("references")
                if reference.name not in known:
                    lost[reference.name] = lost.get(reference.name, True) and reference.optional
            elif reference.kind in RENDERED and reference.name not in texts:
                message = f"{identity(pod.owner)} needs {reference.kind} {reference.name}, which is not in the release"
                yield Violation(origin(pod.owner), message)
            elif reference.kind == "PersistentVolumeClaim" and (found := _claim(view, reference.name)) is not None:
                yield from [replace(each, at=identity(pod.owner)) for each in found]
            elif reference.kind in ("Secret", *RENDERED) and reference.name != own_secret:
                foreign.add(f"{reference.kind} {reference.name}")
    for name, optional in lost.items():
        if not optional or name in _keys_of_models(view):
            yield _secret(view, manifests, name, optional=optional)
    for name in sorted(foreign):
        yield not_checked(f"{name} is not the chart's: make sure that it exists")


def _keys_of_models(view: RenderView) -> set[object]:
    """The Secrets with the keys of models elsewhere: the chart makes them optional, and each costs its model."""
    models = view.get("litellm", "models") or {}
    return {(model.get("apiKeySecret") or {}).get("name") for model in models.values() if isinstance(model, dict)}


def _secret(view: RenderView, manifests: Manifests, name: str, *, optional: bool) -> Violation:
    """A Secret that the namespace does not have, with the command that makes it."""
    places = [keys for keys, value in leaves(view.values.values) if value == name]
    pulls = [each for pod in manifests.pods() for each in pod.spec.get("imagePullSecrets") or []]
    keys = sorted({key for pod in manifests.pods() for key in pod.secret_keys(name)})
    made = [f"--from-literal={key}=..." for key in keys] or ["--from-file=..."]
    if {"name": name} in pulls:
        made = ["--docker-server=...", "--docker-username=...", "--docker-password=..."]
    command = " ".join(["create secret", "docker-registry" if {"name": name} in pulls else "generic", name, *made])
    cost = "this model cannot answer" if optional else "pods that need it do not start"
    message = f"namespace {view.namespace} has no Secret {name}: {cost}"
    fix = f"kubectl --namespace {view.namespace} {command}"
    return Violation(places[0] if places else (), message, fix, severity="warning" if optional else None)


def _claim(view: RenderView, name: str) -> list[Violation] | None:
    """What the cluster's claims say of one that the user names; None where they are not known."""
    known = view.facts.of_kind("PersistentVolumeClaim") if view.facts else []
    if not known:
        return None
    spaces = {each["metadata"].get("namespace", view.namespace) for each in known if each["metadata"]["name"] == name}
    if view.namespace in spaces:
        view.count("references")
        return []
    if not spaces and not any(each["metadata"].get("namespace") == view.namespace for each in known):
        return None
    places = [keys for keys, value in leaves(view.values.values) if value == name]
    where = f"it is in {', '.join(sorted(spaces))}" if spaces else "it is not there"
    message = f"namespace {view.namespace} has no PersistentVolumeClaim {name}: {where}"
    names = sorted(each["metadata"]["name"] for each in known if each["metadata"].get("namespace") == view.namespace)
    fix = f"there are: {', '.join(names)}" if names else "make it there first: a pod reaches only its own namespace"
    return [Violation(places[0] if places else (), message, fix)]
