"""Only a finding about the odd value, or about what the program names, counts as reported."""

import pytest

from ai_server import checks
from tests.agreement import blame, odd_values, test_api_server

LIMIT = ("rocm", "pod", "tolerations", 0, "key")
CASE = odd_values.Case("pod.tolerations[].key", {}, LIMIT, within=3)


def error(rule: str, key: str) -> checks.Finding:
    return checks.Finding(rule, "error", "", 0, 0, key, "wrong")


@pytest.mark.parametrize("key", ["rocm.pod.tolerations[0].key", "rocm.pod.tolerations[0]", "rocm.pod.tolerations"])
def test_an_error_at_or_around_the_odd_value_is_about_it(key: str) -> None:
    assert test_api_server.difference(CASE, "refused", [error("kubernetes/field-value", key)]) == ""


@pytest.mark.parametrize(
    "key", ["rocm.pod", "rocm.pod.tolerations[1].key", "rocm.pod.labels", "", "rocm.pod.tolerations[0].keys"]
)
def test_an_error_at_another_value_is_not_about_it(key: str) -> None:
    assert test_api_server.difference(CASE, "refused", [error("kubernetes/field-value", key)]) == "missed"


def test_an_error_of_a_rule_that_knows_more_than_the_api_server_does_not_count() -> None:
    assert test_api_server.difference(CASE, "refused", [error("security/weak-pod", "rocm.pod.tolerations")]) == "missed"
    assert test_api_server.difference(CASE, "", [error("security/weak-pod", "rocm.pod.tolerations")]) == ""


@pytest.mark.parametrize(
    ("words", "says", "blamed"),
    [
        (["--seed", "1", "--lora", "a.gguf"], "failed to open 'a.gguf'", {2, 3}),
        (["-c", "x", "--seed", "1"], 'error while handling argument "-c": stoi', {0, 1}),
        (
            ["--max-num-seqs", "-1", "--seed", "1"],
            "max_num_seqs\n  Input should be at least 1 [type=a, input: seed]",
            {0, 1},
        ),
        (["-tp", "3"], "heads (2) must be divisible by tensor parallel size (3)", {0, 1}),
        (["--metrics"], "something failed", set()),
    ],
)
def test_a_program_blames_the_flags_that_it_names_in_any_spelling(
    words: list[str], says: str, blamed: set[int]
) -> None:
    assert blame.blamed_words("vllm" if "seqs" in says or "tensor" in says else "llama-server", words, says) == blamed


def test_an_error_counts_at_the_words_that_are_blamed() -> None:
    assert blame.at_words(["rocm.nodes.n1.extraArgs[2]"], {2, 3})
    assert not blame.at_words(["rocm.nodes.n1.extraArgs[0]", "rocm.models.a.file"], {2, 3})


def test_litellm_blames_the_setting_that_it_names() -> None:
    settings = {"routerSettings": {"timeout": "a", "num_retries": 1}}
    [key] = blame.setting_keys(settings, "Router: timeout must be a number")
    assert blame.at_settings(["litellm.routerSettings.timeout"], [key])
    assert not blame.at_settings(["litellm.routerSettings.num_retries", "litellm.routerSettings"], [key])
