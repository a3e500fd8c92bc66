"""NetworkPolicies compiled to nftables accept the right peers, and nothing else."""

from typing import Any

from ai_server.lab.clusters.policies import ruleset

SPACES = {"ai": {"name": "ai"}, "other": {"name": "other"}}


def pod(name: str, address: str, namespace: str = "ai", node: str = "a", **ports: int) -> dict[str, Any]:
    listed = [{"name": key, "containerPort": number} for key, number in ports.items()]
    return {
        "metadata": {"name": name, "uid": f"u-{name}", "namespace": namespace, "labels": {"app": name}},
        "spec": {"nodeName": node, "containers": [{"ports": listed}]},
        "status": {"podIP": address},
    }


PODS = [pod("vllm", "10.0.0.1", http=8000), pod("litellm", "10.0.0.2", node="b"), pod("x", "10.0.0.3", "other", "b")]


def policy(**spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "p", "namespace": "ai"},
        "spec": {"podSelector": {"matchLabels": {"app": "vllm"}}, **spec},
    }


def lines(node: str, *policies: dict[str, Any]) -> list[str]:
    return [line.strip() for line in ruleset(node, PODS, SPACES, list(policies)).splitlines()]


def test_without_a_policy_nothing_is_dropped() -> None:
    assert "counter drop" not in lines("a")


def test_a_policy_without_rules_drops_all_that_comes_in() -> None:
    found = lines("a", policy())
    assert "ip daddr 10.0.0.1 jump ingress_uvllm" in found
    assert found[found.index("chain ingress_uvllm {") + 1] == "counter drop"


def test_only_the_pods_own_node_holds_its_rules() -> None:
    assert "counter drop" not in lines("b", policy())


def test_a_peer_and_a_named_port_are_let_through() -> None:
    rule = {"from": [{"podSelector": {"matchLabels": {"app": "litellm"}}}], "ports": [{"port": "http"}]}
    assert "ip saddr { 10.0.0.2 } tcp dport 8000 return" in lines("a", policy(ingress=[rule]))


def test_a_namespace_is_a_peer_by_its_labels() -> None:
    peer = {"namespaceSelector": {"matchExpressions": [{"key": "name", "operator": "In", "values": ["other"]}]}}
    assert "ip saddr { 10.0.0.3 } return" in lines("a", policy(ingress=[{"from": [peer]}]))


def test_what_may_go_out_is_an_address_block_and_a_range_of_ports() -> None:
    rule = {
        "to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.3/32"]}}],
        "ports": [{"port": 9000, "endPort": 9009}],
    }
    found = lines("a", policy(policyTypes=["Egress"], egress=[rule]))
    assert "ip daddr 10.0.0.0/8 ip daddr != { 10.0.0.3/32 } tcp dport 9000-9009 return" in found
    assert "ip saddr 10.0.0.1 jump egress_uvllm" in found


def test_a_peer_that_matches_nothing_lets_nothing_through() -> None:
    rule = {"from": [{"podSelector": {"matchLabels": {"app": "nobody"}}}]}
    found = lines("a", policy(ingress=[rule]))
    assert found[found.index("chain ingress_uvllm {") + 1] == "counter drop"
