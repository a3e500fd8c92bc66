"""The host names at which the API and the chat page are reached from outside."""

from dataclasses import dataclass

from ai_server.checks.core.views import RenderView, computed_once
from ai_server.checks.subjects.pods import objects
from ai_server.kube.manifests import Object
from ai_server.reading.profiles import Keys

ISSUERS = {"cert-manager.io/cluster-issuer": "ClusterIssuer", "cert-manager.io/issuer": "Issuer"}
"""The annotations from which cert-manager takes the issuer of an Ingress, and the kinds that they name."""


@dataclass(frozen=True)
class Host:
    """A host of an Ingress: its component, the paths that it forwards, its key, and whether it has a certificate."""

    name: str
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


@computed_once
def hosts(view: RenderView) -> list[Host]:
    """Every host of the release; "" for an Ingress without one."""
    found = []
    for item in objects(view, "Ingress"):
        for index, rule in enumerate(item.spec.get("rules") or []):
            paths = frozenset(path.get("path", "/") for path in (rule.get("http") or {}).get("paths") or [])
            keys = item.place("spec", "rules", index, "host")
            component = str(item.origin.component[0]) if item.origin.component else ""
            found.append(Host(rule.get("host", ""), component, paths, keys, bool(item.spec.get("tls"))))
    return found


def issuers(item: Object) -> dict[str, tuple[str, str]]:
    """Kind and name of the issuers that an object names, by the annotation."""
    annotations = item["metadata"].get("annotations") or {}
    return {name: (kind, annotations[name]) for name, kind in ISSUERS.items() if name in annotations}


def forwarded_to_api(view: RenderView, path: str) -> str:
    """The first host that forwards a path to the API; "" if none does."""
    return next((host.name for host in hosts(view) if host.component == "litellm" and host.forwards(path)), "")
