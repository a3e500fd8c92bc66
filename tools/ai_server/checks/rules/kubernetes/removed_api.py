"""A kind that the chosen version of Kubernetes does not have."""

from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.kube.kubernetes_schemas import validator
from ai_server.kube.kubeversion import minor
from ai_server.kube.manifests import identity


@rule("kubernetes/removed-api")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each object without a schema in the chosen version."""
    version = minor(view.kube_version)
    for item in view.manifests:
        if validator(version, item["apiVersion"], item["kind"]) is None:
            message = f"{identity(item)}: Kubernetes {version} has no {item['kind']} in {item['apiVersion']}"
            yield Violation(origin(item), message)
