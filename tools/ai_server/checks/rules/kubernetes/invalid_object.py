"""An object that Kubernetes' own schema refuses."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.keypaths import dotted, origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.kube.kubernetes_schemas import validator
from ai_server.kube.kubeversion import minor
from ai_server.kube.manifests import identity


@rule("kubernetes/invalid-object")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each violation, with the object's own path."""
    version = minor(view.kube_version)
    for item in view.manifests:
        found = validator(version, item["apiVersion"], item["kind"])
        if found is None:
            continue
        view.count("objects against schemas")
        if found.is_valid(item):
            continue
        for error in found.iter_errors(item):
            where = dotted(tuple(error.instance_path))
            message = f"{identity(item)} {where}: {error.message[:200]}"
            yield Violation(origin(item), message, about=frozenset({_field(error)}))


def _field(error: Any) -> str:
    """The field that is missing, or of another form than it must be."""
    if error.kind.name == "required":
        return str(error.kind.property)
    return next((step for step in reversed(error.instance_path) if isinstance(step, str)), "")
