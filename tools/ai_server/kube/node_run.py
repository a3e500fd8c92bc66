"""Runs a Python program on nodes, in short-lived pods that can only read one folder there, and reads its output."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ai_server.errors import UserError
from ai_server.kube.live import core, if_there, why_not
from ai_server.kube.manifests import Object

NAME = "ai-server-inspect"
PYTHON = ("python3", "-I", "-B", "-X", "utf8", "-c")
"""Python that reads no variables and no modules of the user, and writes nothing."""
HOPELESS = (
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "CreateContainerError",
    "CreateContainerConfigError",
)
"""Reasons for which a container waits, and that do not go away by themselves."""
HOPELESS_EVENTS = ("FailedMount",)
"""Events of a pod that will not start: the folder does not exist on the node."""
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Output:
    """What a program printed on a node; or why it could not run there, then error is not empty."""

    text: str = ""
    error: str = ""


@dataclass(frozen=True)
class Run:
    """How to run it.

    image: has python3, for all architectures of the nodes; folder: of the node, which the pod reads at the same path;
    user: its user and group; seconds: the most that all of it may take.
    """

    image: str
    namespace: str
    folder: str
    seconds: int = 120
    user: int = 1000


def run_on_nodes(
    api: Any, program: str, arguments: Mapping[str, Sequence[str]], run: Run, *, poll: float = POLL_SECONDS
) -> dict[str, Output]:
    """What a program prints on each node, with arguments of the node's own; on all nodes at the same time.

    A node where it fails has an error. UserError if pods cannot be created. The pods are deleted in any case.
    """
    cluster = core(api)
    deadline = time.monotonic() + run.seconds
    with _pods(cluster, [pod(node, program, given, run) for node, given in arguments.items()], run) as names:
        nodes = zip(arguments, names, strict=True)
        return {node: _output(cluster, name, run, deadline, poll) for node, name in nodes}


def pod(node: str, program: str, arguments: Sequence[str], run: Run) -> Object:
    """The pod for a node: bound to it, whatever its taints, without any right or writable folder."""
    hardened = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
    }
    container = {
        "name": NAME,
        "image": run.image,
        "imagePullPolicy": "IfNotPresent",
        # Kubernetes replaces $(NAME) in a command, and reads $$ as $
        "command": [text.replace("$", "$$") for text in (*PYTHON, program, *arguments)],
        # a full node admits it, and a quota counts it
        "resources": {"requests": {"cpu": "1m", "memory": "16Mi"}, "limits": {"cpu": "1", "memory": "256Mi"}},
        "securityContext": hardened,
        "volumeMounts": [{"name": "models", "mountPath": run.folder, "readOnly": True}],
    }
    spec = {
        "nodeName": node,
        "tolerations": [{"operator": "Exists"}],
        "restartPolicy": "Never",
        "activeDeadlineSeconds": run.seconds,
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": run.user,
            "runAsGroup": run.user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [{"name": "models", "hostPath": {"path": run.folder, "type": "Directory"}}],
    }
    labels = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/managed-by": "ai-server"}
    return {"metadata": {"generateName": f"{NAME}-", "labels": labels}, "spec": spec}


@contextmanager
def _pods(cluster: Any, pods: Sequence[Object], run: Run) -> Iterator[list[str]]:
    """Creates pods, and deletes them after use."""
    from kubernetes.client.exceptions import ApiException
    from urllib3.exceptions import HTTPError

    names: list[str] = []
    try:
        for body in pods:
            names.append(str(cluster.create_namespaced_pod(run.namespace, body).metadata.name))
        yield names
    except (ApiException, HTTPError) as error:
        hint = "ai-server inspect --script prints a program for the nodes themselves"
        raise UserError(f"cannot run a pod in namespace {run.namespace}: {why_not(error)}", hint=hint) from None
    finally:
        left = [name for name in names if not _deleted(cluster, name, run.namespace)]
        if left:
            hint = f"kubectl delete pod --namespace {run.namespace} {' '.join(left)}"
            raise UserError(f"cannot delete {', '.join(left)}", hint=hint)


def _deleted(cluster: Any, name: str, namespace: str) -> bool:
    from kubernetes.client.exceptions import ApiException
    from urllib3.exceptions import HTTPError

    try:
        cluster.delete_namespaced_pod(name, namespace, grace_period_seconds=0)
    except ApiException as error:
        return bool(error.status == 404)
    except HTTPError:
        return False
    return True


def _output(cluster: Any, name: str, run: Run, deadline: float, poll: float) -> Output:
    """Waits for the end of a pod, and reads what it printed."""
    while True:
        status = cluster.read_namespaced_pod(name, run.namespace).status
        ended, waits = _state(status)
        if ended:
            # the client would parse a log that is JSON, and return it as Python prints it
            log = cluster.read_namespaced_pod_log(name, run.namespace, container=NAME, _preload_content=False)
            text = log.data.decode("utf-8", "replace")
            return Output(text) if text else Output(error=f"its program printed nothing: {ended}")
        if status.phase == "Failed" or waits.startswith(HOPELESS):
            return Output(error=f"its pod failed: {waits or status.message or status.reason}")
        late = time.monotonic() > deadline
        if problem := _warning(cluster, name, run.namespace, () if late else HOPELESS_EVENTS):
            return Output(error=f"its pod does not start: {problem}")
        if late:
            return Output(error=f"its pod did not end within {run.seconds} seconds: {waits or status.phase}")
        time.sleep(poll)


def _state(status: Any) -> tuple[str, str]:
    """How the program ended, and why it waits; "" if it did not, or does not."""
    for container in status.container_statuses or []:
        if container.name == NAME:
            waits, ended = container.state.waiting, container.state.terminated
            how = str(ended.message or ended.reason or f"exit code {ended.exit_code}") if ended else ""
            return how, f"{waits.reason}: {waits.message or ''}" if waits else ""
    return "", ""


def _warning(cluster: Any, name: str, namespace: str, reasons: Sequence[str]) -> str:
    """The last warning about a pod, of these reasons, or of any if there are none; "" if events cannot be read."""
    events = if_there(lambda: cluster.list_namespaced_event(namespace, field_selector=f"involvedObject.name={name}"))
    of_kind = [event for event in events or [] if event.type == "Warning" and (not reasons or event.reason in reasons)]
    return str(of_kind[-1].message) if of_kind else ""
