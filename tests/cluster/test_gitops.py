"""The same objects installed by other tools: kubectl apply, as GitOps does it, and Helm 3 and 4 on one release."""

import base64
import json
import subprocess
from typing import Any

import pytest

from ai_server.helm.release import Release
from ai_server.lab import programs
from ai_server.paths import CHART
from tests.cluster.common import kubectl, pods, uids

PROFILE = "homelab"
pytestmark = pytest.mark.backends("kind")


def template(release: Release, nodes_of: Any) -> str:
    files = [part for file in nodes_of.files for part in ("--values", str(file))]
    command = [
        str(programs.find("helm")),
        "template",
        "gitops",
        str(CHART),
        "--skip-tests",
        "--namespace=ai-gitops",
        *files,
    ]
    own = ["--set", "global.existingSecret=gitops-own-keys"]
    return subprocess.run([*command, *own], capture_output=True, text=True, check=True).stdout


def test_applied_twice_nothing_differs_and_nothing_rotates(release, nodes_of, api) -> None:
    text = template(release, nodes_of)
    kubectl(release, "create", "namespace", "ai-gitops")
    there = ["--namespace=ai-gitops"]
    try:
        made = kubectl(release, *there, "apply", "--server-side", "--filename=-", stdin=text)
        first = versions(release)
        again = kubectl(release, *there, "apply", "--server-side", "--filename=-", stdin=text)
        assert "Deployment" in json.dumps(first)
        assert made.count("serverside-applied") == again.count("serverside-applied")
        assert versions(release) == first
        assert kubectl(release, *there, "diff", "--server-side", "--filename=-", stdin=text) == ""
    finally:
        kubectl(release, "delete", "namespace", "ai-gitops", "--wait=false")


def versions(release: Release) -> dict[str, int]:
    """The metadata.generation of every object, which only a change of its spec raises."""
    kinds = "deployments,services,configmaps,persistentvolumeclaims,ingresses"
    items = json.loads(kubectl(release, "--namespace=ai-gitops", "get", kinds, "--output=json"))["items"]
    return {
        f"{item['kind']}/{item['metadata']['name']}": item["metadata"].get("generation") or json.dumps(item.get("data"))
        for item in items
    }


def key(api: Any, release: Release) -> str:
    found = api.read_namespaced_secret("ai-server-keys", release.namespace).data["LITELLM_MASTER_KEY"]
    return base64.b64decode(found).decode()


def test_helm_3_and_helm_4_upgrade_each_others_release(release, nodes_of, api) -> None:
    before, secret = uids(api, release), key(api, release)
    three = Release(release.kubeconfig, namespace=release.namespace, program="helm3")
    three.install_or_upgrade(nodes_of.files)
    release.install_or_upgrade(nodes_of.files)
    assert uids(api, release) == before
    assert key(api, release) == secret
    assert [revision["status"] for revision in release.history()][-1] == "deployed"


def test_helm_3_installs_over_what_was_kept_and_helm_4_upgrades_it(release, nodes_of, api) -> None:
    secret = key(api, release)
    claim = api.read_namespaced_persistent_volume_claim("ai-server-openwebui", release.namespace).metadata.uid
    said = release.uninstall()
    assert "ai-server-keys" in said
    assert "ai-server-openwebui" in said
    first = Release(release.kubeconfig, namespace=release.namespace, program="helm3")
    first.install_or_upgrade(nodes_of.files)
    before = uids(api, release)
    release.install_or_upgrade(nodes_of.files)
    assert uids(api, release) == before
    assert sorted(pods(api, release)) == ["ai-server-litellm", "ai-server-rocm-aimax", "ai-server-thor-thor"]
    assert key(api, release) == secret
    assert api.read_namespaced_persistent_volume_claim("ai-server-openwebui", release.namespace).metadata.uid == claim
