"""Keys of models under the names of others, or in another place."""

import pytest

from ai_server.reading.edit import changed
from tests.tools.checks.conftest import Run


def test_models_of_a_node_join_those_of_all_nodes(run: Run) -> None:
    values = {"rocm": {"models": {"a": {"file": "a.gguf"}}, "nodes": {"halo": {"models": {"b": {"file": "b.gguf"}}}}}}
    [found] = [finding for finding in run(values) if finding.rule == "values/misplaced-key"]
    after = changed(values, *found.changes)
    assert after == {"rocm": {"models": {"a": {"file": "a.gguf"}, "b": {"file": "b.gguf"}}, "nodes": {"halo": {}}}}
    assert found.fix == "perhaps move what is below it to rocm.models"


def test_two_descriptions_of_one_model_are_not_merged(run: Run) -> None:
    values = "rocm: {models: {a: {file: a.gguf}}, nodes: {halo: {models: {a: {file: b.gguf}}}}}"
    [found] = [finding for finding in run(values) if finding.rule == "values/misplaced-key"]
    assert (found.fix, found.changes) == ("remove it or rocm.models, since both are set", ())


@pytest.mark.parametrize(
    ("written", "fix"),
    [
        ("rocm: {models: {more: {model: a/b.gguf}}}", "use file; see docs/nodes.md"),
        ("rocm: {models: {more: {path: qwen3}}}", "perhaps use file; see docs/nodes.md"),
        ("thor: {vllm: {file: hf/small}}", "use model; see docs/nodes.md"),
    ],
)
def test_the_key_of_the_program_is_named(run: Run, written: str, fix: str) -> None:
    assert fix in [finding.fix for finding in run(written) if finding.rule == "values/renamed-key"]


@pytest.mark.parametrize(
    ("written", "fix"),
    [
        (
            "models: {gpt: {model: openai/gpt-5, params: {api_key: os.environ/A_KEY}}}",
            "set apiKeySecret: {name: my-secret, key: A_KEY} of the model instead",
        ),
        (
            "routerSettings: {redis_password: os.environ/REDIS_PW}",
            "set litellm.extraEnv.REDIS_PW: {valueFrom: {secretKeyRef: {name: my-secret, key: REDIS_PW}}}",
        ),
    ],
)
def test_a_missing_variable_says_where_it_comes_from(run: Run, written: str, fix: str) -> None:
    found = run(f"litellm: {{{written}}}")
    assert [finding.fix for finding in found if finding.rule == "programs/unset-variable"] == [fix]
