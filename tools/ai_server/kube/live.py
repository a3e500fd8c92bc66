"""Thin wrapper around the Kubernetes client, whose type stubs are wrong."""

import json
import os
from pathlib import Path
from typing import Any

import yaml

from ai_server.errors import UserError

ELSEWHERE = "set KUBECONFIG to the file of your cluster; ai-server check also accepts --cluster FILE"


def api_client(kubeconfig: Path | str | None = None) -> Any:
    """A client for the cluster of a kubeconfig (None: KUBECONFIG or ~/.kube/config). UserError if it is invalid."""
    from kubernetes import config
    from kubernetes.config.config_exception import ConfigException

    connect: Any = config.new_client_from_config
    try:
        return connect(str(kubeconfig) if kubeconfig else None)
    except (ConfigException, yaml.YAMLError, TypeError, AttributeError, ValueError) as error:
        # a file that is not a map crashes the client itself
        reason = f": {error}" if isinstance(error, ConfigException) else ": it is not a kubeconfig file"
        where = kubeconfig or os.environ.get("KUBECONFIG", "~/.kube/config")
        raise UserError(f"the kubeconfig {where} cannot be read{reason}", hint=ELSEWHERE) from None


def why_not(error: Exception) -> str:
    """Why an API server did not answer, in one line: its own message, or that of the connection."""
    try:
        return str(json.loads(getattr(error, "body", None) or "{}")["message"])
    except (ValueError, KeyError, TypeError):
        pass
    reason = getattr(error, "reason", None) or error
    return str(reason).strip().splitlines()[0].rpartition(": ")[2].rpartition("] ")[2].rstrip("'\")")


def core(api: Any) -> Any:
    """The client for pods, nodes, Services, ConfigMaps and Secrets."""
    from kubernetes import client

    return client.CoreV1Api(api)


def dynamic(api: Any) -> Any:
    """The client for objects of any kind."""
    from kubernetes import dynamic as dynamic_client

    make: Any = dynamic_client.DynamicClient
    return make(api)


def answers(kubeconfig: Path) -> bool:
    """Whether the API server of a kubeconfig file answers; False if there is no such file."""
    from kubernetes import client
    from urllib3.exceptions import HTTPError

    if not kubeconfig.is_file():
        return False
    try:
        version: Any = client.VersionApi(api_client(kubeconfig))
        return bool(version.get_code(_request_timeout=5))
    except (client.ApiException, UserError, HTTPError, OSError):
        return False
