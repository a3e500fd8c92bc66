"""Variables of Services in a pod."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.kube.manifests import identity

RULE = Rule(
    "A pod that gets variables for every Service",
    why="Kubernetes gives a pod a variable for each Service of the namespace: one called vllm makes VLLM_PORT=tcp://...,"
    " at which vLLM ends. The chart switches that off; a pod that has it on is a fault of the chart.",
    wrong="apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: x, image: y}]}",
    right="apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
    "spec: {enableServiceLinks: false, containers: [{name: x, image: y}]}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each pod with enableServiceLinks on, which is Kubernetes' default."""
    for pod in context.manifests.pods() if context.manifests else []:
        if pod.spec.get("enableServiceLinks", True):
            yield Found(
                origin(pod.owner), f"{identity(pod.owner)} gets a variable for each Service", "please report it"
            )
