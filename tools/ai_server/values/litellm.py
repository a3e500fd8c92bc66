"""LiteLLM: one OpenAI-compatible API for all models."""

from typing import Annotated, Any, Literal

from ai_server.values.base import (
    YEAR,
    Alias,
    EntryName,
    LeastOneSecond,
    ModelName,
    Port,
    PublicPath,
    Retries,
    Seconds,
    SecretName,
    Section,
    SecurityContext,
    within,
)
from ai_server.values.exposure import HttpRoute, Ingress, Service
from ai_server.values.shared import (
    Component,
    ContainerSettings,
    Image,
    Pod,
    PodOverrides,
    ResourceRequirements,
)

Mode = Literal[
    "chat",
    "completion",
    "responses",
    "embedding",
    "rerank",
    "moderation",
    "audio_transcription",
    "audio_speech",
    "image_generation",
    "image_edit",
    "video_generation",
    "ocr",
    "realtime",
]


class SecretKey(Section):
    """A key in a Secret in the namespace of the release."""

    name: SecretName = ""
    """Name of the Secret; if empty, no Secret is used."""
    key: str = "api-key"
    """Key in the Secret that holds the API key."""


class ExtraModel(Section):
    """A model that runs on another machine, added by URL."""

    enabled: bool = True
    """false removes the model."""
    name: str = ""
    """Name of the model in the API; if empty, the key of the entry. Entries with the same name share the load. A name
    with *, such as openrouter/*, stands for all models of a provider."""
    model: str = ""
    """LiteLLM's provider and the backend's name for the model: hosted_vllm/NAME for llama.cpp and vLLM, openai/NAME
    for others."""
    api_base: str = ""
    """URL of the backend, including /v1; if empty, the provider's own."""
    api_key_secret: SecretKey = SecretKey()
    """Secret with the API key of the backend. If the Secret is missing, only requests to this model fail."""
    mode: Mode = "chat"
    """The kind of requests that the model serves. responses is for chat models that only have OpenAI's Responses API:
    LiteLLM translates."""
    params: dict[str, Any] = {}
    """Additional litellm_params, with LiteLLM's own names: order, rpm, input_cost_per_token, ..."""
    model_info: dict[str, Any] = {}
    """Additional model_info, with LiteLLM's own names: supports_vision, max_input_tokens, ..."""


class RouteSettings(Section):
    """Settings of a model's backends, with LiteLLM's own names."""

    params: dict[str, Any] = {}
    """Additional litellm_params, which win over the chart's: order and weight choose among the backends of a model;
    rpm, tpm and max_parallel_requests limit them; input_cost_per_token and output_cost_per_token are prices."""
    model_info: dict[str, Any] = {}
    """Additional model_info, which wins over the chart's: supports_vision and supports_function_calling, for example,
    tell clients what the model can do."""


class ModelSettings(RouteSettings):
    """Settings of all backends of a model, and of those on single nodes."""

    nodes: dict[EntryName, RouteSettings] = {}
    """Settings of the backend on a node, by the node's entry, such as halo; they win over the model's."""


class Routing(Section):
    """How LiteLLM chooses among backends, and what it does when one fails."""

    routing_strategy: Literal["simple-shuffle", "least-busy", "latency-based-routing", "usage-based-routing-v2"] = (
        "simple-shuffle"
    )
    """routing_strategy: which backend of a model to choose: a random one, the least busy, the fastest, or the one with
    the lowest usage in tokens per minute."""
    num_retries: Retries = 1
    """num_retries: how often to retry a failed request, on another backend of the model if it has one."""
    timeout_seconds: LeastOneSecond = 1800
    """timeout: the longest time that an answer may take, including the load of a model that is not in memory."""
    allowed_fails: Retries = 1
    """allowed_fails: how many failures a backend may have before a cooldown; 503, which llama-server answers while it
    loads, is not one. The only backend of a model without a fallback never gets a cooldown."""
    cooldown_seconds: Seconds = 10
    """cooldown_time: how long a failing backend gets no requests."""
    fallbacks: dict[ModelName, list[ModelName]] = {}
    """fallbacks: models to try when every backend of a model fails, and also when a request is longer than the
    model's context. With a cloud model in the list, a long private document leaves your network although everything
    works. Set an entry to [] to remove it. The chart adds backends by their ids, which LiteLLM tries even during
    their cooldown."""
    aliases: dict[Alias, ModelName | Literal[""]] = {}
    """model_group_alias: additional names for models, such as gpt-4o: qwen3-30b. Set an entry to "" to remove it."""
    models: dict[ModelName, ModelSettings] = {}
    """Settings of the models that are served, by their names in the API. They are here, not at the nodes, because a
    model's backends may be on several nodes, and because only LiteLLM reads them."""
    shared_names: list[ModelName] = []
    """Names that may stand for different weights: requests go to either. Any other name with different weights is
    an error."""


class HealthChecks(Section):
    """LiteLLM's own health checks. Each sends a small real request to every chat model, which wakes one that
    sleeps, so they are off by default."""

    enabled: bool = False
    """true removes a model without a working backend from the list of models until a backend is back."""
    interval_seconds: Annotated[int, within(5, YEAR, "each check is a real request to every chat model")] = 300
    """health_check_interval: time between two checks."""


class Database(Section):
    """PostgreSQL, which LiteLLM only needs for virtual keys, users and budgets."""

    existing_secret: SecretName = ""
    """Secret with the connection string (postgresql://...); if empty, LiteLLM runs without a database."""
    key: str = "DATABASE_URL"
    """Key in the Secret; uri in the Secret that CloudNativePG makes."""
    migration_job: bool = True
    """With several replicas: a Job updates the tables before the pods start (a hook of Helm, which Argo CD runs as
    well). false makes each pod do it at its start, for `helm template | kubectl apply`, which runs no hooks."""


class RouteTest(Section):
    """`helm test`: a pod in the gateway's image that tests every route for its purpose."""

    enabled: bool = True
    """false leaves the test out of the release."""
    timeout_seconds: LeastOneSecond = 300
    """How long an answer may take, including the time to load the model."""
    resources: ResourceRequirements = ResourceRequirements(
        requests={"cpu": "50m", "memory": "64Mi"}, limits={"memory": "256Mi"}
    )
    """Resource requests and limits of the test pod."""


class Litellm(ContainerSettings, Component):
    """LiteLLM: one OpenAI-compatible API for all models."""

    image: Image = Image(repository="ghcr.io/berriai/litellm", tag="v1.108.14")
    """Container image. 1.82.7, 1.82.8 and 1.107.x were compromised and are rejected."""
    command: list[str] = []
    """Program to start; if empty, the image's own entrypoint."""
    port: Port = 4000
    """--port: the port that LiteLLM listens on."""
    replicas: Annotated[int, within(0, 100, "pods; 0 stops the API")] = 1
    """Number of pods. It must be 1 while Open WebUI is a sidecar with SQLite, which only one pod may write."""
    num_workers: Annotated[int, within(1, 256, "processes, 380 MB each; 0 would answer no request")] = 1
    """--num_workers: processes in a pod; each needs about 380 MB and answers 90 requests per second."""
    metrics: bool = False
    """true serves Prometheus metrics at /metrics/, without a key, inside the cluster. They cost LiteLLM about a tenth
    of its processor time; see docs/metrics.md."""
    models: dict[ModelName, ExtraModel] = {}
    """Models that run on other machines, by their names in the API. The chart adds those of rocm, thor and gpu."""
    routing: Routing = Routing()
    """How LiteLLM chooses among backends, and what it does when one fails (router_settings)."""
    health_checks: HealthChecks = HealthChecks()
    """Background health checks of the backends."""
    litellm_settings: dict[str, Any] = {}
    """Additional litellm_settings, with LiteLLM's own names; they win over the chart's."""
    router_settings: dict[str, Any] = {}
    """Additional router_settings, with LiteLLM's own names; they win over the chart's."""
    general_settings: dict[str, Any] = {}
    """Additional general_settings, with LiteLLM's own names; they win over the chart's."""
    extra_config: dict[str, Any] = {}
    """Additional sections of LiteLLM's config.yaml, with LiteLLM's own names: mcp_servers, guardrails, credential_list,
    vector_store_registry, ..."""
    database: Database = Database()
    """PostgreSQL for virtual keys, users and budgets; optional."""
    test: RouteTest = RouteTest()
    """The test that `helm test` runs."""
    service: Service = Service(port=4000)
    """Service of the API."""
    ingress: Ingress = Ingress()
    """Ingress of the API, which only forwards publicPaths. For TLS, and limits of Ingress controllers on time and size,
    such as Traefik's 60 seconds, see docs/recipes.md."""
    http_route: HttpRoute = HttpRoute()
    """HTTPRoute of the API, which only forwards publicPaths."""
    public_paths: list[PublicPath] = ["/v1", "/health/liveliness"]
    """Paths that Ingress and HTTPRoute forward, with everything below them. /mcp opens MCP servers, /key the API for
    virtual keys, / everything: also the admin page, and with metrics: true /metrics, which needs no key."""
    security_context: SecurityContext = {"runAsUser": 65534, "runAsGroup": 65534}
    """Kubernetes' SecurityContext, merged over global.container.securityContext."""
    resources: ResourceRequirements = ResourceRequirements(
        requests={"cpu": "250m", "memory": ""}, limits={"memory": ""}
    )
    """Resource requests and limits. Where memory is empty, the chart requests 768Mi and limits it to 2Gi; with a
    database, whose engine and migrations need more, 1536Mi and 3Gi; and 384Mi more for each further worker."""
    pod: PodOverrides = Pod(security_context={"fsGroup": 65534, "fsGroupChangePolicy": "OnRootMismatch"})
    """Settings of the pod, merged over global.pod. With mode: sidecar, the pod includes Open WebUI."""
