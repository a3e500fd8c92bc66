"""The door to a live cluster: the Kubernetes client, whose types do not hold, in one place."""

import json
import os
from pathlib import Path
from typing import Any

import yaml

from ai_server.errors import UserError

ELSEWHERE = "set KUBECONFIG to your cluster's; ai-server check also takes --cluster FILE"


def api_client(kubeconfig: Path | str | None = None) -> Any:
    """A client for the cluster of a kubeconfig (None: of KUBECONFIG or the user's own). UserError for a broken one."""
    from kubernetes import config
    from kubernetes.config.config_exception import ConfigException

    connect: Any = config.new_client_from_config
    try:
        return connect(str(kubeconfig) if kubeconfig else None)
    except (ConfigException, yaml.YAMLError, TypeError, AttributeError, ValueError) as error:
        # what is no mapping trips the client itself
        reason = f": {error}" if isinstance(error, ConfigException) else ": it is no kubeconfig file"
        where = kubeconfig or os.environ.get("KUBECONFIG", "~/.kube/config")
        raise UserError(f"the kubeconfig {where} cannot be read{reason}", hint=ELSEWHERE) from None


def why_not(error: Exception) -> str:
    """Why an API server did not answer, in a line: its own words, or what the connection says."""
    try:
        return str(json.loads(getattr(error, "body", None) or "{}")["message"])
    except (ValueError, KeyError, TypeError):
        pass
    reason = getattr(error, "reason", None) or error
    return str(reason).strip().splitlines()[0].rpartition(": ")[2].rpartition("] ")[2].rstrip("'\")")


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
    from urllib3.exceptions import HTTPError

    if not kubeconfig.is_file():
        return False
    try:
        version: Any = client.VersionApi(api_client(kubeconfig))
        return bool(version.get_code(_request_timeout=5))
    except (client.ApiException, UserError, HTTPError, OSError):
        return False
