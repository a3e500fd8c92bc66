"""Open WebUI: the chat page."""

from typing import Annotated, Any, Literal

from ai_server.values.base import LeastOneSecond, Port, Quantity, SecretName, Section, SecurityContext, form, within
from ai_server.values.exposure import HttpRoute, Ingress, Service
from ai_server.values.shared import (
    Component,
    ContainerSettings,
    Image,
    Pod,
    PodOverrides,
    ResourceRequirements,
)

ImageSize = Annotated[str, form(r"^[0-9]+x[0-9]+$", "width x height in pixels, such as 1024x1024", example="1024x1024")]


class Persistence(Section):
    """Storage for chats, users and uploads."""

    enabled: bool = True
    """false keeps the data in the pod: it is lost when the pod ends."""
    size: Quantity = "10Gi"
    """Size of the claim."""
    storage_class: str = ""
    """Storage class; if empty, the cluster's default. Use a local disk: SQLite fails on network file systems."""
    access_mode: Literal["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"] = "ReadWriteOnce"
    """Access mode of the claim."""
    keep: bool = True
    """true keeps the claim when you uninstall the release or switch Open WebUI off; false deletes it and all chats."""
    existing_claim: str = ""
    """Your own claim; if empty, the chart creates one."""
    labels: dict[str, str] = {}
    """Additional labels of the claim alone, such as those that choose Longhorn's recurring jobs."""
    annotations: dict[str, str] = {}
    """Additional annotations of the claim alone, such as those of a backup program."""


class Admin(Section):
    """The first account; its password is in the Secret of the release."""

    email: str = "admin@localhost"
    """E-mail of the initial administrator. If empty, whoever signs up first becomes administrator."""
    name: str = "Admin"
    """Display name of the initial administrator."""


class Images(Section):
    """Image generation with ComfyUI; on if ComfyUI runs and either model or your own workflow is set."""

    enabled: bool = True
    """false hides the Image button; true shows it if there is a ComfyUI and a model or workflow for it."""
    comfyui_url: str = ""
    """URL of a ComfyUI on another machine; if empty, the ComfyUI on the first Thor node of the release."""
    model: str = ""
    """Checkpoint that the workflow loads: its file name below ComfyUI's checkpoints, such as sdxl.safetensors."""
    size: ImageSize = "1024x1024"
    """Width x height in pixels."""
    steps: Annotated[int, within(1, 1000, "0 would draw nothing, and more than 1000 change nothing")] = 20
    """Number of sampling steps."""
    workflow: str = ""
    """Workflow in ComfyUI's API format, as JSON text; if empty, a simple text-to-image workflow that loads model."""
    workflow_nodes: list[dict[str, Any]] = []
    """Which nodes of your workflow receive prompt, model, size, steps and seed, with Open WebUI's own names. The
    chart's own workflow does not need them."""


class Audio(Section):
    """Speech in the chat page; on if a backend serves it."""

    stt_model: str = ""
    """Transcription model; if empty, the first one that is served."""
    tts_model: str = ""
    """Speech model; if empty, the first one that is served."""
    tts_voice: str = "af_heart"
    """Voice, by the speech model's own name for it."""


class PageDatabase(Section):
    """PostgreSQL for chats, accounts and the index of documents, in place of SQLite files in the claim."""

    existing_secret: SecretName = ""
    """Secret with the connection string; if empty, Open WebUI uses SQLite. The server needs the extension pgvector."""
    key: str = "DATABASE_URL"
    """Key in the Secret, such as CloudNativePG's uri."""


class Redis(Section):
    """Redis, through which several pods share running answers and sessions."""

    url: str = ""
    """Address, such as redis://redis.lan:6379/0; if empty, the one in existingSecret, if any."""
    existing_secret: SecretName = ""
    """Secret with an address that contains a password."""
    key: str = "REDIS_URL"
    """Key in the Secret."""


class Documents(Section):
    """Questions about uploaded documents: answered by embeddings if a model serves them, else from the full text."""

    embedding_model: str = ""
    """Embedding model; if empty, the one that is served. If several are, you must name one: after a change,
    documents that were uploaded before are no longer found."""
    reranking_model: str = ""
    """Rerank model that sorts what a search finds; if empty, the first one that is served, if any."""


class Openwebui(ContainerSettings, Component):
    """Open WebUI: the chat page."""

    mode: Literal["sidecar", "standalone"] = "sidecar"
    """sidecar runs it in LiteLLM's pod, so a change to either interrupts both for seconds; standalone gives it its
    own pod."""
    image: Image = Image(repository="ghcr.io/open-webui/open-webui", tag="v0.12.4")
    """Container image. Versions with known vulnerabilities are rejected."""
    command: list[str] = []
    """Program to start; if empty, the image's own (bash start.sh)."""
    port: Port = 8080
    """Port that Open WebUI listens on."""
    replicas: Annotated[int, within(0, 100, "pods; 0 stops the page")] = 1
    """Number of pods; only used with mode: standalone. More than one need database, redis, and persistence that all
    pods can write (accessMode: ReadWriteMany) or STORAGE_PROVIDER: s3 in extraEnv."""
    gateway_url: str = ""
    """URL of the API to use if litellm is off, including /v1; if empty, the LiteLLM of the release."""
    url: str = ""
    """Address that people open, such as https://chat.example.lan; used for links and CORS. If empty, the address of the
    Ingress, https:// and the first name of the HTTPRoute, or http://localhost:8080 without either."""
    persistence: Persistence = Persistence()
    """Storage for chats, users and uploads."""
    database: PageDatabase = PageDatabase()
    """PostgreSQL in place of SQLite; optional."""
    redis: Redis = Redis()
    """Redis, for several pods."""
    admin: Admin = Admin()
    """The first account."""
    enable_signup: bool = False
    """true lets visitors create an account."""
    default_user_role: Literal["pending", "user", "admin"] = "pending"
    """Role of a new account; a pending account needs the administrator's approval."""
    models_for_everybody: bool = True
    """true lets every account use every model; with false, only the administrator may, and shares each model by
    hand."""
    persistent_config: bool = False
    """false lets these values win at each start; true makes settings from the chat page win permanently."""
    task_model: str = ""
    """Model that writes titles and tags; if empty, the model of the chat."""
    generation_timeout_seconds: LeastOneSecond = 1800
    """The longest time that an answer may take; Open WebUI's own default is 300."""
    images: Images = Images()
    """Image generation with ComfyUI."""
    audio: Audio = Audio()
    """Speech recognition and speech output."""
    documents: Documents = Documents()
    """Questions about uploaded documents."""
    service: Service = Service(port=80)
    """Service of the chat page."""
    ingress: Ingress = Ingress()
    """Ingress of the chat page. For TLS, and limits of Ingress controllers on time and size, such as Traefik's 60
    seconds, see docs/recipes.md."""
    http_route: HttpRoute = HttpRoute()
    """HTTPRoute of the chat page."""
    security_context: SecurityContext = {"runAsUser": 65534, "runAsGroup": 65534}
    """Kubernetes' SecurityContext, merged over global.container.securityContext."""
    resources: ResourceRequirements = ResourceRequirements(
        requests={"cpu": "200m", "memory": "1Gi"}, limits={"memory": "3Gi"}
    )
    """Resource requests and limits."""
    pod: PodOverrides = Pod(security_context={"fsGroup": 65534, "fsGroupChangePolicy": "OnRootMismatch"})
    """Settings of the pod, merged over global.pod; only used with mode: standalone."""
