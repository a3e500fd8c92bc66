"""How a component is reached: its Service, its Ingress and its route of the Gateway API."""

from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ai_server.values.base import HostName, NodePort, Partial, Port, SecretName, Section, form

Duration = Annotated[
    str,
    form(
        r"^([0-9]{1,5}(h|m|s|ms)){0,4}$",
        "a duration of the Gateway API, such as 30m or 0s",
        more='"" is unset',
        unit="s",
    ),
]


class BackendService(Section):
    """The Service of a program on a node, which has the program's own port."""

    type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = "ClusterIP"
    """ClusterIP, NodePort or LoadBalancer. The last two make it reachable from the network, so keep the key secret."""
    node_port: NodePort = 0
    """Port on every node, with NodePort or LoadBalancer, usually from 30000 to 32767; 0 lets Kubernetes choose one."""
    load_balancer_class: str = ""
    """Load balancer that serves it, with LoadBalancer, such as tailscale; if empty, the cluster's default. It cannot be
    changed later."""
    load_balancer_ip: Annotated[str, Field(alias="loadBalancerIP")] = ""
    """Address to ask the load balancer for, with LoadBalancer; some read an annotation instead."""
    external_traffic_policy: Literal["", "Cluster", "Local"] = ""
    """With NodePort or LoadBalancer: Local keeps the clients' addresses, but only nodes with a pod answer; Cluster, and
    the default, answers on every node."""
    annotations: dict[str, str] = {}
    """Annotations, such as a load balancer's address."""


class Service(BackendService):
    """The Service of a component."""

    port: Port = 80
    """Port of the Service."""


class CertManager(Section):
    """Certificates from cert-manager: a named issuer adds its annotation and TLS to the Ingress."""

    cluster_issuer: str = ""
    """ClusterIssuer that issues the certificates."""
    issuer: str = ""
    """Issuer in the namespace of the release; it takes precedence over clusterIssuer."""


class Exposed(Section):
    """What each host of an Ingress may have of its own."""

    class_name: str = ""
    """Ingress class, such as traefik; if empty, the cluster's default."""
    tls_secret: SecretName = ""
    """Secret with the certificate; if empty, HOST-tls with certManager (chat.example.lan: chat-example-lan-tls), else
    TLS is left to the Ingress controller."""
    cert_manager: CertManager = CertManager()
    """cert-manager, which creates the Secret with the certificate."""
    annotations: dict[str, str] = {}
    """Annotations for the Ingress controller."""


class ExtraHost(Exposed):
    """A further host name, with an Ingress of its own; what is left out comes from the Ingress."""

    enabled: bool = True
    """false removes the host."""


class Ingress(Exposed):
    """The Ingress of a component, which makes it reachable from outside by a host name."""

    enabled: bool = False
    """true creates an Ingress."""
    host: str = ""
    """Host name, such as chat.example.lan."""
    extra_hosts: dict[HostName, Annotated[ExtraHost, Partial()]] = {}
    """Further host names, such as {chat.example.com: {tlsSecret: chat-tls}}. className, certManager and annotations
    are merged over those of the Ingress."""


class ParentReference:
    """Marks a ParentReference of the Gateway API, whose schema Kubernetes does not have."""

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        text = {"type": "string"}
        properties: dict[str, Any] = dict.fromkeys(("name", "namespace", "sectionName", "group", "kind"), text)
        properties["port"] = {"type": "integer", "minimum": 1, "maximum": 65535}
        return {"type": "object", "required": ["name"], "properties": properties, "additionalProperties": False}


class Timeouts(Section):
    """Timeouts of the Gateway API; some gateways, such as Traefik, ignore them."""

    request: Duration = "0s"
    """The longest time that an answer may take, with its stream; 0s leaves it to the program, "" to the gateway, which
    may be short: Envoy's default is 15 seconds."""
    backend_request: Duration = ""
    """The longest time of one try, at most request; "" leaves it to the gateway."""


class HttpRoute(Section):
    """An HTTPRoute of the Gateway API, which attaches a component to Gateways: an alternative to the Ingress."""

    enabled: bool = False
    """true creates an HTTPRoute; the cluster needs the Gateway API."""
    parent_refs: list[Annotated[dict[str, Any], ParentReference()]] = []
    """Gateways, or listeners of them: [{name: public, namespace: gateways, sectionName: https}]."""
    hostnames: list[HostName] = []
    """Host names; if empty, those of the listeners."""
    timeouts: Timeouts = Timeouts()
    """Timeouts of the gateway."""
    annotations: dict[str, str] = {}
    """Annotations of the HTTPRoute."""
