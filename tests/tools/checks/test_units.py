"""Numbers in another unit than that of their key."""

import pytest

from tests.tools.checks.conftest import Run


@pytest.mark.parametrize(
    ("written", "fixes"),
    [
        ("rocm: {server: {sleepIdleSeconds: 300000}}", ["perhaps use 300"]),
        ("rocm: {server: {sleepIdleSeconds: 86400}}", []),
        ("rocm: {server: {sleepIdleSeconds: 1000000}}", []),
        ("rocm: {models: {chat: {flags: {sleep-idle-seconds: 600000}}}}", ["perhaps use 600"]),
        ("rocm: {startupSeconds: 1800}", []),
        ("rocm: {startupSeconds: 600000}", ["perhaps use 600"]),
        ("litellm: {routerSettings: {timeout: 1800000}}", ["perhaps use 1800"]),
        ("litellm: {models: {gpt: {model: openai/gpt-5, params: {timeout: 36000}}}}", []),
        ("litellm: {models: {gpt: {model: openai/gpt-5, params: {stream_timeout: 60000}}}}", ["perhaps use 60"]),
        ("openwebui: {extraEnv: {AIOHTTP_CLIENT_TIMEOUT: '300000'}}", ["perhaps use 300"]),
        ("openwebui: {extraEnv: {PLAYWRIGHT_TIMEOUT: '30000'}}", []),
        ("openwebui: {extraEnv: {AIOHTTP_CLIENT_TIMEOUT: '²'}}", []),
        ("rocm: {server: {cacheRamMiB: 8}}", ["perhaps use 8192"]),
        ("rocm: {server: {cacheRamMiB: 0}}", []),
        ("thor: {vllm: {maxModelLen: 32}}", ["perhaps use 32768"]),
        ("thor: {vllm: {maxModelLen: 512}}", []),
        ("rocm: {server: {cacheRamMiB: 256}}", []),
    ],
)
def test_a_number_that_fits_another_unit_is_a_hint(run: Run, written: str, fixes: list[str]) -> None:
    assert [finding.fix for finding in run(written) if finding.rule == "values/other-unit"] == fixes
