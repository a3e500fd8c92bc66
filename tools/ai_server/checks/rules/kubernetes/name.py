"""A name that Kubernetes does not take."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.extras import extra
from ai_server.kube.manifests import identity

RULE = Rule(
    "A name that Kubernetes does not take",
    why="Names of objects are lower-case letters, digits, - and ., at most 253 characters; a Service's begins with a"
    " letter, has no dots and at most 63 (RFC 1035), and so have the names of containers and volumes (RFC 1123).",
    wrong="rocm:\n  pod:\n    extraVolumes: [{name: My_Volume, emptyDir: {}}]",
    right="rocm:\n  pod:\n    extraVolumes: [{name: my-volume, emptyDir: {}}]",
)
SUBDOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
SERVICE = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


def check(context: Context) -> Iterator[Found]:
    """A finding for each object, container and volume whose name is not of its form."""
    for item in context.manifests or []:
        context.count("names")
        form = SERVICE if item["kind"] == "Service" else SUBDOMAIN
        if not form.fullmatch(item["metadata"]["name"]):
            must = "begin with a letter and have at most 63 characters" if form is SERVICE else "be a DNS name"
            message = f"{identity(item)}: the name must {must}"
            yield Found(origin(item), message, "choose another release name, or a shorter key")
    for pod in context.manifests.pods() if context.manifests else []:
        for field in ("containers", "initContainers", "volumes"):
            for each in pod.spec.get(field) or []:
                if not LABEL.fullmatch(each.get("name", "")):
                    message = f'"{each.get("name", "")}" is no name for one of the {field}'
                    keys = extra(
                        context, origin(pod.owner), f"extra{field[0].upper()}{field[1:]}", each.get("name", "")
                    )
                    yield Found(keys, message, "lower-case letters, digits and - only", at=identity(pod.owner))
