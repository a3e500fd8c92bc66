"""Variables of Services in a pod."""

from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.kube.manifests import identity


@rule("programs/service-links")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each pod with enableServiceLinks on, which is Kubernetes' default."""
    for pod in view.manifests.pods():
        if pod.spec.get("enableServiceLinks", True):
            yield Violation(
                origin(pod.owner), f"{identity(pod.owner)} gets a variable for each Service", "please report it"
            )
