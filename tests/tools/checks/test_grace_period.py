"""The gateway's stop hook sleeps 5 s: a pod with a grace period of 5 s or less cannot stop cleanly."""

import pytest

from tests.tools.checks.conftest import Run


@pytest.mark.parametrize(("seconds", "reported"), [(0, 1), (4, 1), (5, 1), (6, 0)])
def test_a_grace_period_has_to_be_above_the_hooks(run: Run, seconds: int, reported: int) -> None:
    found = run(f"litellm: {{pod: {{terminationGracePeriodSeconds: {seconds}}}}}")
    assert [finding.rule for finding in found] == ["kubernetes/grace-period"] * reported


def test_the_period_of_all_pods_is_reported_where_it_is_set(run: Run) -> None:
    [found] = run("global: {pod: {terminationGracePeriodSeconds: 3}}")
    assert (found.rule, found.key) == ("kubernetes/grace-period", "global.pod.terminationGracePeriodSeconds")


def test_a_pod_without_a_hook_may_end_at_once(run: Run) -> None:
    assert run("rocm: {pod: {terminationGracePeriodSeconds: 3}}") == []
