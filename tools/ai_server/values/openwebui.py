"""Open WebUI: the chat page."""

from typing import Annotated, Any, Literal

from ai_server.values.base import LeastOneSecond, Port, Quantity, Section, SecurityContext, form, within
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

ImageSize = Annotated[str, form(r"^[0-9]+x[0-9]+$", "width x height in pixels, such as 1024x1024")]


class Persistence(Section):
    """Where chats, users and uploads are kept."""

    enabled: bool = True
    """false keeps them with the pod: gone at its end."""
    size: Quantity = "10Gi"
    """The claim's size."""
    storage_class: str = ""
    """The storage class; "" is the cluster's default. A local disk: SQLite fails on network file systems."""
    access_mode: Literal["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"] = "ReadWriteOnce"
    """The claim's access mode."""
    keep: bool = True
    """The claim outlives the release, and Open WebUI being switched off; false removes it, and all chats, with them."""
    existing_claim: str = ""
    """A claim of your own; "" has the chart make one, which outlives the release."""


class Admin(Section):
    """The first account; its password is in the release's Secret."""

    email: str = "admin@localhost"
    """What the administrator signs in with; "" makes the first visitor the administrator."""
    name: str = "Admin"
    """The name shown."""


class Images(Section):
    """Image generation through ComfyUI; on where ComfyUI runs and either model or a workflow of your own is given."""

    enabled: bool = True
    """false hides the Image button; true shows it where there is something to draw with."""
    comfyui_url: str = ""
    """A ComfyUI elsewhere; "" is the first of the release's Thor nodes."""
    model: str = ""
    """The checkpoint that the workflow loads, by its name below ComfyUI's checkpoints, such as sdxl.safetensors."""
    size: ImageSize = "1024x1024"
    """Width x height in pixels."""
    steps: Annotated[int, within(1, 1000, "more steps than this change nothing, and none draw nothing")] = 20
    """Sampling steps."""
    workflow: str = ""
    """The workflow in ComfyUI's API format, as JSON text; "" is a plain text-to-image one, which model completes."""
    workflow_nodes: list[dict[str, Any]] = []
    """Which nodes of your workflow take prompt, model, size, steps and seed, in Open WebUI's own words; the chart's
    own workflow comes with them."""


class Audio(Section):
    """Speech in the chat page; on where somebody serves it."""

    stt_model: str = ""
    """The transcription model; "" is the first that is served."""
    tts_model: str = ""
    """The speech model; "" is the first that is served."""
    tts_voice: str = "af_heart"
    """The voice, in the speech model's own words."""


class Documents(Section):
    """Questions about uploaded documents: by embeddings where a model makes them, else with the whole text."""

    embedding_model: str = ""
    """The embedding model; "" is the one that is served. Where several are, it has to be named: with another one,
    documents that were uploaded before are no longer found."""


class Openwebui(ContainerSettings, Component):
    """The chat page."""

    mode: Literal["sidecar", "standalone"] = "sidecar"
    """sidecar runs it in LiteLLM's pod, so a change of either interrupts both for seconds; standalone gives it a
    pod of its own."""
    image: Image = Image(repository="ghcr.io/open-webui/open-webui", tag="v0.12.4")
    """Its image; older ones have known holes and are refused."""
    command: list[str] = []
    """The program; [] is the image's own: bash start.sh."""
    port: Port = 8080
    """The port it listens on."""
    gateway_url: str = ""
    """The API it talks to, with /v1, when litellm is off; "" is the release's LiteLLM."""
    url: str = ""
    """The address people open, such as https://chat.example.lan; used for links and for CORS. "" is the Ingress' own,
    and http://localhost:8080 without one."""
    persistence: Persistence = Persistence()
    """Where its data is kept."""
    admin: Admin = Admin()
    """The first account."""
    enable_signup: bool = False
    """Whether visitors may make themselves an account."""
    default_user_role: Literal["pending", "user", "admin"] = "pending"
    """What a new account may do: pending waits for the administrator."""
    models_for_everybody: bool = True
    """Whether every account may use every model; false keeps each for the
    administrator, who shares it by hand."""
    persistent_config: bool = False
    """true lets settings made in the page win over these values for ever; false lets these values win at each start."""
    task_model: str = ""
    """The model that writes titles and tags; "" is the one of the chat."""
    generation_timeout_seconds: LeastOneSecond = 1800
    """The longest answer; Open WebUI's own default is 300."""
    images: Images = Images()
    """Image generation."""
    audio: Audio = Audio()
    """Speech."""
    documents: Documents = Documents()
    """Documents."""
    service: Service = Service(port=80)
    """The page's Service."""
    ingress: Ingress = Ingress()
    """The page from outside. TLS, and the controllers' own limits on time and size, such as Traefik's 60 seconds:
    docs/recipes.md."""
    security_context: SecurityContext = {"runAsUser": 65534, "runAsGroup": 65534}
    """Kubernetes' SecurityContext, merged over global.container.securityContext."""
    resources: ResourceRequirements = ResourceRequirements(
        requests={"cpu": "200m", "memory": "1Gi"}, limits={"memory": "3Gi"}
    )
    """Requests and limits."""
    pod: PodOverrides = Pod(security_context={"fsGroup": 65534, "fsGroupChangePolicy": "OnRootMismatch"})
    """What its own pod carries, over global.pod, when mode is standalone."""
