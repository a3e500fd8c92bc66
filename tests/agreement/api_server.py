"""Asks a real API server whether it would accept objects: a dry run of each on the server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kubernetes.dynamic.exceptions import DynamicApiError

from ai_server.kube.live import api_client, dynamic
from ai_server.kube.manifests import WORKLOADS, Manifests, Object, Pod

INVALID = (400, 422)
"""Bad Request and Unprocessable Entity; other refusals are about objects that do not exist here."""


class ApiServer:
    """An API server; remembers what it answered."""

    def __init__(self, kubeconfig: Path, namespace: str) -> None:
        self._client = dynamic(api_client(kubeconfig))
        self.namespace = namespace
        self._kinds: dict[str, dict[str, Any]] = {}
        self._answers: dict[str, str] = {}

    def refusal(self, manifests: Manifests) -> str:
        """Why it refuses the first of the objects, or of their pods; "" if it accepts them all."""
        return next(filter(None, map(self._answer, _asked(manifests))), "")

    def _answer(self, item: Object) -> str:
        text = json.dumps(item, sort_keys=True)
        if text not in self._answers:
            self._answers[text] = self._ask(item)
        return self._answers[text]

    def _ask(self, item: Object) -> str:
        kind = self._kind(item["apiVersion"], item["kind"])
        if not kind:
            return f"no matches for kind {item['kind']} in {item['apiVersion']}"
        within = f"/namespaces/{self.namespace}" if kind["namespaced"] else ""
        path = f"{_root(item['apiVersion'])}{within}/{kind['name']}?dryRun=All&fieldValidation=Strict"
        try:
            self._client.request("POST", path, body=item)
        except DynamicApiError as error:
            if error.status in INVALID:
                return str(json.loads(error.body)["message"])
        return ""

    def _kind(self, api_version: str, kind: str) -> dict[str, Any]:
        if api_version not in self._kinds:
            try:
                listed = self._client.request("GET", _root(api_version)).to_dict()["resources"]
            except DynamicApiError:
                listed = []
            self._kinds[api_version] = {item["kind"]: item for item in listed if "/" not in item["name"]}
        return dict(self._kinds[api_version].get(kind, {}))


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _asked(manifests: Manifests) -> Iterator[Object]:
    """The objects, and a pod of each workload, as its controller would create it."""
    yield from manifests
    for pod in manifests.pods():
        if pod.owner["kind"] in WORKLOADS and pod.owner["kind"] != "Pod":
            yield _created(pod)


def _created(pod: Pod) -> Object:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {**pod.metadata, "generateName": "a-"}, "spec": pod.spec}
