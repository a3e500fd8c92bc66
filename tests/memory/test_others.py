"""ComfyUI and the speech server: the estimates hold what was measured, and depend on files as they should."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_server.memory.figures import process
from ai_server.memory.others import Device, comfyui_files, comfyui_terms, speech_terms
from ai_server.memory.terms import GIB, MIB, Term

MB, GB = 10**6, 10**9
FLUX = {"checkpoints/flux1-dev-fp8.safetensors": 17_250_000_000}
QWEN = {
    "diffusion_models/qwen_image_fp8_e4m3fn.safetensors": 20_400_000_000,
    "text_encoders/qwen_2.5_vl_7b_fp8_scaled.safetensors": 9_380_000_000,
    "vae/qwen_image_vae.safetensors": 254_000_000,
}
WAN = {
    "diffusion_models/wan2.2_t2v_high_noise_14B_fp8_scaled.safetensors": 14_290_000_000,
    "diffusion_models/wan2.2_t2v_low_noise_14B_fp8_scaled.safetensors": 14_290_000_000,
    "text_encoders/umt5_xxl_fp8_e4m3fn_scaled.safetensors": 6_740_000_000,
    "vae/wan_2.1_vae.safetensors": 254_000_000,
}


def total(terms: list[Term], where: str = "") -> int:
    """The planned bytes, of the device or the host or both."""
    return sum(term.bytes for term in terms if where in ("", term.where))


@pytest.mark.parametrize(
    ("model", "compute_type", "device", "measured"),
    [
        pytest.param("large-v2", "float16", "cuda", 4525, id="SYSTRAN/faster-whisper, README.md"),
        pytest.param("large-v2", "int8", "cuda", 2926, id="SYSTRAN/faster-whisper, README.md"),
        pytest.param("small", "float32", "cpu", 2257, id="SYSTRAN/faster-whisper, README.md"),
        pytest.param("small", "int8", "cpu", 1477, id="SYSTRAN/faster-whisper, README.md"),
        pytest.param("large-v3", "float16", "cuda", 4521, id="SYSTRAN/faster-whisper#1030"),
        pytest.param("large-v3", "int8", "cuda", 2953, id="SYSTRAN/faster-whisper#1030"),
        pytest.param("distil-large-v3", "float16", "cuda", 2409, id="SYSTRAN/faster-whisper#1030"),
        pytest.param("distil-large-v3", "int8", "cuda", 1481, id="SYSTRAN/faster-whisper#1030"),
        pytest.param("large-v3-turbo", "float16", "cuda", 2537, id="SYSTRAN/faster-whisper#1030"),
        pytest.param("large-v3-turbo", "int8", "cuda", 1545, id="SYSTRAN/faster-whisper#1030"),
    ],
)
def test_whisper_is_never_below_what_was_measured(model: str, compute_type: str, device: Device, measured: int) -> None:
    terms = speech_terms([f"Systran/faster-whisper-{model}"], compute_type, device)
    where = "host" if device == "cpu" else "device"
    assert measured * MB <= total(terms, where) <= 2 * measured * MB
    assert sum(term.certain for term in terms if term.where == where) <= measured * MB


@pytest.mark.parametrize(
    ("device", "measured"),
    [
        pytest.param("cpu", 837, id="k2-fsa/sherpa-onnx#2137"),
        pytest.param("cuda", 1070, id="remsky/Kokoro-FastAPI#15: 1020 MiB"),
    ],
)
def test_kokoro_is_never_below_what_was_measured(device: Device, measured: int) -> None:
    terms = speech_terms(["speaches-ai/Kokoro-82M-v1.0-ONNX"], "default", device)
    kokoro = next(term for term in terms if "Kokoro" in term.name)
    assert measured * MB <= kokoro.bytes <= 1.5 * measured * MB


def test_without_models_the_speech_server_may_load_the_largest_but_nothing_is_certain() -> None:
    terms = speech_terms([], "float16", "cuda")
    assert total(terms) > 6 * GB
    assert sum(term.certain for term in terms) < 1.5 * GB


def test_an_unknown_model_counts_as_the_largest_whisper() -> None:
    assert total(speech_terms(["nvidia/parakeet"], "float16", "cuda")) == total(
        speech_terms(["openai/whisper-large-v3"], "float16", "cuda")
    )


@pytest.mark.parametrize(
    ("files", "least", "most"),
    [
        pytest.param(FLUX, 17.25 * GB, 30 * GIB, id="FLUX.1 fp8: 15 GB of 16 used, balazik/ComfyUI-PuLID-Flux#13"),
        pytest.param(QWEN, 0.86 * 24 * GB, 45 * GIB, id="Qwen-Image fp8: 86 % of 24 GB, Comfy-Org/docs qwen-image.mdx"),
        pytest.param(
            WAN, 0.84 * 24 * GB, 50 * GIB, id="Wan 2.2 fp8: 84 % of 24 GB, workflow_templates video_wan2_2_14B_i2v"
        ),
    ],
)
def test_comfyui_is_never_below_what_was_measured(files: dict[str, int], least: float, most: float) -> None:
    assert least <= total(comfyui_terms(files), "device") <= most


def test_the_workflow_that_takes_most_counts_and_not_all_of_them() -> None:
    assert total(comfyui_terms(FLUX | QWEN)) == total(comfyui_terms(QWEN))
    assert total(comfyui_terms(FLUX | WAN)) == total(comfyui_terms(WAN))


def test_both_experts_of_wan_are_in_memory() -> None:
    one = {path: size for path, size in WAN.items() if "low" not in path}
    assert total(comfyui_terms(WAN)) - total(comfyui_terms(one)) == 14_290_000_000


def step(files: dict[str, int]) -> int:
    """What a step takes."""
    return next(term.bytes for term in comfyui_terms(files) if term.name == "a step")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(FLUX, 2178 * 128 * 128 * 64 * 2, id="decoding: memory_used_decode of AutoencoderKL, comfy/sd.py"),
        pytest.param(
            WAN, int(21 * 90 * 160 * 2 * 0.01 * 2.3 * MIB), id="sampling: memory_required, comfy/model_base.py"
        ),
    ],
)
def test_a_step_is_what_comfyui_estimates(files: dict[str, int], expected: int) -> None:
    assert step(files) == expected


def test_a_model_that_is_not_known_takes_the_largest_step() -> None:
    assert step({"checkpoints/mine.safetensors": GB}) >= max(step(FLUX), step(QWEN))


@pytest.mark.parametrize(("request_bytes", "expected"), [(40 * GIB, 40 * GIB), (0, 34_360 * MB)])
def test_without_files_comfyui_takes_what_it_requests_else_a_large_model(request_bytes: int, expected: int) -> None:
    assert total(comfyui_terms({}, request_bytes)) == expected


def test_files_are_found_in_comfyuis_folders(tmp_path: Path) -> None:
    for path in ("checkpoints/a/b.safetensors", "vae/c.sft", "loras/d.safetensors", "checkpoints/put_here.txt"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(bytes(10))
    assert comfyui_files(tmp_path) == {"checkpoints/a/b.safetensors": 10, "vae/c.sft": 10}


def test_processes_have_a_source() -> None:
    for term in (process("vllm"), process("comfyui"), process("speaches")):
        assert term.where == "host"
        assert "measured" in term.source


SIZES = st.integers(0, 100 * GB)
FOLDERS = st.sampled_from(["checkpoints", "diffusion_models", "unet", "text_encoders", "clip", "vae"])
NAMES = st.sampled_from(["flux", "sd_xl", "wan2.2_high_noise", "wan2.2_low_noise", "v1-5", "other"])
FILES = st.dictionaries(st.builds("{}/{}.safetensors".format, FOLDERS, NAMES), SIZES)


@given(FILES, st.integers(0, 10 * GB))
def test_a_larger_file_never_takes_less(files: dict[str, int], more: int) -> None:
    for path, size in files.items():
        assert total(comfyui_terms(files | {path: size + more})) >= total(comfyui_terms(files))


@given(FILES, SIZES)
def test_no_term_is_negative_or_certain_beyond_its_bytes(files: dict[str, int], request_bytes: int) -> None:
    for term in comfyui_terms(files, request_bytes):
        assert 0 <= term.certain <= term.bytes
        assert term.source
