"""Releases, clusters and model facts for tests of plans: files that are written, and the plan of what they say."""

from pathlib import Path
from typing import Any

import yaml

from ai_server.checks.engine.planned import Planned, plan
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.memory.facts_file import Facts
from ai_server.memory.known import KnownModels
from ai_server.memory.model import ModelFacts
from ai_server.memory.plan import NodePlan, Pool, Segment
from ai_server.memory.tensors import Size
from ai_server.memory.terms import GIB

ROCM_TAINT = {"key": "rocm-inference", "value": "true", "effect": "NoSchedule"}
CUDA_TAINT = {"key": "cuda-inference", "value": "true", "effect": "NoSchedule"}


def node(name: str, gib: int, *, taint: dict[str, str] | None = None, reserved: int = 0, **labels: str) -> Any:
    """A node with some GiB of memory, of which the kubelet keeps some; a label for each GPU resource it has."""
    gpus = {"rocm": "amd.com/gpu", "cuda": "nvidia.com/gpu"}
    extra = {gpus[key]: value for key, value in labels.items() if key in gpus}
    amounts = {"cpu": "32", "ephemeral-storage": "1Ti", "pods": "110", **extra}
    of_node = {label.replace("__", "/"): value for label, value in labels.items() if label not in gpus}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/arch": "amd64", **of_node}},
        "spec": {"taints": [taint] if taint else []},
        "status": {
            "capacity": {**amounts, "memory": f"{gib}Gi"},
            "allocatable": {**amounts, "memory": f"{gib - reserved}Gi"},
        },
    }


HALO = node("halo", 124, taint=ROCM_TAINT, rocm="1")


def model(gib: float, *, layers: int = 4, context: int = 131072) -> ModelFacts:
    """A model whose weights take some GiB; a token takes 4 KiB in each of its layers."""
    each = int(gib * GIB / layers)
    numbers = {
        "block_count": layers,
        "context_length": context,
        "embedding_length": 4096,
        "feed_forward_length": 14336,
        "attention.head_count": 32,
        "attention.head_count_kv": 8,
    }
    size, none = Size(each, each), Size(0, 0)
    return ModelFacts("llama", numbers, 32000, none, (size,) * layers, none, none, True, each * layers)


def known(**models: ModelFacts) -> KnownModels:
    """The facts of files gguf/NAME.gguf."""
    return KnownModels(facts=Facts(models={f"gguf/{name}.gguf": facts for name, facts in models.items()}))


def planned(
    tmp_path: Path, values: str, nodes: list[Any], models: KnownModels | None = None, **objects: Any
) -> Planned:
    """The plan of values on nodes; objects: other facts of the cluster, by kind."""
    file = tmp_path / "values.yaml"
    file.write_text(values)
    facts = ClusterFacts("the test's cluster", {"Node": nodes, **objects})
    return plan([file], facts, models or KnownModels())


def plans(tmp_path: Path, values: str, nodes: list[Any], models: KnownModels | None = None, **objects: Any) -> NodePlan:
    """The plan of the first node with models."""
    return planned(tmp_path, values, nodes, models, **objects).plans[0]


def segment(pool: Pool, name: str) -> Segment:
    """The part of a pool with a name."""
    return next(part for part in pool.segments if part.name == name)


def halo(*models: str, **settings: Any) -> str:
    """Values of a Strix Halo that serves models; settings are those of its node."""
    catalogue = {name: {"file": f"gguf/{name}.gguf"} for name in models}
    return yaml.safe_dump(
        {
            "rocm": {"models": catalogue, "nodes": {"halo": {"renderGroup": 991, **settings}}},
            "litellm": {"enabled": False},
        }
        | {"openwebui": {"enabled": False}}
    )
