"""The rules report nothing for the profiles and their clusters."""

import pytest

from ai_server import checks
from ai_server.kube.cluster_facts import read_facts
from ai_server.kube.kubeversion import SUPPORTED
from ai_server.reading.profiles import Profile


def test_every_profile_passes_every_rule(profile: Profile) -> None:
    result = checks.run(profile.files, read_facts(profile.cluster))
    counted = result.counted
    assert [str(finding) for finding in result.findings if finding.severity != "not-checked"] == []
    assert counted["rules"] == len(checks.all_rules())
    assert counted["objects against schemas"] == counted["objects"] > 4
    assert counted["pods against nodes"] == counted["pods against capacity"] == counted["pods"] > 0


@pytest.mark.parametrize("version", SUPPORTED)
def test_every_profile_is_valid_for_every_supported_kubernetes(profile: Profile, version: str) -> None:
    result = checks.run(profile.files, kube_version=f"{version}.0")
    counted = result.counted
    assert [str(finding) for finding in result.findings if finding.severity == "error"] == []
    assert counted["objects against schemas"] > 4
