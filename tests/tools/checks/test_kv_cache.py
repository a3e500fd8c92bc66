"""The types of the KV cache that run on the CPU, by build and backend, wherever the types are set."""

import pytest

from tests.at import at, flow
from tests.tools.checks.conftest import Run

PATCHED = "docker.io/kyuz0/amd-strix-halo-toolboxes"
"""An image that no rule rejects in any build."""
SECOND = "embed: {file: gguf/embed.gguf, mode: embedding}"


def of_gpu(run: Run, accelerator: str, build: int, k: str, v: str) -> list[str]:
    """The severities for a node of the preset gpu, whose accelerator can be any."""
    types = f"models: {{chat: {{file: gguf/chat.gguf, cacheTypeK: {k}, cacheTypeV: {v}}}}}"
    image = f"image: {{repository: {PATCHED}, platforms: [amd64]}}"
    node = "nodes: {halo: {renderGroup: 991}}"
    found = run(f"gpu: {{accelerator: {accelerator}, build: {build}, {image}, {types}, {node}}}", base=False)
    return [finding.severity for finding in found if finding.rule == "programs/cache-type-on-cpu"]


def said(run: Run, rocm: str) -> list[tuple[str, str]]:
    found = run(at("rocm.image", {"repository": PATCHED, "platforms": ["amd64"]}), at("rocm", flow(rocm)))
    return [(finding.severity, finding.key) for finding in found if finding.rule == "programs/cache-type-on-cpu"]


@pytest.mark.parametrize(
    ("accelerator", "build", "k", "v", "severity"),
    [
        ("rocm", 10030, "q8_0", "q4_0", "error"),
        ("rocm", 10030, "f16", "q8_0", "error"),
        ("rocm", 10030, "q5_1", "q5_1", "error"),
        ("rocm", 10867, "q8_0", "q4_0", "error"),
        ("rocm", 10868, "q8_0", "q4_0", "warning"),
        ("rocm", 10877, "q8_0", "q4_0", "warning"),
        ("rocm", 10878, "q8_0", "q4_0", "hint"),
        ("rocm", 11434, "q8_0", "q4_0", "hint"),
        ("rocm", 11434, "q5_1", "q4_1", "hint"),
        ("rocm", 12500, "q5_1", "bf16", "hint"),
        ("rocm", 11434, "iq4_nl", "iq4_nl", "error"),
        ("rocm", 11435, "q8_0", "iq4_nl", "warning"),
        ("vulkan", 11434, "bf16", "q8_0", "error"),
        ("vulkan", 11434, "f16", "bf16", "error"),
        ("vulkan", 11435, "f16", "bf16", "warning"),
        ("vulkan", 11434, "bf16", "bf16", ""),
        ("vulkan", 11434, "q8_0", "iq4_nl", ""),
        ("vulkan", 10227, "q8_0", "iq4_nl", ""),
        ("vulkan", 10226, "q8_0", "iq4_nl", "warning"),
        ("vulkan", 10142, "q8_0", "iq4_nl", "error"),
        ("vulkan", 9092, "q8_0", "iq4_nl", ""),
        ("vulkan", 9437, "bf16", "q8_0", "error"),
        ("vulkan", 9437, "bf16", "bf16", ""),
        ("vulkan", 9436, "bf16", "bf16", "warning"),
        ("vulkan", 9093, "bf16", "bf16", "error"),
        ("vulkan", 9437, "q8_0", "q4_0", ""),
        ("vulkan", 9436, "q8_0", "q4_0", "warning"),
        ("vulkan", 9093, "q5_1", "q5_1", ""),
        ("cuda", 10867, "q8_0", "q4_0", "error"),
        ("cuda", 10867, "q8_0", "q8_0", ""),
        ("cuda", 10878, "q8_0", "q4_0", "hint"),
        ("cuda", 11434, "f16", "iq4_nl", "error"),
        ("sycl", 9093, "q5_1", "q5_1", "error"),
        ("sycl", 9437, "q8_0", "q4_0", "error"),
        ("sycl", 9438, "q8_0", "q4_0", "warning"),
        ("sycl", 9518, "q8_0", "q4_0", ""),
        ("sycl", 10227, "bf16", "bf16", "error"),
        ("sycl", 10228, "bf16", "bf16", "warning"),
        ("sycl", 10289, "bf16", "bf16", ""),
        ("sycl", 11434, "iq4_nl", "iq4_nl", "error"),
        ("cpu", 10030, "q8_0", "q4_0", ""),
        *[("rocm", 10030, same, same, "") for same in ("f32", "f16", "bf16", "q8_0", "q4_0")],
    ],
)
def test_a_pair_is_judged_by_build_and_accelerator(
    run: Run, accelerator: str, build: int, k: str, v: str, severity: str
) -> None:
    assert of_gpu(run, accelerator, build, k, v) == ([severity] if severity else [])


@pytest.mark.parametrize(("build", "severity"), [("", "warning"), ("build: 11434, ", "error")])
def test_a_pair_is_a_warning_while_the_build_is_assumed(run: Run, build: str, severity: str) -> None:
    image = f"image: {{repository: {PATCHED}, tag: own, platforms: [amd64]}}"
    found = run(f"rocm: {{{build}{image}, server: {{cacheTypeK: iq4_nl}}}}")
    assert [finding.severity for finding in found if finding.rule == "programs/cache-type-on-cpu"] == [severity]


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("server: {cacheTypeV: q8_0}", "rocm.server.cacheTypeV"),
        ("server: {cacheTypeK: q8_0}", "rocm.server.cacheTypeK"),
        ("nodes: {halo: {overrides: {chat: {cacheTypeV: q8_0}}}}", "rocm.nodes.halo.overrides.chat.cacheTypeV"),
        ("nodes: {halo: {server: {cacheTypeK: q8_0}}}", "rocm.nodes.halo.server.cacheTypeK"),
        ("models: {chat: {flags: {cache-type-k: q8_0}}}", "rocm.models.chat.flags.cache-type-k"),
        ("extraArgs: [-ctk, q8_0]", "rocm.extraArgs[0]"),
        ("extraArgs: [--metrics, --cache-type-v, q8_0]", "rocm.extraArgs[1]"),
        (
            "models: {chat: {flags: {cache-type-k: false}}}, extraEnv: {LLAMA_ARG_CACHE_TYPE_K: q8_0}",
            "rocm.extraEnv.LLAMA_ARG_CACHE_TYPE_K",
        ),
        ("models: {chat: {flags: {ctk: q8_0}}, " + SECOND + "}", "rocm.models.chat.flags.ctk"),
        ("models: {chat: {cacheTypeV: q8_0}, " + SECOND + "}", "rocm.models.chat.cacheTypeV"),
    ],
)
def test_the_types_are_found_wherever_they_are_written(run: Run, written: str, key: str) -> None:
    assert ("error", key) in said(run, f"build: 10030, {written}")


def test_a_variable_has_no_effect_if_the_chart_sets_the_flag(run: Run) -> None:
    assert said(run, "build: 10030, extraEnv: {LLAMA_ARG_CACHE_TYPE_K: q8_0}") == []


def test_without_flash_attention_no_kernel_is_needed(run: Run) -> None:
    assert said(run, "build: 10030, models: {chat: {flashAttn: false, cacheTypeK: q8_0}}") == []


def test_one_setting_of_several_models_is_reported_once(run: Run) -> None:
    assert len(said(run, "build: 10030, server: {cacheTypeV: q8_0}, models: {" + SECOND + "}")) == 1


def test_a_custom_image_can_be_waived(run: Run) -> None:
    values = "rocm: {build: 10030, image: {repository: me/llama, platforms: [amd64]}, server: {cacheTypeK: q8_0}}"
    waiver = "{rule: programs/cache-type-on-cpu, key: rocm, reason: built with GGML_CUDA_FA_ALL_QUANTS}"
    assert run(f"{values}\n# waivers.yaml\n- {waiver}\n") == []


@pytest.mark.parametrize(
    ("written", "severity"),
    [
        ("backend: rocm, models: {chat: {flashAttn: false, ctxSize: 4097}}", "error"),
        ("backend: rocm, models: {chat: {flashAttn: false, ctxSize: 4096}}", ""),
        ("backend: rocm, models: {chat: {flashAttn: false, ctxSize: 0}}", "warning"),
        ("backend: rocm, models: {chat: {flags: {flash-attn: 'off'}, ctxSize: 8192}}", "error"),
        ("backend: rocm, models: {chat: {flashAttn: false, ctxSize: 8192, flags: {ctx-size: 2048}}}", ""),
        ("backend: rocm, models: {chat: {ctxSize: 8192}}, extraArgs: [-fa, '0']", "error"),
        ("backend: rocm, models: {chat: {ctxSize: 8192}}", ""),
        ("backend: vulkan, models: {chat: {flashAttn: false, ctxSize: 8192}}", ""),
    ],
)
def test_a_long_context_on_rocm_needs_flash_attention(run: Run, written: str, severity: str) -> None:
    found = run(at("rocm", flow(written)))
    reported = [finding.severity for finding in found if finding.rule == "programs/long-without-flash-attention"]
    assert reported == ([severity] if severity else [])


def test_the_build_in_the_fix_is_not_a_known_bad_one(run: Run) -> None:
    [found] = run("rocm: {build: 10030, models: {chat: {cacheTypeK: q8_0, cacheTypeV: q4_0}}}")
    build = found.fix.rpartition("build ")[2].split()[0]
    types = {"cacheTypeK": "q8_0", "cacheTypeV": "q4_0"}
    assert [finding.severity for finding in run(at("rocm.build", int(build), "rocm.models.chat", types))] == ["hint"]
