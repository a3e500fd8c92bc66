"""A kind that the chosen version of Kubernetes does not have."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.kube.kubernetes_schemas import validator
from ai_server.kube.kubeversion import minor
from ai_server.kube.manifests import identity

RULE = Rule(
    "A kind that this version of Kubernetes does not have",
    why="Kubernetes removes old API versions. An object of a version that is gone, or not there yet, is refused.",
    wrong="apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: i}",
    right="apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each object without a schema in the chosen version."""
    version = minor(context.kube_version)
    for item in context.manifests or []:
        if validator(version, item["apiVersion"], item["kind"]) is None:
            message = f"{identity(item)}: Kubernetes {version} has no {item['kind']} in {item['apiVersion']}"
            yield Found(origin(item), message)
