"""A name that Kubernetes does not take."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.extras import extra
from ai_server.kube.manifests import identity

SUBDOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
SERVICE = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


@rule("kubernetes/name")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each object, container and volume whose name is not of its form."""
    for item in view.manifests:
        view.count("names")
        form = SERVICE if item["kind"] == "Service" else SUBDOMAIN
        if not form.fullmatch(item["metadata"]["name"]):
            must = "begin with a letter and have at most 63 characters" if form is SERVICE else "be a DNS name"
            message = f"{identity(item)}: the name must {must}"
            yield Violation(origin(item), message, "choose another release name, or a shorter key")
    for pod in view.manifests.pods():
        for field in ("containers", "initContainers", "volumes"):
            for each in pod.spec.get(field) or []:
                if not LABEL.fullmatch(each.get("name", "")):
                    message = f'"{each.get("name", "")}" is no name for one of the {field}'
                    keys = extra(view, origin(pod.owner), f"extra{field[0].upper()}{field[1:]}", each.get("name", ""))
                    yield Violation(keys, message, "lower-case letters, digits and - only", at=identity(pod.owner))
