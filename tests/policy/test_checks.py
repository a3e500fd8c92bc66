"""The rules report nothing for the profiles and their clusters."""

import pytest

from ai_server import checks
from ai_server.kube.cluster_facts import read_facts
from ai_server.kube.kubeversion import SUPPORTED
from ai_server.reading.profiles import Profile
from ai_server.reading.profiles import profile as the_profile
from tests.conftest import PROFILES

NOT_IN_A_PROFILE = {
    "kubernetes/route-timeouts": (no_route := "the mocked clusters have no Gateway API, so no profile has a route"),
    "kubernetes/route-without-gateway": no_route,
}


def test_every_profile_passes_every_rule(profile: Profile) -> None:
    result = checks.run(profile.files, read_facts(profile.cluster))
    counted = result.counted
    assert [str(finding) for finding in result.findings if finding.severity != "not-checked"] == []
    assert counted["rules"] == len(checks.all_rules())
    assert counted["kubernetes/invalid-object"] == counted["objects"] > 4
    assert counted["cluster/no-such-node"] == counted["cluster/too-little"] == counted["pods"] > 0


@pytest.mark.parametrize("version", SUPPORTED)
def test_every_profile_is_valid_for_every_supported_kubernetes(profile: Profile, version: str) -> None:
    result = checks.run(profile.files, kube_version=f"{version}.0")
    counted = result.counted
    assert [str(finding) for finding in result.findings if finding.severity == "error"] == []
    assert counted["kubernetes/invalid-object"] > 4


def test_every_rule_that_looks_at_the_release_finds_something_to_look_at_in_some_profile() -> None:
    every = [the_profile(name) for name in PROFILES]
    counted = [checks.run(profile.files, read_facts(profile.cluster)).counted for profile in every]
    most = {rule: max(counts.get(rule, 0) for counts in counted) for rule in set().union(*counted) if "/" in rule}
    assert len(most) > 90
    assert {rule for rule, number in most.items() if number == 0} == set(NOT_IN_A_PROFILE)
