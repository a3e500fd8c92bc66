"""A fix that removes something names a flag with its value, and what would be left empty."""

import pytest

from tests.tools.checks.conftest import Run

FIXES = [
    (
        "thor:\n  port: 8080\n  vllm:\n    port: 8000\n    extraArgs:\n      - --swap-space\n      - '4'\n",
        "remove --swap-space 4, and extraArgs, which is then empty",
    ),
    (
        "thor:\n  vllm:\n    extraArgs:\n      - --swap-space\n      - '4'\n      - --trust-remote-code\n",
        "remove --swap-space 4",
    ),
    ("thor: {vllm: {extraArgs: [--swap-space, '4']}}", "remove --swap-space 4"),
    (
        "litellm:\n  generalSettings:\n    master_key: sk-1234\n",
        "remove it, and generalSettings, which is then empty: the chart creates one, which the page and the tests send",
    ),
    (
        "rocm:\n  nodes:\n    halo:\n      extraEnv:\n        HSA_OVERRIDE_GFX_VERSION: 11.0.0\n",
        "remove it, and extraEnv, which is then empty",
    ),
]


@pytest.mark.parametrize(("text", "fix"), FIXES)
def test_the_fix_names_all_that_must_go(run: Run, text: str, fix: str) -> None:
    assert fix in [finding.fix for finding in run(text)]
