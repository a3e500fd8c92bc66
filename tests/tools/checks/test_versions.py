"""Builds and versions: the chart and the check read tags alike, and tags without a version are reported."""

import pytest

from ai_server.checks.facts.pins import build_of_tag
from tests.conftest import Rendered
from tests.render.common import ROCM, flag, llama
from tests.tools.checks.conftest import Run

TAGS = {
    "server-rocm-b11434": 11434,
    "b10039": 10039,
    "gfx1151-b7079": 7079,
    "rocm-b10039-patched": 10039,
    "web2": None,
    "gb200": None,
    "rocm-b12": None,
    "rocmb10039": None,
    "rocm-7.14": None,
}


@pytest.mark.parametrize(("tag", "build"), TAGS.items())
def test_the_chart_and_the_check_read_one_build(rendered: Rendered, tag: str, build: int | None) -> None:
    image = f"rocm: {{build: 11000, image: {{repository: me/llama, tag: {tag}}}}}"
    assert build_of_tag(tag) == build
    assert (flag(llama(rendered(ROCM, image)), "--load-mode") is None) is ((build or 11000) < 10875)


@pytest.mark.parametrize("tag", TAGS)
def test_the_charts_own_flags_are_not_blamed(run: Run, tag: str) -> None:
    found = run(f"rocm: {{image: {{repository: me/llama, tag: {tag}, platforms: [amd64]}}}}")
    assert [str(finding) for finding in found if "load-mode" in finding.rule] == []


@pytest.mark.parametrize(
    ("build", "severity"),
    [(7400, "error"), (10069, "error"), (10070, "warning"), (10141, "warning"), (10142, ""), (10874, "")],
)
def test_a_flag_that_a_build_may_know_is_a_warning(run: Run, build: int, severity: str) -> None:
    found = run(f"rocm: {{backend: vulkan, build: {build}, extraArgs: [--load-mode, none]}}")
    reported = [finding.severity for finding in found if finding.rule == "programs/load-mode-flag"]
    assert reported == ([severity] if severity else [])


TOOLBOX = "image: {repository: me/toolbox, tag: rocm-own, platforms: [amd64]}"


@pytest.mark.parametrize(
    ("rocm", "key"),
    [
        (TOOLBOX, "rocm.image.tag"),
        (f"nodes: {{halo: {{{TOOLBOX}}}}}", "rocm.nodes.halo.image.tag"),
        (f"build: 11349, {TOOLBOX}", ""),
        (f"build: 11349, nodes: {{halo: {{{TOOLBOX}}}}}", ""),
        ("image: {repository: me/toolbox, tag: rocm-b11349, platforms: [amd64]}", ""),
        ("image: {repository: me/toolbox, platforms: [amd64]}", ""),
    ],
)
def test_the_build_of_an_image_is_in_its_tag_or_in_the_values(run: Run, rocm: str, key: str) -> None:
    found = [finding for finding in run(f"rocm: {{{rocm}}}") if finding.rule == "versions/unknown-build"]
    assert [finding.key for finding in found] == ([key] if key else [])
    assert all(f"set {key.removesuffix('image.tag')}build to" in finding.fix for finding in found)


@pytest.mark.parametrize(
    ("build", "severity", "named"), [("", "warning", "b11434 (assumed)"), ("11434", "error", "b11434")]
)
def test_a_flag_is_rejected_only_where_the_build_is_known(run: Run, build: str, severity: str, named: str) -> None:
    found = run(f"rocm: {{{TOOLBOX}, extraArgs: [--no-mmap]{', build: ' + build if build else ''}}}")
    [reported] = [finding for finding in found if finding.rule == "programs/load-mode-flag"]
    assert (reported.severity, reported.message) == (severity, f"llama.cpp {named} exits on --no-mmap")


def test_a_tag_without_a_version_is_reported_as_not_checked(run: Run) -> None:
    found = run("litellm: {image: {tag: mine}}", also="not-checked")
    [reported] = [finding.message for finding in found if finding.rule == "versions/known-bad"]
    assert reported.startswith("the tag ghcr.io/berriai/litellm:mine has no version, so it was not compared")


@pytest.mark.parametrize("tag", ["v1.108.14", "v1.107.0"])
def test_a_tag_with_a_version_is_judged(run: Run, tag: str) -> None:
    found = run(f"litellm: {{image: {{tag: {tag}}}}}", also="not-checked")
    assert not any("has no version" in finding.message for finding in found)


def of_speech(run: Run, preset: str, tag: str, device: str) -> list[tuple[str, str]]:
    image = "{repository: ghcr.io/speaches-ai/speaches, tag: " + tag + "}"
    speech = f"speech: {{enabled: true, image: {image}, device: {device}, models: {{whisper: {{model: a/b}}}}}}"
    chat = "models: {chat: {file: gguf/chat.gguf}}"
    found = run(
        f"{preset}: {{gpuAccess: privileged, {chat}, nodes: {{halo: {{renderGroup: 991, {speech}}}}}}}", base=False
    )
    return [(finding.rule, finding.key.rpartition(".")[2]) for finding in found if "speech" in finding.key]


@pytest.mark.parametrize(
    ("preset", "tag", "device", "reported"),
    [
        ("gpu", "0.8.3-cuda", "cuda", []),
        ("gpu", "0.8.3-cuda-12.6.3", "cuda", []),
        ("gpu", "0.8.3-cpu", "cuda", [("programs/speech-setting", "device")]),
        ("gpu", "0.8.3-cpu", "cpu", []),
        ("rocm", "0.8.3-cuda", "cpu", [("versions/wrong-variant", "tag")]),
        ("rocm", "0.8.3-cuda", "cuda", [("programs/speech-setting", "device"), ("versions/wrong-variant", "tag")]),
        ("thor", "0.8.3-cuda", "cpu", [("versions/wrong-variant", "tag")]),
    ],
)
def test_speech_on_the_gpu_needs_a_cuda_image_where_it_can_run(
    run: Run, preset: str, tag: str, device: str, reported: list[tuple[str, str]]
) -> None:
    assert sorted(of_speech(run, preset, tag, device)) == reported


@pytest.mark.parametrize(("image", "noted"), [("", False), ("image: {tag: rocm7}", True)])
def test_only_a_tag_of_your_own_is_noted_for_having_no_version(run: Run, image: str, noted: bool) -> None:
    found = run(f"rocm: {{comfyui: {{enabled: true, {image}}}, gpuAccess: privileged}}", also="not-checked")
    assert any("rocm7 has no version" in finding.message for finding in found) == noted
