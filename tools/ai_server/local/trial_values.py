"""The values of a trial: the user's, without what needs a cluster and with the models that this machine reaches."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ai_server.errors import UserError
from ai_server.helm.gateway import routes
from ai_server.helm.render import render
from ai_server.local.backends import Backend
from ai_server.reading.merge import merge

NODES = ("rocm", "thor", "gpu")
ELSEWHERE = "use --backend NAME=URL for a server that has one"
NAMED = (
    ("taskModel",),
    ("documents", "embeddingModel"),
    ("documents", "rerankingModel"),
    ("audio", "sttModel"),
    ("audio", "ttsModel"),
)
"""Values of openwebui that name a model."""


@dataclass(frozen=True)
class Ports:
    """The ports of the gateway and of the page."""

    gateway: int
    page: int


def values_here(
    values: Mapping[str, Any], backends: Iterable[Backend], ports: Ports
) -> tuple[dict[str, Any], list[str]]:
    """The values of a user, without what needs a cluster and with the backends, and sentences about what differs.

    UserError as of render() for values that the chart rejects.
    """
    here = merge({}, values)
    backends = list(backends)
    litellm, page = _section(here, "litellm"), _section(here, "openwebui")
    litellm["models"], kept, keyed = _elsewhere(litellm.get("models") or {}, {backend.name for backend in backends})
    of_nodes = _of_nodes(values) - kept - {backend.name for backend in backends} if _has_nodes(values) else set()
    for index, backend in enumerate(backends):
        litellm["models"][f"here-{index}"] = backend.entry
    served = kept | {backend.name for backend in backends}
    _keep_only(served, _section(litellm, "routing"), page)
    if embedding := next((backend.name for backend in backends if backend.mode == "embedding"), None):
        # the chart asks for a choice among several
        documents = _section(page, "documents")
        documents["embeddingModel"] = documents.get("embeddingModel") or embedding
    for name in NODES:
        _section(here, name)["enabled"] = False
    _without_cluster(here, litellm, page, ports)
    shared = _section(_section(here, "global"), "container")
    hidden = [name for section in (litellm, page, shared) for name in _without_secrets(section)]
    notes = [f"{backend.name} is answered by {backend.answered_by}" for backend in backends if backend.answered_by]
    notes += [f"models of your nodes are left out: {_listed(of_nodes)}; {ELSEWHERE}"] if of_nodes else []
    notes += [f"models with a key in a Secret of the cluster are left out: {_listed(keyed)}"] if keyed else []
    notes += [f"variables from Secrets and ConfigMaps of the cluster are left out: {_listed(hidden)}"] if hidden else []
    return here, notes


def has_models(values: Mapping[str, Any]) -> bool:
    """Whether values have models elsewhere that work without a Secret of the cluster."""
    return bool(_elsewhere((values.get("litellm") or {}).get("models") or {}, set())[1])


def _elsewhere(models: Mapping[str, Any], replaced: set[str]) -> tuple[dict[str, Any], set[str], set[str]]:
    """The entries of litellm.models that work here, their names, and the names of those that need a Secret."""
    entries, kept, keyed = {}, set(), set()
    for key, model in models.items():
        name = (model or {}).get("name") or key
        if not model or model.get("enabled") is False or name in replaced:
            continue
        if (model.get("apiKeySecret") or {}).get("name"):
            keyed.add(name)
            continue
        entries[key] = model
        kept.add(name)
    return entries, kept, keyed - kept


def _has_nodes(values: Mapping[str, Any]) -> bool:
    return any((values.get(name) or {}).get("nodes") for name in NODES)


def _of_nodes(values: Mapping[str, Any]) -> set[str]:
    """The names of the models that the release's own servers serve."""
    return {route.model for route in routes(render(dict(values))) if not route.external}


def _keep_only(served: set[str], routing: dict[str, Any], page: dict[str, Any]) -> None:
    """Removes settings of models that nothing serves here, which the chart would reject."""
    aliases = {alias: model for alias, model in (routing.get("aliases") or {}).items() if _serves(served, model)}
    known = served | set(aliases)
    fallbacks = {
        model: [other for other in others or [] if _serves(known, other)]
        for model, others in (routing.get("fallbacks") or {}).items()
        if _serves(known, model)
    }
    routing |= {
        "aliases": aliases,
        "fallbacks": {model: others for model, others in fallbacks.items() if others},
        "models": {name: {**of, "nodes": {}} for name, of in (routing.get("models") or {}).items() if name in served},
        "sharedNames": sorted(name for name in served if "*" not in name),
    }
    for *above, last in NAMED:
        section = page
        for key in above:
            section = _section(section, key)
        if section.get(last) and not _serves(known, section[last]):
            section[last] = ""


def _serves(names: Iterable[str], model: object) -> bool:
    """Whether a model is one of these names, or matches one with a wildcard: openrouter/*."""
    return any(re.fullmatch(re.escape(name).replace(r"\*", ".*"), str(model)) for name in names)


def _without_cluster(here: dict[str, Any], litellm: dict[str, Any], page: dict[str, Any], ports: Ports) -> None:
    """Sets what only this machine decides: ports, one process each, no databases, no names in a network."""
    _section(here, "global")["existingSecret"] = ""
    litellm |= {"enabled": True, "port": ports.gateway, "replicas": 1}
    page |= {"enabled": True, "mode": "sidecar", "port": ports.page, "url": f"http://localhost:{ports.page}"}
    page["gatewayUrl"] = ""
    # people also type the address by its number, where the page's websocket would be rejected
    origins = f"http://localhost:{ports.page};http://127.0.0.1:{ports.page}"
    page["extraEnv"] = {"CORS_ALLOW_ORIGIN": origins, **(page.get("extraEnv") or {})}
    for section in (litellm, page):
        _section(section, "database")["existingSecret"] = ""
        _section(section, "ingress")["enabled"] = False
        _section(section, "httpRoute")["enabled"] = False
    _section(page, "redis").update({"url": "", "existingSecret": ""})
    _section(litellm, "test")["enabled"] = False


def _without_secrets(section: dict[str, Any]) -> list[str]:
    """Removes the variables whose values only the cluster has, and returns their names, or those of their objects."""
    env = section.get("extraEnv") or {}
    hidden = {
        name
        for name, value in env.items()
        if isinstance(value, dict) and {"secretKeyRef", "configMapKeyRef"} & set(value.get("valueFrom") or {})
    }
    section["extraEnv"] = {name: value for name, value in env.items() if name not in hidden}
    sources = section.pop("envFrom", None) or []
    return [*hidden, *(reference["name"] for source in sources for reference in source.values() if "name" in reference)]


def _section(values: dict[str, Any], key: str) -> dict[str, Any]:
    """A map in values, added if it is missing. UserError for another type, which the schema rejects."""
    section = values.get(key)
    if section is None:
        section = values[key] = {}
    if not isinstance(section, dict):
        raise UserError(f"{key}: must be a map of keys", hint="ai-server check -f FILE shows the place", code=1)
    return section


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
