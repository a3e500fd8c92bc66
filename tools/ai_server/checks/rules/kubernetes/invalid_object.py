"""An object that Kubernetes' own schema refuses."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, dotted, origin
from ai_server.checks.engine.registry import Rule
from ai_server.kube.kubernetes_schemas import validator
from ai_server.kube.kubeversion import minor
from ai_server.kube.manifests import identity

RULE = Rule(
    "An object that is not valid in the chosen version of Kubernetes",
    why="Each rendered object is held against Kubernetes' own schema, strictly: unknown fields count. What values may"
    " hold is narrower, so this is a fault of the chart, or of an extra container or volume: please report it.",
    wrong="apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {port: 80}",
    right="apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each violation, with the object's own path."""
    version = minor(context.kube_version)
    for item in context.manifests or []:
        found = validator(version, item["apiVersion"], item["kind"])
        if found is None:
            continue
        context.count("objects against schemas")
        if found.is_valid(item):
            continue
        for error in found.iter_errors(item):
            where = dotted(tuple(error.instance_path))
            yield Found(origin(item), f"{identity(item)} {where}: {error.message[:200]}")
