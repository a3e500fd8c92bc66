"""The cluster that a command is about: a file, or the cluster in the kubeconfig."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ai_server.errors import UserError
from ai_server.extras import need

if TYPE_CHECKING:
    from ai_server.kube.cluster_facts import ClusterFacts


def facts_of(file: Path) -> "ClusterFacts":
    """The facts of a cluster file; UserError, also if it is a values file."""
    from ai_server.helm.render import chart_defaults
    from ai_server.kube.cluster_facts import read_facts
    from ai_server.reading.yamlfile import read_values

    try:
        return read_facts(file)
    except UserError as error:
        keys = set()
        with suppress(UserError):
            keys = set(read_values(file).values)
        if not keys or keys - chart_defaults().keys():
            raise error
    hint = "swap the files: -f names the values, --cluster the file with the nodes"
    raise UserError(f"--cluster {file} is a values file, not a cluster file", hint=hint)


def must_be_one(file: Path | None, *, live: bool, command: str) -> None:
    """UserError if a command was given both a file and the live cluster, or cannot read the live one."""
    if file and live:
        raise UserError("--cluster and --live were both given", hint="use either a file or the live cluster")
    if live:
        need("live", f"{command} --live")


def file_or_live(file: Path | None, *, live: bool, namespace: str, command: str, otherwise: str) -> "ClusterFacts":
    """The facts of the cluster file, or of the live cluster; UserError, with the hint, without either or with both."""
    must_be_one(file, live=live, command=command)
    if file:
        return facts_of(file)
    if not live:
        raise UserError("no cluster was given", hint=otherwise)
    from ai_server.kube.cluster_facts import live_facts

    return live_facts(namespace=namespace)
