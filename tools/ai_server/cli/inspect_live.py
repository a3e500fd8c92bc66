"""Inspects the model files on the nodes of a cluster, in short-lived pods that only read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ai_server.errors import UserError
from ai_server.kube.node_run import Output, Run, run_on_nodes
from ai_server.memory.facts_file import Facts, facts_of
from ai_server.memory.script import script


def inspect_on_nodes(api: Any, files_by_node: Mapping[str, Sequence[str]], run: Run) -> dict[str, Facts]:
    """The facts of the model files on each node, by their paths below run.folder; without files, of all in it.

    A node that cannot be read, or a file, is among the errors of its facts, with "" for a node. UserError if no pod can
    be created. Needs the extra `live`.
    """
    folder = run.folder.rstrip("/")
    arguments = {
        node: ["--quiet", "--models", folder, *([f"{folder}/{file}" for file in files] or [folder])]
        for node, files in files_by_node.items()
    }
    outputs = run_on_nodes(api, script(), arguments, run)
    return {node: _facts(output, node) for node, output in outputs.items()}


def _facts(output: Output, node: str) -> Facts:
    """The facts that a node printed."""
    if output.error:
        return Facts(errors={"": output.error})
    try:
        facts = facts_of(json.loads(output.text), f"node {node}")
    except (ValueError, UserError) as error:
        last = output.text.strip().splitlines()[-1:] or ["nothing"]
        problem = error.message if isinstance(error, UserError) else f"it printed {last[0]}"
        return Facts(errors={"": problem})
    return replace(facts, sources=dict.fromkeys(facts.models, f"node {node}"))
