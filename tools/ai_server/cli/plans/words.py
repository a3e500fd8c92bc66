"""What all forms of a plan share: amounts, names, and nodes with equal plans as one group."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from string import ascii_letters

from ai_server.memory.plan import NodePlan, Pool, Segment, Verdict
from ai_server.memory.terms import GIB, MIB, Term
from ai_server.reading.wording import plural

PROGRAMS = {
    "system": "system",
    "pods": "other pods",
    "llama-server": "llama-server",
    "vllm": "vLLM",
    "comfyui": "ComfyUI",
    "speaches": "Speaches",
}
"""The name of a segment's kind."""
KNOWN = {
    "file": "from file",
    "name": "by name",
    "measured": "measured",
    "request": "request",
    "nothing": "not known",
    "reserve": "kept free",
}
"""How the facts of a segment are known."""
VERDICTS: tuple[Verdict, ...] = ("fits", "tight", "unknown", "does not fit")
WHERE = "device: the memory of the GPU, host: that of the machine; where they are one, both count in the same pool."
NAMED = 3
"""The most nodes of a group to name, if there are more than this."""


@dataclass(frozen=True)
class Group:
    """Nodes whose plans are equal, with the plan of the first."""

    nodes: tuple[str, ...]
    plan: NodePlan

    @property
    def title(self) -> str:
        """Its node, or how many and which nodes."""
        return titled(self.nodes)


def titled(nodes: Sequence[str]) -> str:
    """A node, or how many nodes and the names of some: "5 nodes: a, b, c ... e"."""
    if len(nodes) == 1:
        return nodes[0]
    if len(nodes) <= NAMED + 1:
        return f"{len(nodes)} nodes: {', '.join(nodes)}"
    return f"{len(nodes):,} nodes: {', '.join(nodes[:NAMED])} ... {nodes[-1]}"


def grouped(plans: Iterable[NodePlan]) -> list[Group]:
    """Nodes with equal plans as one group, in the order of the first of each; names without control characters."""
    alike: dict[object, list[NodePlan]] = {}
    for plan in plans:
        alike.setdefault((plan.board, plan.pools, plan.ways, plan.notes), []).append(plan)
    return [Group(tuple(_clean(plan.node) for plan in same), printable(same[0])) for same in alike.values()]


def heading(plan: NodePlan) -> str:
    """What the ways of a plan lead to, or "" if it has none."""
    if not plan.ways:
        return ""
    return "To have more free:" if plan.verdict in ("fits", "tight") else "To make it fit:"


def printable(plan: NodePlan) -> NodePlan:
    """A plan in whose names and sentences "?" stands for characters that a terminal obeys or XML lacks."""
    pools = tuple(
        replace(pool, name=_clean(pool.name), segments=tuple(map(_segment, pool.segments))) for pool in plan.pools
    )
    ways, notes = (tuple(map(_clean, sentences)) for sentences in (plan.ways, plan.notes))
    return NodePlan(_clean(plan.node), _clean(plan.board), pools, ways, notes)


def _segment(segment: Segment) -> Segment:
    terms = tuple(replace(term, name=_clean(term.name), source=_clean(term.source)) for term in segment.terms)
    return replace(segment, name=_clean(segment.name), terms=terms)


def _clean(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else "?" for letter in text)


def summary(plans: Sequence[NodePlan]) -> str:
    """How many nodes fit: "7 nodes: 5 fit, 1 tight, 1 does not fit"."""
    counts = Counter(plan.verdict for plan in plans)
    parts = [f"{counts[verdict]:,} {_verb(verdict, counts[verdict])}" for verdict in VERDICTS if counts[verdict]]
    nodes = f"{len(plans):,} nodes" if len(plans) > 999 else plural(len(plans), "node")
    return f"{nodes}: {', '.join(parts)}" if parts else "no nodes to plan"


def _verb(verdict: Verdict, count: int) -> str:
    if count == 1:
        return verdict
    return {"fits": "fit", "does not fit": "do not fit"}.get(verdict, verdict)


def amount(size: int) -> str:
    """Bytes in GiB with one decimal, or in MiB if they are less than a GiB."""
    sign, size = ("-", -size) if size < 0 else ("", size)
    if size >= GIB - MIB // 2:
        return f"{sign}{size / GIB:.1f} GiB"
    mib = round(size / MIB)
    return f"{sign}{mib} MiB" if mib or not size else f"{sign}<1 MiB"


def difference(size: int) -> str:
    """Bytes with their sign: "+1.5 GiB"; "0 MiB" if there is no difference."""
    return f"+{amount(size)}" if size > 0 else amount(size)


def room(pool: Pool) -> str:
    """What a pool has left: "20.4 GiB free", "19.3 GiB short", or that its size is unknown."""
    if not pool.size:
        return "size unknown"
    if pool.free < 0:
        return f"{amount(-pool.free)} short" if pool.certain > pool.size else f"up to {amount(-pool.free)} short"
    return f"{amount(pool.free)} free"


def use(pool: Pool) -> str:
    """What is planned of a pool: "103.6 of 124.0 GiB"."""
    used, size = amount(pool.used), amount(pool.size)
    if not pool.size:
        return used
    return f"{used.removesuffix(' GiB') if size.endswith('GiB') else used} of {size}"


def waiting(pool: Pool) -> list[Segment]:
    """The segments that take turns with others, and are not counted."""
    return [segment for segment in pool.segments if not segment.loaded]


def keys(pool: Pool) -> list[str]:
    """A letter for each segment in memory; more than 52 get "*"."""
    return [ascii_letters[place] if place < len(ascii_letters) else "*" for place in range(len(pool.loaded))]


def program(segment: Segment) -> str:
    """The program of a segment, or "" if that is its name."""
    name = PROGRAMS[segment.kind]
    return "" if segment.kind in ("system", "pods") or segment.name in (name, segment.kind) else name


def known(segment: Segment) -> str:
    """How the facts of a segment are known, and what it takes at least if its amount is an upper bound."""
    how = KNOWN.get(segment.known, segment.known)
    if segment.known == "nothing":
        return f"{how}; its request"
    return how if segment.certain == segment.bytes else f"{how}, {least(segment)}"


def least(part: Segment | Term) -> str:
    """What an upper bound takes at least: "at least 1.5 GiB", or only that it is an upper bound."""
    return f"at least {amount(part.certain)}" if part.certain else "upper bound"
