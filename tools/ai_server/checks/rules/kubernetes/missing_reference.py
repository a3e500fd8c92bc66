"""An object that a pod needs and nobody makes."""

from collections.abc import Iterator
from dataclasses import replace

from ai_server.checks.engine.findings import Context, Found, leaves, not_checked, origin
from ai_server.checks.engine.registry import Rule
from ai_server.kube.manifests import Manifests, identity

RULE = Rule(
    "An object that a pod needs and that is not in the release",
    why="A pod whose ConfigMap, claim or service account is missing does not start, and a model elsewhere does not"
    " answer without its key. What the values themselves name is yours: `--live` looks for it (it reads the names of"
    " Secrets, not what is in them); without, it is reported as not checked.",
    wrong="apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
    "spec: {volumes: [{name: v, configMap: {name: gone}}], containers: [{name: x, image: y}]}",
    right="apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
    "spec: {volumes: [{name: v, configMap: {name: gone, optional: true}}], containers: [{name: x, image: y}]}",
)
RENDERED = ("ConfigMap", "PersistentVolumeClaim", "ServiceAccount")
"""Kinds that the chart makes itself; classes are the cluster's."""


def check(context: Context) -> Iterator[Found]:
    """What the chart should have made is an error; what the user says exists is not checked, and said so."""
    manifests = context.manifests
    if manifests is None:
        return
    names = {(item["kind"], item["metadata"]["name"]) for item in manifests}
    texts = {value for _, value in leaves(context.values.values) if isinstance(value, str)}
    own_secret = f"{context.release}-keys"
    secrets = context.facts.objects.get("Secret") if context.facts else None
    known = {own_secret, *(each["metadata"]["name"] for each in secrets or [])}
    lost: dict[str, bool] = {}
    foreign: set[str] = set()
    for pod in manifests.pods():
        for reference in set(pod.references()):
            if (reference.kind, reference.name) in names or (reference.optional and reference.name not in texts):
                context.count("references")
            elif reference.kind == "Secret" and secrets is not None:
                context.count("references")
                if reference.name not in known:
                    lost[reference.name] = lost.get(reference.name, True) and reference.optional
            elif reference.kind in RENDERED and reference.name not in texts:
                message = f"{identity(pod.owner)} needs {reference.kind} {reference.name}, which is not in the release"
                yield Found(origin(pod.owner), message)
            elif reference.kind == "PersistentVolumeClaim" and (found := _claim(context, reference.name)) is not None:
                yield from [replace(each, at=identity(pod.owner)) for each in found]
            elif reference.kind in ("Secret", *RENDERED) and reference.name != own_secret:
                foreign.add(f"{reference.kind} {reference.name}")
    for name, optional in lost.items():
        if not optional or name in _keys_of_models(context):
            yield _secret(context, manifests, name, optional=optional)
    for name in sorted(foreign):
        yield not_checked(f"{name} is not the chart's: make sure that it exists")


def _keys_of_models(context: Context) -> set[object]:
    """The Secrets with the keys of models elsewhere: the chart makes them optional, and each costs its model."""
    models = context.get("litellm", "models") or {}
    return {(model.get("apiKeySecret") or {}).get("name") for model in models.values() if isinstance(model, dict)}


def _secret(context: Context, manifests: Manifests, name: str, *, optional: bool) -> Found:
    """A Secret that the namespace does not have, with the command that makes it."""
    places = [keys for keys, value in leaves(context.values.values) if value == name]
    pulls = [each for pod in manifests.pods() for each in pod.spec.get("imagePullSecrets") or []]
    keys = sorted({key for pod in manifests.pods() for key in pod.secret_keys(name)})
    made = [f"--from-literal={key}=..." for key in keys] or ["--from-file=..."]
    if {"name": name} in pulls:
        made = ["--docker-server=...", "--docker-username=...", "--docker-password=..."]
    command = " ".join(["create secret", "docker-registry" if {"name": name} in pulls else "generic", name, *made])
    cost = "this model cannot answer" if optional else "pods that need it do not start"
    message = f"namespace {context.namespace} has no Secret {name}: {cost}"
    fix = f"kubectl --namespace {context.namespace} {command}"
    return Found(places[0] if places else (), message, fix, severity="warning" if optional else None)


def _claim(context: Context, name: str) -> list[Found] | None:
    """What the cluster's claims say of one that the user names; None where they are not known."""
    known = context.facts.of_kind("PersistentVolumeClaim") if context.facts else []
    if not known:
        return None
    spaces = {
        each["metadata"].get("namespace", context.namespace) for each in known if each["metadata"]["name"] == name
    }
    if context.namespace in spaces:
        context.count("references")
        return []
    if not spaces and not any(each["metadata"].get("namespace") == context.namespace for each in known):
        return None
    places = [keys for keys, value in leaves(context.values.values) if value == name]
    where = f"it is in {', '.join(sorted(spaces))}" if spaces else "it is not there"
    message = f"namespace {context.namespace} has no PersistentVolumeClaim {name}: {where}"
    names = sorted(each["metadata"]["name"] for each in known if each["metadata"].get("namespace") == context.namespace)
    fix = f"there are: {', '.join(names)}" if names else "make it there first: a pod reaches only its own namespace"
    return [Found(places[0] if places else (), message, fix)]
