"""Thin wrapper around the Kubernetes client, whose type stubs are wrong."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from ai_server.errors import UserError

YOUR_CLUSTER = "set KUBECONFIG to the file of your cluster"
ELSEWHERE = f"{YOUR_CLUSTER}; ai-server check also accepts --cluster FILE"
ON_K3S = "on k3s: mkdir -p ~/.kube; sudo cat /etc/rancher/k3s/k3s.yaml > ~/.kube/config"


def api_client(kubeconfig: Path | str | None = None, *, elsewhere: str = ELSEWHERE) -> Any:
    """A client for the cluster of a kubeconfig (None: KUBECONFIG or ~/.kube/config). UserError if it is invalid, with
    the hint where another one is.
    """
    from kubernetes import config
    from kubernetes.config.config_exception import ConfigException

    connect: Any = config.new_client_from_config
    try:
        return connect(str(kubeconfig) if kubeconfig else None)
    except (ConfigException, yaml.YAMLError, TypeError, AttributeError, ValueError, OSError) as error:
        where = str(kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config")
        message = f"the kubeconfig {where} cannot be read: {_wrong(error, where)}"
        raise UserError(message, hint=f"{elsewhere}; {ON_K3S}") from None


def kubeconfig() -> str:
    """The kubeconfig that exists: KUBECONFIG, or ~/.kube/config; "" if neither does."""
    where = os.environ.get("KUBECONFIG") or "~/.kube/config"
    return where if any(Path(file).expanduser().is_file() for file in where.split(os.pathsep)) else ""


def _wrong(error: Exception, where: str) -> str:
    """Why the client cannot use a kubeconfig."""
    from kubernetes.config.config_exception import ConfigException

    if not any(Path(file).expanduser().exists() for file in where.split(os.pathsep)):
        return "there is no such file"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    # a file that is not a map crashes the client itself
    return str(error) if isinstance(error, ConfigException) else "it is not a kubeconfig file"


def why_not(error: Exception) -> str:
    """Why an API server did not answer, in one line: its own message, or that of the connection."""
    try:
        return str(json.loads(getattr(error, "body", None) or "{}")["message"])
    except (ValueError, KeyError, TypeError):
        pass
    causes = [cause for cause in _causes(error) if isinstance(cause, OSError)]
    of_system = (getattr(cause, "verify_message", "") or cause.strerror for cause in causes)
    return next(filter(None, of_system), "") or str(getattr(error, "reason", None) or error).strip().splitlines()[0]


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those that caused it: urllib3 keeps them as its reason, among its arguments or as the context."""
    inner = [getattr(error, "reason", None), *error.args, error.__cause__ or error.__context__]
    yield error
    for cause in inner:
        if isinstance(cause, BaseException):
            yield from _causes(cause)


def if_there(list_all: Callable[[], Any]) -> list[Any] | None:
    """The objects that a call of the client lists; None if this cluster does not have the kind, or listing it is
    forbidden.
    """
    from kubernetes.client.exceptions import ApiException

    try:
        items: list[Any] = list_all().items
    except ApiException as error:
        if error.status in (403, 404):
            return None
        raise
    return items


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
