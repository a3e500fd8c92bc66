"""The door to a live cluster: the Kubernetes client, whose types do not hold, in one place."""

from pathlib import Path
from typing import Any


def api_client(kubeconfig: Path | str | None = None) -> Any:
    """A client for the cluster of a kubeconfig (None: of KUBECONFIG or the user's own)."""
    from kubernetes import config

    connect: Any = config.new_client_from_config
    return connect(str(kubeconfig) if kubeconfig else None)


def core(api: Any) -> Any:
    """Pods, nodes, Services, ConfigMaps, Secrets."""
    from kubernetes import client

    return client.CoreV1Api(api)


def dynamic(api: Any) -> Any:
    """Objects of any kind."""
    from kubernetes import dynamic as dynamic_client

    make: Any = dynamic_client.DynamicClient
    return make(api)
