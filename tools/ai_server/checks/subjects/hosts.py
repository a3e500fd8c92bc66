"""The host names at which the API and the chat page are reached from outside."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ai_server.checks.core.views import RenderView, computed_once
from ai_server.checks.subjects.pods import ObjectSubject, objects
from ai_server.kube.manifests import Object
from ai_server.reading.profiles import Keys

PAGE: Keys = ("openwebui",)
"""The section of the chat page."""
ISSUERS = {"cert-manager.io/cluster-issuer": "ClusterIssuer", "cert-manager.io/issuer": "Issuer"}
"""The annotations from which cert-manager takes the issuer of an Ingress, and the kinds that they name."""
OF_BROWSERS = re.compile(r"^(?:WEBUI_URL|PROXY_BASE_URL|NO_PROXY)$|REDIRECT|ORIGIN|PUBLIC", re.IGNORECASE)
"""Variables with addresses that browsers ask for, or with hosts that are not asked: other rules apply to them."""


def page_url(view: RenderView) -> str:
    """The address at which people open the chat page; "" if it is not set."""
    return str(view.get(*PAGE, "url") or "")


@dataclass(frozen=True)
class Host:
    """A host of an Ingress or HTTPRoute: its component, the paths that it forwards, its key, and whether it is known to
    have a certificate.
    """

    name: str
    kind: str
    component: str
    paths: frozenset[str]
    keys: Keys
    tls: bool

    @property
    def scheme(self) -> str:
        """https if there is a certificate."""
        return "https" if self.tls else "http"

    def forwards(self, path: str) -> bool:
        """Whether requests for a path reach the component."""
        return any(path == public or path.startswith(f"{public.rstrip('/')}/") for public in self.paths)


def hosts(view: RenderView) -> list[Host]:
    """Every host of the release; "" for an Ingress without one."""
    return view.look_at(_hosts(view))


@computed_once
def _hosts(view: RenderView) -> list[Host]:
    ingresses = (host for item in objects(view, "Ingress") for host in _of_ingress(item))
    return [*ingresses, *(host for item in objects(view, "HTTPRoute") for host in _of_route(item))]


def _of_ingress(item: ObjectSubject) -> Iterator[Host]:
    for index, rule in enumerate(item.spec.get("rules") or []):
        paths = frozenset(_plain(path.get("path")) for path in (rule.get("http") or {}).get("paths") or [])
        keys = item.place("spec", "rules", index, "host")
        yield Host(str(rule.get("host") or ""), "Ingress", _component(item), paths, keys, bool(item.spec.get("tls")))


def _of_route(item: ObjectSubject) -> Iterator[Host]:
    """The names of an HTTPRoute, whose certificates only the Gateway knows."""
    matches = [match for rule in item.spec.get("rules") or [] for match in rule.get("matches") or []]
    paths = frozenset(_plain((match.get("path") or {}).get("value")) for match in matches)
    for index, name in enumerate(item.spec.get("hostnames") or []):
        keys = item.place("spec", "hostnames", index)
        yield Host(name, "HTTPRoute", _component(item), paths, keys, tls=False)


def _plain(path: str | None) -> str:
    """A path without the slash at its end, with which a prefix means the same."""
    return (path or "/").rstrip("/") or "/"


def _component(item: ObjectSubject) -> str:
    return str(item.origin.component[0]) if item.origin.component else ""


def issuers(item: Object) -> dict[str, tuple[str, str]]:
    """Kind and name of the issuers that an object names, by the annotation."""
    annotations = item["metadata"].get("annotations") or {}
    return {name: (kind, annotations[name]) for name, kind in ISSUERS.items() if name in annotations}


def certificates(ingress: Object) -> list[str]:
    """The Secrets with the certificates of an Ingress; none if cert-manager makes them."""
    parts = [] if issuers(ingress) else ingress["spec"].get("tls") or []
    return list(dict.fromkeys(part["secretName"] for part in parts if part.get("secretName")))


def forwarded_to_api(view: RenderView, path: str) -> str:
    """The first host that forwards a path to the API; "" if none does."""
    return next((host.name for host in hosts(view) if host.component == "litellm" and host.forwards(path)), "")
