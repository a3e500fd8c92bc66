"""What a client needs to know of a rendered release."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ai_server.errors import UserError
from ai_server.helm.gateway import MASTER_KEY, key_reference, routes
from ai_server.kube.manifests import Manifests, Object

TALKING = ("chat", "completion", "responses")
"""The modes of models that clients can talk to."""
COMPONENT = "app.kubernetes.io/component"
LEAST_TOKENS = 32_768
"""The first request of an agent has 25 tools and 87,000 characters (docs/connect.md)."""


@dataclass(frozen=True)
class Address:
    """Where clients reach the API. origin: without /v1; how: what has to be done first, "" for nothing."""

    origin: str
    how: str = ""

    @property
    def url(self) -> str:
        """The address that most clients want."""
        return f"{self.origin}/v1"


@dataclass(frozen=True)
class Model:
    """A model of the API. tokens: the longest prompt and answer together, 0 if unknown; tools: whether it can call
    tools, None if that depends on the model; vllm: whether a vLLM of the release serves it.
    """

    name: str
    mode: str
    tokens: int
    tools: bool | None
    vllm: bool = False


def address(manifests: Manifests, namespace: str) -> Address:
    """The address by an Ingress, a route of the Gateway API, or the Service. UserError if the gateway is off."""
    found = {kind: _of_gateway(manifests, kind) for kind in ("Ingress", "HTTPRoute", "Service")}
    for ingress in found["Ingress"]:
        host = ingress["spec"]["rules"][0]["host"]
        return Address(f"{'https' if ingress['spec'].get('tls') else 'http'}://{host}")
    for route in found["HTTPRoute"]:
        secure = any(parent.get("sectionName") == "https" for parent in route["spec"]["parentRefs"])
        for host in route["spec"].get("hostnames") or []:
            return Address(f"{'https' if secure else 'http'}://{host}")
    for service in found["Service"]:
        return _of_service(service, namespace)
    raise UserError("these values switch litellm off, so there is no API to connect to", code=1)


def _of_gateway(manifests: Manifests, kind: str) -> list[Object]:
    return [
        item for item in manifests.of_kind(kind) if (item["metadata"].get("labels") or {}).get(COMPONENT) == "litellm"
    ]


def _of_service(service: Object, namespace: str) -> Address:
    name, spec = service["metadata"]["name"], service["spec"]
    [port, *_] = spec["ports"]
    kubectl = f"kubectl --namespace {namespace}"
    if spec.get("type") == "LoadBalancer":
        fixed = spec.get("loadBalancerIP")
        how = "" if fixed else f"EXTERNAL-IP: {kubectl} get service {name}"
        return Address(f"http://{fixed or 'EXTERNAL-IP'}:{port['port']}", how)
    if spec.get("type") == "NodePort":
        number = port.get("nodePort")
        how = "NODE is the address of any node" + ("" if number else f"; PORT: {kubectl} get service {name}")
        return Address(f"http://NODE:{number or 'PORT'}", how)
    how = f"first, and until you are done: {kubectl} port-forward service/{name} {port['port']}:{port['port']}"
    return Address(f"http://localhost:{port['port']}", how)


def key_command(manifests: Manifests, namespace: str) -> str:
    """The command that prints the API key, from the Secret that the gateway reads it from."""
    reference = key_reference(container for pod in manifests.running() for container in pod.containers(init=False))
    if not reference:
        raise UserError(f"the gateway takes {MASTER_KEY} from no Secret", code=1)
    secret, key = reference
    path = key.replace(".", r"\.")
    return f"kubectl --namespace {namespace} get secret {secret} -o jsonpath='{{.data.{path}}}' | base64 -d"


def models(manifests: Manifests, namespace: str) -> list[Model]:
    """The models of the API, one for each name; of several backends, the least that one of them can do counts."""
    services = {service["metadata"]["name"]: service for service in manifests.of_kind("Service")}
    by_name: dict[str, list[Model]] = {}
    for route in routes(manifests, namespace):
        tools = route.info.get("supports_function_calling")
        by_name.setdefault(route.model, []).append(
            Model(route.model, route.mode, route.tokens, tools, _is_vllm(manifests, services.get(route.service)))
        )
    return [_least(of_name) for name, of_name in by_name.items() if "*" not in name]


def _is_vllm(manifests: Manifests, service: Object | None) -> bool:
    pods = manifests.selected_by(service) if service else []
    return any(container["name"] == "vllm" for pod in pods for container in pod.containers(init=False))


def _least(same: Sequence[Model]) -> Model:
    worst = min(same, key=lambda model: (model.tools is not False, model.tokens))
    return Model(worst.name, worst.mode, min(model.tokens for model in same), worst.tools, worst.vllm)


def best(known: Sequence[Model], mode: str, *, agent: bool = False) -> Model | None:
    """The model of a mode with the most tokens; for an agent, one that can call tools goes first."""
    of_mode = [model for model in known if model.mode == mode]
    return max(of_mode, key=lambda model: (not agent or model.tools is not False, model.tokens), default=None)


def chosen(known: Sequence[Model], name: str, *, agent: bool) -> Model:
    """The chat model of a name; without a name, the one that suits best. UserError if there is none."""
    model = next((one for one in known if one.name == name), None) if name else best(known, "chat", agent=agent)
    talking = ", ".join(one.name for one in known if one.mode in TALKING)
    if not model:
        message = f"no model is called {name}" if name else "these values serve no chat model"
        raise UserError(message, hint=f"chat models: {talking or 'none'}", code=1)
    if model.mode not in TALKING:
        article = "an" if model.mode.startswith(tuple("aeio")) else "a"
        kind = f"{article} {model.mode.replace('_', ' ')} model"
        raise UserError(f"{name} is {kind}; chat models: {talking or 'none'}", code=1)
    return model


def doubts(model: Model, *, agent: bool) -> Iterator[str]:
    """Why a model may not suit a client."""
    if not agent:
        return
    if model.tools is False:
        hint = "; with vLLM, set toolCallParser: auto" if model.vllm else ""
        yield f"{model.name} cannot call tools, which an agent needs{hint}"
    elif model.tools is None:
        yield "choose a model that can call tools; this cannot be checked here"
    if 0 < model.tokens < LEAST_TOKENS:
        tokens = f"{model.name} reads at most {model.tokens:,} tokens at once"
        yield f"{tokens}, an agent needs {LEAST_TOKENS:,}: raise ctxSize (with vLLM, maxModelLen) or lower parallel"
