"""Enforces NetworkPolicies on kind nodes, whose pod network does not, by compiling them into nftables rules.

Every packet between pods passes the forward hook of its node, after kube-proxy's translation and with the pod's own
address. Run it again after pods or policies change. Not covered: traffic between a pod and its own node, IPv6, and
connections that are already open.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ai_server.lab.containers.engine import docker

Object = dict[str, Any]
TABLE = "inet ai-server-policies"
DIRECTIONS = {"Ingress": ("ingress", "from", "daddr", "saddr"), "Egress": ("egress", "to", "saddr", "daddr")}
"""policyTypes -> key of the rule list, key of its peers, the pod's side of a packet, the peer's side."""


def enforce(kubeconfig: Path, containers: dict[str, str]) -> int:
    """Loads the rules of all policies into every node (containers by node name); returns the number of policies."""
    from kubernetes import client

    from ai_server.kube.live import api_client, core

    api = api_client(kubeconfig)
    networking: Any = client.NetworkingV1Api(api)
    plain = api.sanitize_for_serialization
    pods = [plain(item) for item in core(api).list_pod_for_all_namespaces().items]
    namespaces = {item.metadata.name: item.metadata.labels or {} for item in core(api).list_namespace().items}
    policies = [plain(item) for item in networking.list_network_policy_for_all_namespaces().items]
    for node, container in containers.items():
        docker(
            "exec",
            "--interactive",
            container,
            "nft",
            "--file",
            "-",
            stdin=ruleset(node, pods, namespaces, policies).encode(),
        )
    return len(policies)


def ruleset(node: str, pods: list[Object], namespaces: dict[str, dict[str, str]], policies: list[Object]) -> str:
    """The nft rules of a node: a chain for each of its pods and directions that a policy selects. Packets that no rule
    accepts are dropped.
    """
    there = [pod for pod in pods if pod["status"].get("podIP") and not pod["spec"].get("hostNetwork")]
    chains, jumps = [], ["ct state established,related accept"]
    for pod in there:
        for direction, (_, _, pod_side, _) in DIRECTIONS.items():
            mine = [policy["spec"] for policy in policies if _selects(policy, pod, direction)]
            if pod["spec"].get("nodeName") != node or not mine:
                continue
            name = f"{direction.lower()}_{pod['metadata']['uid'].replace('-', '')}"
            allowed = [
                f"{match} return".strip()
                for spec in mine
                for match in _matches(spec, direction, pod, there, namespaces)
            ]
            chains.append(_chain(name, [*allowed, "counter drop"]))
            jumps.append(f"ip {pod_side} {pod['status']['podIP']} jump {name}")
    base = _chain("forward", ["type filter hook forward priority -5; policy accept;", *jumps])
    # declare the table so that deleting it cannot fail, then create it again: nft applies all of a file or nothing
    return "\n".join([f"table {TABLE}", f"delete table {TABLE}", f"table {TABLE} {{", *chains, base, "}", ""])


def _chain(name: str, lines: Iterable[str]) -> str:
    return "\n".join([f"  chain {name} {{", *(f"    {line}" for line in lines), "  }"])


def _selects(policy: Object, pod: Object, direction: str) -> bool:
    spec = policy["spec"]
    same = policy["metadata"]["namespace"] == pod["metadata"]["namespace"]
    return same and direction in spec.get("policyTypes", ["Ingress"]) and _fits(spec.get("podSelector"), _labels(pod))


def _matches(
    spec: Object, direction: str, pod: Object, pods: list[Object], namespaces: dict[str, dict[str, str]]
) -> Iterator[str]:
    """One nft match for each pair of peer and port that the rules of a policy accept."""
    rules_key, peers_key, _, far = DIRECTIONS[direction]
    for rule in spec.get(rules_key) or []:
        peers = list(_peers(rule.get(peers_key), pod, pods, namespaces, far))
        for peer in peers:
            for port in _ports(rule.get("ports"), [pod] if direction == "Ingress" else pods):
                yield f"{peer} {port}".strip()


def _peers(
    peers: list[Object] | None, pod: Object, pods: list[Object], namespaces: dict[str, dict[str, str]], far: str
) -> Iterator[str]:
    if not peers:
        yield ""  # any peer
        return
    for peer in peers:
        if block := peer.get("ipBlock"):
            without = ", ".join(block.get("except") or [])
            yield f"ip {far} {block['cidr']}" + (f" ip {far} != {{ {without} }}" if without else "")
            continue
        addresses = sorted({other["status"]["podIP"] for other in pods if _is_peer(peer, pod, other, namespaces)})
        if addresses:
            yield f"ip {far} {{ {', '.join(addresses)} }}"


def _is_peer(peer: Object, pod: Object, other: Object, namespaces: dict[str, dict[str, str]]) -> bool:
    space = other["metadata"]["namespace"]
    if "namespaceSelector" in peer:
        inside = _fits(peer["namespaceSelector"], namespaces.get(space, {}))
    else:
        inside = space == pod["metadata"]["namespace"]
    return inside and _fits(peer.get("podSelector"), _labels(other))


def _ports(ports: list[Object] | None, targets: list[Object]) -> Iterator[str]:
    if not ports:
        yield ""  # any port
        return
    for entry in ports:
        protocol, port = entry.get("protocol", "TCP").lower(), entry.get("port")
        if port is None:
            yield f"meta l4proto {protocol}"
        elif isinstance(port, int):
            yield f"{protocol} dport {port}" + (f"-{entry['endPort']}" if "endPort" in entry else "")
        else:
            numbers = {
                declared["containerPort"]
                for target in targets
                for container in target["spec"]["containers"]
                for declared in container.get("ports") or []
                if declared.get("name") == port
            }
            yield from (f"{protocol} dport {number}" for number in sorted(numbers))


def _labels(pod: Object) -> dict[str, str]:
    return pod["metadata"].get("labels") or {}


def _fits(selector: Object | None, labels: dict[str, str]) -> bool:
    """Whether labels match a selector; an empty selector matches everything."""
    selector = selector or {}
    tests: dict[str, Callable[[str | None, list[str]], bool]] = {
        "In": lambda value, values: value in values,
        "NotIn": lambda value, values: value not in values,
        "Exists": lambda value, _: value is not None,
        "DoesNotExist": lambda value, _: value is None,
    }
    expressions = selector.get("matchExpressions") or []
    return (selector.get("matchLabels") or {}).items() <= labels.items() and all(
        tests[expression["operator"]](labels.get(expression["key"]), expression.get("values") or [])
        for expression in expressions
    )
