"""Names that check proposes instead of an unknown one: near, of the same kind, and not there already."""

import pytest

from tests.tools.checks.conftest import Run

OFF = "rocm: {models: {other: {file: gguf/other.gguf, enabled: false}}}\n"
QWEN = "rocm: {models: {chat: {file: a.gguf}, qwen3-8b: {file: b.gguf}}, nodes: {halo: {serve: [chat, qwen3-32b]}}}"
PROPOSED = {
    "a letter too few": ("openwebui: {taskModel: smal}", "small"),
    "two letters swapped": ("openwebui: {taskModel: samll}", "small"),
    "three letters": ("openwebui: {taskModel: smollen}", ""),
    "another number": (QWEN, ""),
    "a model of another mode": ("openwebui: {documents: {embeddingModel: chta}}", ""),
    "a fallback of another mode": ("litellm: {routing: {fallbacks: {chat: [whispe]}}}", ""),
    "a fallback of its mode": ("litellm: {routing: {fallbacks: {chat: [smal]}}}", "small"),
    "a map for a text": ("rocm: {model: chat}", ""),
    "another map": ("rocm: {nodes: {halo: {imagee: {enabled: true}}}}", ""),
    "a map of that kind": ("rocm: {nodes: {halo: {imagee: {tag: server-rocm-b11434}}}}", "image"),
    "a key that is there": ("rocm: {models: {more: {file: a.gguf, fil: b.gguf}}}", ""),
    "a switch that means the opposite": ("litellm: {litellmSettings: {disable_drop_params: true}}", ""),
    "a name that many use": (
        "litellm: {routing: {fallbacks: {chat: [smal]}, aliases: {gpt: smal}}}\nopenwebui: {taskModel: smal}",
        "",
    ),
}


@pytest.mark.parametrize(("text", "name"), PROPOSED.values(), ids=PROPOSED)
def test_a_name_is_proposed_only_if_it_was_meant(run: Run, text: str, name: str) -> None:
    changes = [
        change for finding in run(text) for change in finding.changes if change.certain and change.op != "remove"
    ]
    assert [change.value or change.to[-1] for change in changes] == [name] * bool(name)


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        (f"{OFF}openwebui: {{taskModel: other}}", "enable it, or remove the name here"),
        (f"{OFF}openwebui: {{taskModel: othre}}", "use other, and enable it"),
    ],
)
def test_what_is_switched_off_is_named_with_its_switch(run: Run, text: str, fix: str) -> None:
    [found] = run(text)
    assert "rocm.models.other.enabled is false in v0.yaml:1" in found.message
    assert found.fix == fix


def test_a_file_that_switches_a_model_off_may_name_the_others(run: Run) -> None:
    shared = "rocm: {models: {other: {file: gguf/other.gguf}}, nodes: {halo: {serve: [chat, other]}}}"
    [found] = run(shared, "rocm: {models: {other: {enabled: false}}}")
    assert found.fix == "enable it, or set rocm.nodes.halo.serve: [chat] in v1.yaml"


def test_few_keys_of_a_section_are_listed(run: Run) -> None:
    [found] = run("openwebui: {audioo: 1, foo: 1}")[1:]
    assert found.fix.count(",") == 7
    assert found.fix.endswith(" and 23 more (docs/values.md#openwebui)")
