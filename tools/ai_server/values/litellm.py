"""LiteLLM: one OpenAI-compatible API over every model."""

from typing import Annotated, Any, Literal

from ai_server.values.base import (
    YEAR,
    Alias,
    LeastOneSecond,
    ModelName,
    Port,
    Retries,
    Seconds,
    Section,
    SecurityContext,
    within,
)
from ai_server.values.shared import (
    Component,
    ContainerSettings,
    Image,
    Ingress,
    Pod,
    PodOverrides,
    ResourceRequirements,
    Service,
)

Mode = Literal[
    "chat",
    "completion",
    "embedding",
    "rerank",
    "audio_transcription",
    "audio_speech",
    "image_generation",
]


class SecretKey(Section):
    """A key in a Secret of the release's namespace."""

    name: str = ""
    """The Secret's name; "" is none."""
    key: str = "api-key"
    """The key in it."""


class ExtraModel(Section):
    """A model that runs elsewhere and is given by URL."""

    enabled: bool = True
    """false takes the model away."""
    name: str = ""
    """The name that the API knows it by; "" is the entry's key. Two entries of one name share the load."""
    model: str = ""
    """LiteLLM's provider and the backend's name: hosted_vllm/NAME for llama.cpp and vLLM, openai/NAME for others."""
    api_base: str = ""
    """The backend's URL, with /v1."""
    api_key_secret: SecretKey = SecretKey()
    """The backend's key; without it, requests to this model fail and no others."""
    mode: Mode = "chat"
    """What the model is asked for."""
    params: dict[str, Any] = {}
    """Further litellm_params, in LiteLLM's own words."""


class Routing(Section):
    """How LiteLLM chooses among backends, and what it does when one fails."""

    routing_strategy: Literal["simple-shuffle", "least-busy", "latency-based-routing", "usage-based-routing-v2"] = (
        "simple-shuffle"
    )
    """routing_strategy."""
    num_retries: Retries = 1
    """num_retries: tries on another backend of the same model, or on the same."""
    timeout_seconds: LeastOneSecond = 1800
    """timeout: the longest answer."""
    allowed_fails: Retries = 1
    """allowed_fails: failures before a backend is left alone for a while; never where there is nobody else to ask."""
    cooldown_seconds: Seconds = 10
    """cooldown_time: how long it is left alone."""
    fallbacks: dict[ModelName, list[ModelName]] = {}
    """fallbacks: the models to ask when every backend of a model fails, and also when a request is longer than the
    model's context. With a cloud model in the list, a long private document leaves your network although everything
    works. Set an entry to [] to remove it. The
    chart adds backends by their ids, which are asked even while they are cooling down."""
    aliases: dict[Alias, ModelName | Literal[""]] = {}
    """model_group_alias: further names of models, such as gpt-4o: qwen3-30b; "" takes an entry away."""
    shared_names: list[ModelName] = []
    """Names that different weights may share: requests go to either. Without this, such a clash is an error."""


class HealthChecks(Section):
    """LiteLLM's own checks: a small real request to each chat model, so off by default."""

    enabled: bool = False
    """Whether a model without a working backend disappears from the list until it is back."""
    interval_seconds: Annotated[int, within(5, YEAR, "each check is a real request to every chat model")] = 300
    """health_check_interval."""


class Database(Section):
    """PostgreSQL, which LiteLLM needs for virtual keys, users and budgets only."""

    existing_secret: str = ""
    """A Secret whose key DATABASE_URL holds the connection; "" runs without a database."""


class RouteTest(Section):
    """`helm test`: a pod in the gateway's image that asks every route for what it is there for."""

    enabled: bool = True
    """Whether the test is part of the release."""
    timeout_seconds: LeastOneSecond = 300
    """How long one answer may take: a model may have to be loaded first."""
    resources: ResourceRequirements = ResourceRequirements(
        requests={"cpu": "50m", "memory": "64Mi"}, limits={"memory": "256Mi"}
    )
    """Requests and limits."""


class Litellm(ContainerSettings, Component):
    """One OpenAI-compatible API over every model."""

    image: Image = Image(repository="ghcr.io/berriai/litellm", tag="v1.108.14")
    """Its image; 1.82.7, 1.82.8 and 1.107.x were compromised and are refused."""
    command: list[str] = []
    """The program; [] is the image's own entrypoint."""
    port: Port = 4000
    """--port."""
    replicas: Annotated[int, within(0, 100, "pods; 0 stops the API")] = 1
    """Pods; 1 while Open WebUI is its sidecar, since its data has one writer."""
    num_workers: Annotated[int, within(1, 256, "processes, 380 MB each; with none nothing is answered")] = 1
    """--num_workers: processes in a pod; each takes about 380 MB and answers 100 requests a second."""
    metrics: bool = True
    """Prometheus metrics at /metrics/, without a key, inside the cluster."""
    models: dict[ModelName, ExtraModel] = {}
    """Models that run elsewhere; those of rocm and thor are added by the chart."""
    routing: Routing = Routing()
    """router_settings."""
    health_checks: HealthChecks = HealthChecks()
    """Background health checks."""
    litellm_settings: dict[str, Any] = {}
    """Further litellm_settings, in LiteLLM's own words; they win over the chart's."""
    router_settings: dict[str, Any] = {}
    """Further router_settings, in LiteLLM's own words; they win over the chart's."""
    general_settings: dict[str, Any] = {}
    """Further general_settings, in LiteLLM's own words; they win over the chart's."""
    database: Database = Database()
    """PostgreSQL, if you have it."""
    test: RouteTest = RouteTest()
    """`helm test`."""
    service: Service = Service(port=4000)
    """The API's Service."""
    ingress: Ingress = Ingress()
    """The API from outside; only /v1 and /health/liveliness are let through. TLS, and the controllers' own limits on
    time and size, such as Traefik's 60 seconds: docs/recipes.md."""
    security_context: SecurityContext = {"runAsUser": 65534, "runAsGroup": 65534}
    """Kubernetes' SecurityContext, merged over global.container.securityContext."""
    resources: ResourceRequirements = ResourceRequirements(
        requests={"cpu": "250m", "memory": "768Mi"}, limits={"memory": "2Gi"}
    )
    """Requests and limits."""
    pod: PodOverrides = Pod(security_context={"fsGroup": 65534, "fsGroupChangePolicy": "OnRootMismatch"})
    """What its pod carries, over global.pod; Open WebUI as a sidecar is part of it."""
