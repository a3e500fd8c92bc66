"""Plans of memory as JSON for scripts.

Amounts are integers, in bytes. The keys are stable: new ones may be added, none is renamed.

    nodes[]     node, board ("": unknown), verdict (fits, tight, does not fit, unknown), pools[], ways[], notes[]
    pools[]     name, size (0: unknown), used, certain (what is taken at least), free (negative: short), verdict,
                segments[]
    segments[]  name, kind (system, pods, llama-server, vllm, comfyui, speaches), known (file, name,
                measured, request, nothing),
                loaded (false: takes turns with others, and is not counted), bytes, certain, terms[]
    terms[]     name, bytes, certain, where (device, host), source
    summary     nodes, and how many have each verdict
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from ai_server.cli.plans.words import VERDICTS
from ai_server.memory.plan import NodePlan, Pool, Segment
from ai_server.memory.terms import Term

Data: TypeAlias = "dict[str, Data] | Sequence[Data] | str | int | bool | None"
"""What JSON can hold."""


def as_json(plans: Sequence[NodePlan]) -> str:
    """Plans as the JSON that the top of this module describes; nodes with equal plans are not grouped."""
    return json.dumps({"nodes": list(map(node, plans)), "summary": summary(plans)}, indent=2)


def summary(plans: Iterable[NodePlan]) -> dict[str, Data]:
    """How many nodes there are, and how many with each verdict."""
    counts = Counter(plan.verdict for plan in plans)
    return {"nodes": counts.total(), **{verdict: counts[verdict] for verdict in VERDICTS}}


def node(plan: NodePlan) -> dict[str, Data]:
    """The plan of a node."""
    return {
        "node": plan.node,
        "board": plan.board,
        "verdict": plan.verdict,
        "pools": [pool(each) for each in plan.pools],
        "ways": plan.ways,
        "notes": plan.notes,
    }


def pool(planned: Pool) -> dict[str, Data]:
    """A pool with its sums."""
    return {
        "name": planned.name,
        "size": planned.size,
        "used": planned.used,
        "certain": planned.certain,
        "free": planned.free,
        "verdict": planned.verdict,
        "segments": [segment(each) for each in planned.segments],
    }


def segment(user: Segment) -> dict[str, Data]:
    """A segment with its terms."""
    return {
        "name": user.name,
        "kind": user.kind,
        "known": user.known,
        "loaded": user.loaded,
        "bytes": user.bytes,
        "certain": user.certain,
        "terms": [term(each) for each in user.terms],
    }


def term(planned: Term) -> dict[str, Data]:
    """A term with its source."""
    return {
        "name": planned.name,
        "bytes": planned.bytes,
        "certain": planned.certain,
        "where": planned.where,
        "source": planned.source,
    }
