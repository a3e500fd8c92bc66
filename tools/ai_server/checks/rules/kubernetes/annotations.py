"""Annotations of Ingresses: what they break behind the controller, and those of another controller."""

import re
from collections.abc import Iterator
from typing import Any

from ai_server.checks import facts
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.subjects.per import per_object
from ai_server.checks.subjects.pods import ObjectSubject
from ai_server.kube.manifests import Object

CLASS = "kubernetes.io/ingress.class"
"""The annotation that named the class before ingressClassName."""
DEFAULT = "ingressclass.kubernetes.io/is-default-class"
REWRITES = {"stripPrefix", "stripPrefixRegex", "replacePath", "replacePathRegex", "addPrefix"}
"""The middlewares of Traefik that change paths."""
REMOVE = "remove it"


@rule("kubernetes/ingress-annotation")
@per_object("Ingress")
def annotations(item: ObjectSubject) -> Iterator[Violation]:
    """Looks at the annotations of the chart's Ingresses; one of extraObjects has paths of its own."""
    for name, row in _broken(item):
        keys = item.written("metadata", "annotations", name)
        message = row["message"].format(value=_annotations(item)[name])
        yield Violation(keys, message, at=item.identity).remove(row["fix"].removeprefix(REMOVE))
    if CLASS in _annotations(item) and item.spec.get("ingressClassName"):
        keys = item.written("metadata", "annotations", CLASS)
        yield Violation(keys, "the API server rejects this annotation next to className", at=item.identity).remove()
    for middleware in _rewriting_middlewares(item):
        keys = item.written("metadata", "annotations", facts.table("ingress_annotations")["middlewares"])
        message = f"Middleware {middleware} changes the paths"
        yield Violation(keys, message, "remove it: the program expects its own paths", at=item.identity)


@rule("kubernetes/foreign-annotation")
@per_object("Ingress")
def foreign_annotations(item: ObjectSubject) -> Iterator[Violation]:
    """Compares the prefix of each annotation with the class of the Ingress, or with the cluster's default class."""
    broken = {name for name, _ in _broken(item)}
    name = _existing(item, _class(item)) or _default_class(item)
    of_class = _controllers(item, name)
    for annotation in _annotations(item).keys() - broken if of_class else ():
        # the chart's own annotations are for several controllers
        owner, keys = _owner(annotation), item.given("metadata", "annotations", annotation)
        if owner and keys and owner not in of_class:
            message = f"this annotation is for {owner}, but the controller of IngressClass {name} ignores it"
            yield Violation(keys, message, severity="warning", at=item.identity).remove()


def _broken(item: ObjectSubject) -> Iterator[tuple[str, dict[str, Any]]]:
    """The annotations that a row of the table is about, with the row."""
    named = _controllers(item, _class(item))
    for row in facts.table("ingress_annotations")["rows"]:
        of_another = named and row["controller"] not in named
        elsewhere = "component" in row and row["component"] not in item.origin.component
        for name in () if of_another or elsewhere else row["annotations"]:
            given = _annotations(item).get(name)
            if given is not None and given in row.get("any_of", [given]):
                yield name, row


def _rewriting_middlewares(item: ObjectSubject) -> Iterator[str]:
    """The names of Traefik's middlewares in extraObjects that the Ingress uses and that change paths."""
    used = _annotations(item).get(facts.table("ingress_annotations")["middlewares"], "")
    for middleware in item.view.manifests.of_kind("Middleware") if used else ():
        name = middleware["metadata"]["name"]
        space = middleware["metadata"].get("namespace", item.view.namespace)
        is_used = f"{space}-{name}@kubernetescrd" in re.split(r"[,\s]+", used)
        if is_used and REWRITES & set(middleware.get("spec") or {}):
            yield name


def _annotations(item: ObjectSubject) -> dict[str, str]:
    return {} if item.extra else item.object["metadata"].get("annotations") or {}


def _class(item: ObjectSubject) -> str:
    """The class that the Ingress names; "" for none."""
    return str(item.spec.get("ingressClassName") or _annotations(item).get(CLASS, ""))


def _existing(item: ObjectSubject, name: str) -> str:
    """A class, or the only one of the cluster in place of one that it does not have."""
    known = [known["metadata"]["name"] for known in _classes(item)]
    return known[0] if len(known) == 1 and name and name not in known else name


def _default_class(item: ObjectSubject) -> str:
    """The default class of the cluster; "" if that is not known."""
    defaults = [
        known["metadata"]["name"]
        for known in _classes(item)
        if (known["metadata"].get("annotations") or {}).get(DEFAULT) == "true"
    ]
    return defaults[0] if len(defaults) == 1 else ""


def _classes(item: ObjectSubject) -> list[Object]:
    return item.view.facts.of_kind("IngressClass") if item.view.facts else []


def _controllers(item: ObjectSubject, name: str) -> set[str]:
    """The controllers that a class is for, by its name and by what the cluster says about it; empty if unknown."""
    of_class = [known.get("spec") or {} for known in _classes(item) if known["metadata"]["name"] == name]
    texts = [name, *(str(spec.get("controller", "")) for spec in of_class)]
    words = [word for text in texts for word in re.split("[^a-z0-9]+", text.lower())]
    known = facts.table("ingress_annotations")["controllers"]
    return {controller for controller in known if any(_is_of(word, controller) for word in words)}


def _is_of(word: str, controller: str) -> bool:
    """Whether a word of a name is a controller: traefik2, projectcontour; short names only alone."""
    return controller in word if len(controller) > len("kong") else word == controller


def _owner(annotation: str) -> str:
    """The controller that an annotation is for; "" if it is for none of the known ones."""
    controllers = facts.table("ingress_annotations")["controllers"].items()
    return next((name for name, prefixes in controllers if annotation.startswith(tuple(prefixes))), "")
