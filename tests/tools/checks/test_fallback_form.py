"""The forms of fallbacks that were tried with the real LiteLLM 1.108.14, and their results."""

import pytest

from tests.at import at, flow
from tests.tools.checks.conftest import Run

STOPS = [
    "[{chat: small}]",
    "{chat: [small]}",
    "[small]",
    "[{chat: [small], small: [chat]}]",
    "small",
    "[[small]]",
    "[{chat: }]",
]
NEVER_USED = ["[{chat: small}]", "{chat: [small]}", "small", "[[small]]", "[{chat: {model: small}}]"]
TAKEN = ["[{chat: [small]}]", "[]", "[{chat: [small]}, {small: [chat]}]", "[{chat: [{model: small}]}]"]


def forms(run: Run, setting: str, value: str, section: str = "litellmSettings") -> list[str]:
    found = run(at(f"litellm.{section}", flow(f"{setting}: {value}")))
    return [finding.message for finding in found if finding.rule == "routes/fallback-form"]


@pytest.mark.parametrize("section", ["litellmSettings", "routerSettings"])
@pytest.mark.parametrize("setting", ["fallbacks", "content_policy_fallbacks"])
@pytest.mark.parametrize("value", STOPS)
def test_a_form_that_stops_litellm_is_reported(run: Run, section: str, setting: str, value: str) -> None:
    [message] = forms(run, setting, value, section)
    assert message.endswith(": LiteLLM does not start")


@pytest.mark.parametrize("value", NEVER_USED)
def test_a_form_that_is_never_used_is_reported(run: Run, value: str) -> None:
    [message] = forms(run, "context_window_fallbacks", value)
    assert message.endswith(": LiteLLM never uses it")


@pytest.mark.parametrize("setting", ["fallbacks", "content_policy_fallbacks", "context_window_fallbacks"])
@pytest.mark.parametrize("value", TAKEN)
def test_a_form_that_litellm_accepts_is_not_reported(run: Run, setting: str, value: str) -> None:
    assert forms(run, setting, value) == []


@pytest.mark.parametrize("value", ["[small]", "[{chat: [small], small: [chat]}]"])
def test_long_contexts_may_fall_back_to_plain_names_and_by_one_map(run: Run, value: str) -> None:
    assert forms(run, "context_window_fallbacks", value) == []


@pytest.mark.parametrize(("value", "reported"), [("small", 1), ("{chat: [small]}", 1), ("[small]", 0), ("[]", 0)])
def test_default_fallbacks_are_a_list_of_names(run: Run, value: str, reported: int) -> None:
    assert len(forms(run, "default_fallbacks", value)) == reported


@pytest.mark.parametrize(
    ("setting", "value", "write"),
    [
        ("context_window_fallbacks", "{chat: [small], small: [chat]}", "use [{chat: [small]}, {small: [chat]}]"),
        ("fallbacks", "[{chat: small}]", "use [small]"),
        ("default_fallbacks", "small", "use [small]"),
    ],
)
def test_the_right_form_is_given(run: Run, setting: str, value: str, write: str) -> None:
    found = run(at("litellm.routerSettings", flow(f"{setting}: {value}")))
    assert [finding.fix for finding in found if finding.rule == "routes/fallback-form"] == [write]
