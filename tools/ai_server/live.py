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


def answers(kubeconfig: Path) -> bool:
    """Whether the API server of a kubeconfig file answers; False where there is no such file."""
    from kubernetes import client
    from kubernetes.config.config_exception import ConfigException
    from urllib3.exceptions import HTTPError

    if not kubeconfig.is_file():
        return False
    try:
        version: Any = client.VersionApi(api_client(kubeconfig))
        return bool(version.get_code(_request_timeout=5))
    except (client.ApiException, ConfigException, HTTPError, OSError):
        return False
