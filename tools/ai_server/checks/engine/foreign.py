"""Files that are no values of the chart: Kubernetes objects, files of Argo CD and Flux, encrypted files."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.core.keypaths import leaves
from ai_server.checks.core.model import Violation
from ai_server.checks.core.views import ValuesView
from ai_server.reading.yamlfile import Document

RULE = "values/foreign-file"
WITH_VALUES = {
    "Application": "an Argo CD Application: its values are below spec.source.helm",
    "ApplicationSet": "an Argo CD ApplicationSet: its values are in the template of its sources",
    "HelmRelease": "a HelmRelease of Flux: its values are below spec.values",
    "List": "a list of Kubernetes objects: a cluster file is given as --cluster FILE",
    "ConfigMap": "a ConfigMap: the values are the text below data",
    "Secret": "a Secret: the values are the text below stringData or data",
}
ONLY_VALUES = "put only the values into a file of their own, and check that"


def look(view: ValuesView) -> bool:
    """Refuses each file that holds something else. Whether there is one: nothing else about it is worth a finding."""
    for document in view.values.documents:
        for violation in _foreign(document):
            view.refuse(RULE, violation)
    return RULE in view.refused


def _foreign(document: Document) -> Iterator[Violation]:
    values = document.values
    kind = values.get("kind")
    if "sops" in values and any(_encrypted(value) for _, value in leaves(values)):
        place = document.places["sops",]
        message = "the file is encrypted by sops: Helm would see its ENC[...] texts as values"
        yield Violation(("sops",), message, "decrypt it first: sops --decrypt FILE > my.yaml", place)
    elif "apiVersion" in values and isinstance(kind, str):
        what = WITH_VALUES.get(kind, f"a Kubernetes object (kind: {kind}), not values of the chart")
        yield Violation(("kind",), f"the file is {what}", ONLY_VALUES, document.places["kind",])
    elif values.keys() >= {"apiVersion", "name", "version"}:
        place = document.places["apiVersion",]
        yield Violation(
            ("apiVersion",), "the file is a Chart.yaml, not values of the chart", "use its values.yaml", place
        )


def _encrypted(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("ENC[")
