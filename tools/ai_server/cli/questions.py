"""The questions of init, and the answers that it accepts."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from ai_server.cli.asking import can_answer
from ai_server.cli.starter import Group, title
from ai_server.errors import UserError
from ai_server.kube.machines import BY_ID, MACHINES, Machine, description, guess, has_plugin
from ai_server.kube.names import DOMAIN

if TYPE_CHECKING:
    from ai_server.kube.cluster_facts import ClusterFacts

FOLDER = "/data/ai-models/"
LATER_PART = re.compile(r"-(?!00001)\d{5}-of-\d{5}\.gguf$")
USUAL_RENDER_GROUP = 991
T = TypeVar("T")


@dataclass(frozen=True)
class Answers:
    """What init needs to know. host: the name of the chat page, or ""."""

    groups: list[Group]
    host: str
    ingress_class: str


def ask(facts: "ClusterFacts | None") -> Answers:
    """Asks about the nodes of a cluster or, without one, about one node; then about the chat page."""
    groups = _of_cluster(facts) if facts else [_of_one_node()]
    classes = facts.of_kind("IngressClass") if facts else []
    if facts and facts.knows("IngressClass") and not classes:
        typer.echo(
            "The cluster has no Ingress controller: docs/connect.md shows other ways to the chat page.", err=True
        )
        return Answers(groups, "", "")
    host = _prompt("Name of the chat page in your network, such as chat.home.lan (Enter: none yet)", _host)
    return Answers(groups, host, _default_class(classes))


def _of_one_node() -> Group:
    name = _prompt("Name of the node that serves a model, as `kubectl get nodes` lists it", _node_name)
    _show_machines()
    machine = _machine([name], None)
    k3s = machine.nvidia and machine.section == "gpu" and _yes("Does the cluster run k3s or RKE2?")
    return _group((name,), machine, plugin=machine.nvidia and not k3s, runtime_class=k3s)


def _of_cluster(facts: "ClusterFacts") -> list[Group]:
    """Groups of the chosen nodes: those that seem to be the same machine are asked about together."""
    nodes = {node["metadata"]["name"]: node for node in facts.of_kind("Node")}
    for name, node in nodes.items():
        typer.echo(f"  {name}: {description(node)}", err=True)
    guesses = {name: guess(node) for name, node in nodes.items()}
    with_gpu = ",".join(name for name, machine in guesses.items() if machine)
    if not all(guesses.values()):
        typer.echo("A GPU without a device plugin does not show here; name its node anyway.", err=True)
    chosen = _prompt("Nodes that serve models, separated by commas", _several(list(nodes)), with_gpu)
    _show_machines()
    groups = []
    for names in _alike(nodes, chosen):
        machine = _machine(names, guesses[names[0]])
        plugin = all(has_plugin(nodes[name], machine) for name in names)
        runtime_class = machine.nvidia and "nvidia" in facts.names("RuntimeClass")
        groups.append(_group(names, machine, plugin=plugin, runtime_class=runtime_class))
    return groups


def _alike(nodes: dict[str, Any], chosen: Sequence[str]) -> list[tuple[str, ...]]:
    """The chosen nodes, in groups of the same machine; where the cluster shows no GPU, of the same description."""
    groups: dict[Machine | str, list[str]] = {}
    for name in chosen:
        groups.setdefault(guess(nodes[name]) or description(nodes[name]), []).append(name)
    return [tuple(names) for names in groups.values()]


def _group(names: tuple[str, ...], machine: Machine, *, plugin: bool, runtime_class: bool) -> Group:
    render_group = 0
    if machine.render_group:
        question = f"Render group of {title(names)}: what `stat -c %g /dev/dri/renderD128` prints there"
        render_group = _prompt(question, _group_id, str(USUAL_RENDER_GROUP))
    what = "Folder of the model (safetensors, for vLLM)" if machine.runs_vllm else "Model file (GGUF)"
    model = _prompt(f"{what} below {FOLDER}", _folder if machine.runs_vllm else _gguf, machine.model)
    return Group(names, machine, model, render_group, plugin, runtime_class)


def _show_machines() -> None:
    for number, machine in enumerate(MACHINES, start=1):
        typer.echo(f"  {number}  {machine.name}", err=True)


def _machine(names: Sequence[str], expected: Machine | None) -> Machine:
    question = f"What {'is' if len(names) == 1 else 'are'} {title(names)}?"
    return _prompt(question, _choice, str(MACHINES.index(expected) + 1) if expected else "")


def _prompt(question: str, accept: Callable[[str], T], default: str = "") -> T:
    """Asks until the answer is accepted; UserError where the input ends before that."""
    suffix = " " if question.endswith("?") else ": "
    try:
        answer: T = typer.prompt(
            question, default=default, value_proc=accept, err=True, show_default=bool(default), prompt_suffix=suffix
        )
    except typer.Abort:
        if can_answer():
            raise
        typer.echo(err=True)
        raise UserError("the input ended before all questions were answered") from None
    return answer


def _yes(question: str) -> bool:
    return typer.confirm(question, default=True, err=True)


def _choice(answer: str) -> Machine:
    text = answer.strip()
    if text in BY_ID:
        return BY_ID[text]
    if not text.isdecimal() or not 0 < int(text) <= len(MACHINES):
        raise typer.BadParameter(f"answer with a number from 1 to {len(MACHINES)}")
    return MACHINES[int(text) - 1]


def _node_name(answer: str) -> str:
    name = answer.strip()
    if not DOMAIN.fullmatch(name):
        raise typer.BadParameter("a node's name has lower-case letters, digits, '-' and '.'")
    return name


def _several(known: Sequence[str]) -> Callable[[str], list[str]]:
    def accept(answer: str) -> list[str]:
        names = list(dict.fromkeys(name.strip() for name in answer.split(",") if name.strip()))
        if not names or set(names) - set(known):
            raise typer.BadParameter(f"choose from: {', '.join(known)}")
        return names

    return accept


def _group_id(answer: str) -> int:
    if not answer.strip().isdecimal() or not 0 < int(answer) < 2**31:
        raise typer.BadParameter("the number of a group, such as 991")
    return int(answer)


def _host(answer: str) -> str:
    host = re.sub(r"^https?://", "", answer.strip()).rstrip("/")
    if host and (not DOMAIN.fullmatch(host) or re.fullmatch(r"[\d.]+", host)):
        raise typer.BadParameter("a name such as chat.home.lan, without a port or path")
    return host


def _below(answer: str) -> str:
    path = answer.strip().removeprefix(FOLDER).strip("/") if answer.strip().startswith(FOLDER) else answer.strip()
    if path.startswith(("/", "~")) or ".." in path.split("/") or not path:
        raise typer.BadParameter(f"a path below {FOLDER}; another folder can be set later with global.modelsPath")
    return path


def _gguf(answer: str) -> str:
    path = _below(answer)
    if not path.endswith(".gguf"):
        raise typer.BadParameter("llama.cpp serves GGUF files: the name ends with .gguf")
    if LATER_PART.search(path):
        raise typer.BadParameter("of a split model, name the first part: ...-00001-of-...")
    return path


def _folder(answer: str) -> str:
    path = _below(answer).rstrip("/")
    if path.endswith((".gguf", ".safetensors")):
        raise typer.BadParameter("vLLM serves a folder with config.json and the weights, not a file")
    return path


def _default_class(classes: Sequence[dict[str, Any]]) -> str:
    """The name of the default IngressClass, or of the only one; "" otherwise."""
    mark = "ingressclass.kubernetes.io/is-default-class"
    default = [item for item in classes if (item["metadata"].get("annotations") or {}).get(mark) == "true"]
    chosen = default or (classes if len(classes) == 1 else [])
    return str(chosen[0]["metadata"]["name"]) if chosen else ""
