"""Chooses the backend that can stand in for a profile's cluster on this machine, with its values and nodes."""

from dataclasses import dataclass
from pathlib import Path

from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.manifests import Manifests
from ai_server.kube.scheduler import Scheduler
from ai_server.paths import CI
from ai_server.reading.profiles import Profile

PAGE = CI / "kind" / "page.yaml"
PAGE_NODE_PORT = 30080
"""openwebui.service.nodePort of that file."""


@dataclass(frozen=True)
class StandIn:
    """A backend, the values files to install with, and the reason if it is not kind."""

    backend: str
    files: tuple[Path, ...]
    why: str = ""


def override(profile: Profile) -> Path:
    """The values file that replaces images, sizes and model files of a profile on kind; only some profiles have one."""
    return CI / "kind" / f"{profile.name}.yaml"


def choose(profile: Profile, backend: str, *, real_page: bool = False) -> StandIn:
    """The backend to use: auto means kind if an engine runs or can be started and the profile has an override.

    real_page: with Open WebUI itself on kind, instead of its mock.
    """
    from ai_server.lab.containers import why_not

    file = override(profile)
    why = ""
    if backend == "auto":
        why = why_not() if file.is_file() else f"the profile has no {file.relative_to(CI.parent)}"
        backend = "kwok" if why else "kind"
    overrides = [file, *([PAGE] if real_page else [])] if backend == "kind" and file.is_file() else []
    files = (*profile.files, *overrides)
    return StandIn(backend, files, why)


def needed(manifests: Manifests, facts: ClusterFacts) -> list[str]:
    """The fewest nodes that a release needs: those that its pods name, and one for each pod that may run anywhere."""
    chosen: list[str] = []
    scheduler = Scheduler.of(facts, manifests)
    choices = [[node["metadata"]["name"] for node in scheduler.possible(pod)] for pod in manifests.pods()]
    for names in sorted(choices, key=len):
        if names and not set(names) & set(chosen):
            chosen.append(names[0])
    for pod, names in zip(manifests.pods(), choices, strict=True):
        if pod.owner["kind"] == "DaemonSet":
            chosen += [name for name in names if name not in chosen]
    return chosen
