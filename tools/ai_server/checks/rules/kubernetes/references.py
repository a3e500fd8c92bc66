"""Objects that a pod refers to."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ai_server.checks.core.keypaths import leaves
from ai_server.checks.core.model import Violation, not_checked
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.hosts import certificates, issuers
from ai_server.checks.subjects.pods import containers, pods
from ai_server.checks.subjects.secrets import elsewhere, names_of_secrets
from ai_server.kube.manifests import Pod
from ai_server.near import choice
from ai_server.reading.profiles import Keys
from ai_server.reading.wording import enumerated

RENDERED = ("ConfigMap", "PersistentVolumeClaim", "ServiceAccount")
"""Kinds that the chart creates itself; classes belong to the cluster."""

MAKE_SECRETS: dict[str, tuple[str, ...]] = {
    "Certificate": ("spec", "secretName"),
    "ExternalSecret": ("spec", "target", "name"),
    "SealedSecret": ("spec", "template", "metadata", "name"),
}
"""The kinds of which cert-manager, External Secrets and Sealed Secrets make a Secret, and the field with its name."""


@rule("kubernetes/missing-reference")
def references(view: RenderView) -> Iterator[Violation]:
    """Looks in the release for what the chart creates, and in the cluster for what the user names."""
    names = view.manifests.names | set(_made_secrets(view))
    texts = {value for _, value in leaves(view.values.values) if isinstance(value, str)}
    chart_secret = f"{view.release}-keys"
    known = names_of_secrets(view)
    made = () if view.get("global", "existingSecret") else (chart_secret,)
    missing: dict[str, bool] = {}
    unchecked: set[str] = set()
    for pod in pods(view):
        for reference in set(pod.pod.references()):
            if (reference.kind, reference.name) in names or (reference.optional and reference.name not in texts):
                continue
            if view.mask.message(reference.name) != reference.name:
                continue  # it is a secret in place of a name, which security/secret-in-values reports
            if reference.name in texts and (near := _of_release(view, reference.kind, reference.name)):
                what = f"{reference.kind} {reference.name}"
                message = f"{pod.identity} needs {what}, which is not in the release; did you mean {near}?"
                violation = Violation(_named(view, reference.name), message, at=pod.identity, severity="warning")
                yield violation.use(near, certain=False)
                continue
            if reference.kind == "Secret" and known is not None:
                if reference.name not in (*made, *known):
                    missing[reference.name] = missing.get(reference.name, True) and reference.optional
            elif reference.kind in RENDERED and reference.name not in texts:
                message = f"{pod.identity} needs {reference.kind} {reference.name}, which is not in the release"
                yield Violation(pod.key, message)
            elif reference.kind == "PersistentVolumeClaim" and (violations := _claim(view, reference.name)) is not None:
                yield from [replace(violation, at=pod.identity) for violation in violations]
            elif reference.kind in ("Secret", *RENDERED) and reference.name != chart_secret:
                unchecked.add(f"{reference.kind} {reference.name}")
    for ingress in view.manifests.of_kind("Ingress"):
        unchecked |= {f"{kind} {name}" for kind, name in issuers(ingress).values() if (kind, name) not in names}
        for name in certificates(ingress):
            if ("Secret", name) not in names and known is None:
                unchecked.add(f"Secret {name}")
            elif ("Secret", name) not in names and name not in (known or ()):
                yield _certificate(view, name)
    for name, optional in missing.items():
        if not optional or _made_optional(view, name):
            yield _secret(view, name, optional=optional)
    if unchecked:
        verb, they = ("does", "it exists") if len(unchecked) == 1 else ("do", "they exist")
        yield not_checked(f"{enumerated(sorted(unchecked))} {verb} not belong to the chart: make sure that {they}")


def _of_release(view: RenderView, kind: str, name: str) -> str:
    """The object of the release whose name is almost that of a missing one, unless the cluster has it; "" if none."""
    in_cluster = view.facts.of_kind(kind) if view.facts and view.facts.knows(kind) else []
    if any(item["metadata"]["name"] == name for item in in_cluster):
        return ""
    own = {item["metadata"]["name"] for item in view.manifests.of_kind(kind)}
    if kind == "Secret" and not view.get("global", "existingSecret"):
        own.add(f"{view.release}-keys")
    return "" if name in own else choice(name, sorted(own))


def _made_secrets(view: RenderView) -> Iterator[tuple[str, str]]:
    """The Secrets that controllers make of other objects of the release."""
    for item in view.manifests.of_kind(*MAKE_SECRETS):
        named: Any = item
        for key in MAKE_SECRETS[item["kind"]]:
            named = named.get(key) if isinstance(named, dict) else None
        yield "Secret", str(named or item["metadata"]["name"])


def _made_optional(view: RenderView, name: str) -> bool:
    """Whether the chart sets a variable from this optional Secret: the key of an external model."""
    return any(
        isinstance(source, dict)
        and (source.get("secretKeyRef") or {}).get("name") == name
        and not container.given("env", variable)
        for container in containers(view)
        for variable, source in container.env.items()
    )


def _secret(view: RenderView, name: str, *, optional: bool) -> Violation:
    """A Secret that the namespace does not have, with the command that creates it."""
    rendered: list[Pod] = view.manifests.pods()
    pulls = [secret for pod in rendered for secret in pod.spec.get("imagePullSecrets") or []]
    keys = sorted({key for pod in rendered for key in pod.secret_keys(name)})
    sources = [
        source for pod in rendered for container in pod.containers() for source in container.get("envFrom") or []
    ]
    all_keys = any((source.get("secretRef") or {}).get("name") == name for source in sources)
    options = [f"--from-literal={key}=..." for key in keys] or [
        "--from-env-file=..." if all_keys else "--from-file=..."
    ]
    if {"name": name} in pulls:
        options = ["--docker-server=...", "--docker-username=...", "--docker-password=..."]
    command = " ".join(["create secret", "docker-registry" if {"name": name} in pulls else "generic", name, *options])
    cost = "this model cannot answer" if optional else "pods that need it do not start"
    message = f"namespace {view.namespace} has no Secret {name}{elsewhere(view, name)}: {cost}"
    fix = f"kubectl --namespace {view.namespace} {command}"
    return _or_near(view, name, Violation(_named(view, name), message, fix, severity="warning" if optional else None))


def _or_near(view: RenderView, name: str, violation: Violation) -> Violation:
    """A violation with the fix to create a Secret, or, if there is one, to use that of a similar name."""
    known = sorted(names_of_secrets(view) or ())
    near = choice(name, known)
    if not near and len(known) == 1:
        return replace(violation, fix=f"perhaps use {known[0]}, the only one there, or create it: {violation.fix}")
    if not near or view.get(*violation.keys) != name:
        return violation
    return replace(violation.use(near, certain=False), fix=f"perhaps use {near}, or create it: {violation.fix}")


def _certificate(view: RenderView, name: str) -> Violation:
    """The same for the certificate of an Ingress, which works without it."""
    message = f"namespace {view.namespace} has no Secret {name}: browsers get another certificate"
    fix = f"kubectl --namespace {view.namespace} create secret tls {name} --cert=... --key=..."
    return _or_near(view, name, Violation(_named(view, name), message, fix, severity="warning"))


def _claim(view: RenderView, name: str) -> list[Violation] | None:
    """The violations of a claim that the user names; None if the cluster's claims are not known."""
    known = [claim["metadata"] for claim in view.facts.of_kind("PersistentVolumeClaim")] if view.facts else []
    if not known:
        return None
    spaces = {claim.get("namespace", view.namespace) for claim in known if claim["name"] == name}
    if view.namespace in spaces:
        return []
    names = sorted(claim["name"] for claim in known if claim.get("namespace") == view.namespace)
    if not spaces and not names:
        return None
    elsewhere = f": it is in {', '.join(sorted(spaces))}" if spaces else ""
    message = f"namespace {view.namespace} has no PersistentVolumeClaim {name}{elsewhere}"
    fix = f"use one of: {', '.join(names)}" if names else "create it there first: a pod reaches only its own namespace"
    return [Violation(_named(view, name), message, fix)]


def _named(view: RenderView, name: str) -> Keys:
    """The key whose value is the name of an object."""
    return next((keys for keys, value in leaves(view.values.values) if value == name), ())
