"""Which models are known by their files, and what is said about files that are missing or broken."""

import os
import re
from pathlib import Path

import pytest

from ai_server.memory.facts_file import Facts
from ai_server.memory.known import Known, KnownModels
from ai_server.memory.meant import better_folder, meant
from ai_server.memory.model import ModelFacts
from tests.memory.made import model as described
from tests.memory.releases import known, model
from tests.memory.test_inspection import safetensors, split
from tests.tools.test_cli import run


def folder(tmp_path: Path, *names: str) -> Path:
    """A models folder with GGUF files."""
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        described("llama1b").write(tmp_path / name)
    return tmp_path


def cut(file: Path) -> None:
    """Takes the last byte of a file."""
    os.truncate(file, file.stat().st_size - 1)


def at(models: Path, path: str) -> Known[ModelFacts]:
    return KnownModels(models).model_at(path)


def test_a_file_that_is_there_has_no_problem(tmp_path: Path) -> None:
    found = at(folder(tmp_path, "gguf/a.gguf"), "gguf/a.gguf")
    assert (found.how, found.problem, found.trouble) == ("file", "", "")


def test_a_broken_file_is_known_by_name_and_reported(tmp_path: Path) -> None:
    cut(folder(tmp_path, "gguf/qwen3-8b-q4_k_m.gguf") / "gguf/qwen3-8b-q4_k_m.gguf")
    found = at(tmp_path, "gguf/qwen3-8b-q4_k_m.gguf")
    assert (found.how, found.trouble, found.facts is None) == ("name", "broken", False)
    assert re.fullmatch(r"is incomplete: 1 byte of [\d.]+ GiB is missing", found.problem)


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_the_missing_part_is_named_whichever_it_is(tmp_path: Path, missing: int) -> None:
    split(tmp_path)
    (tmp_path / f"big-0000{missing}-of-00003.gguf").unlink()
    found = at(tmp_path, "big-00001-of-00003.gguf")
    assert (found.trouble, found.problem) == ("broken", f"1 of 3 parts is missing: big-0000{missing}-of-00003.gguf")


def test_a_broken_part_is_named(tmp_path: Path) -> None:
    split(tmp_path)
    cut(tmp_path / "big-00003-of-00003.gguf")
    assert at(tmp_path, "big-00001-of-00003.gguf").problem.startswith("big-00003-of-00003.gguf: is incomplete: 1 byte")


def test_a_broken_folder_is_reported(tmp_path: Path) -> None:
    safetensors(tmp_path / "hf" / "Small")
    cut(tmp_path / "hf" / "Small" / "model.safetensors")
    found = KnownModels(tmp_path).folder_at("hf/Small")
    assert (found.trouble, found.problem) == ("broken", "model.safetensors is truncated: 1 byte is missing")


def test_a_missing_folder_is_reported_with_the_one_that_was_meant(tmp_path: Path) -> None:
    safetensors(tmp_path / "hf" / "Small")
    found = KnownModels(tmp_path).folder_at("hf/small")
    assert (found.trouble, found.problem, found.meant) == ("missing", f"is not in {tmp_path}", "hf/Small")


@pytest.mark.parametrize("path", ["", "/elsewhere/a.gguf"])
def test_what_is_not_below_the_models_folder_is_not_missing(tmp_path: Path, path: str) -> None:
    assert (at(tmp_path, path).problem, KnownModels(tmp_path).folder_at(path).problem) == ("", "")


def test_a_file_of_the_facts_need_not_be_in_the_folder(tmp_path: Path) -> None:
    assert KnownModels(tmp_path, known(a=model(8)).facts).model_at("gguf/a.gguf").how == "file"


def test_an_error_of_the_facts_is_a_problem() -> None:
    found = KnownModels(facts=Facts(errors={"gguf/a-00001-of-00002.gguf": "is cut"})).model_at(
        "gguf/a-00002-of-00002.gguf"
    )
    assert (found.trouble, found.problem) == ("broken", "is cut")


@pytest.mark.parametrize("second_is_broken", [False, True])
def test_of_two_facts_files_the_second_says_whether_a_file_is_broken(second_is_broken: bool) -> None:
    good, broken = known(a=model(8)).facts or Facts(), Facts(errors={"gguf/a.gguf": "is cut"})
    facts = good | broken if second_is_broken else broken | good
    assert KnownModels(facts=facts).model_at("gguf/a.gguf").problem == ("is cut" if second_is_broken else "")
    assert (list(facts.errors), list(facts.models)) == (
        (["gguf/a.gguf"], []) if second_is_broken else ([], ["gguf/a.gguf"])
    )


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("gguf/chatt-q4_k_m.gguf", "is not in the facts, which has gguf/chat-q4_k_m.gguf"),
        ("gguf/chat-q4_k_s.gguf", ""),
        ("gguf/other.gguf", ""),
    ],
    ids=["a letter too many", "another quantisation: of another node", "another model: of another node"],
)
def test_a_file_that_no_facts_file_has_is_only_reported_if_one_is_very_near(path: str, problem: str) -> None:
    facts = Facts(models={"gguf/chat-q4_k_m.gguf": model(8)})
    assert KnownModels(facts=facts).model_at(path).problem == problem


def test_names_alone_are_never_a_problem() -> None:
    assert KnownModels().model_at("gguf/no-such-file.gguf").problem == ""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("gguf/gemma.gguf", "gguf/Gemma.gguf"),
        ("gemma.gguf", "gguf/Gemma.gguf"),
        ("gguf/gemma/gemma.gguf", "gguf/Gemma.gguf"),
        ("gguf/gema.gguf", "gguf/Gemma.gguf"),
        ("gguf/large.gguf", "gguf/large-00001-of-00002.gguf"),
        ("gguf/large-00001-of-00003.gguf", "gguf/large-00001-of-00002.gguf"),
        ("gguf/qwen3-8b.gguf", ""),
        ("gguf/twice.gguf", ""),
        ("hf/gemma", ""),
    ],
    ids=["case", "folder above", "folder below", "letter", "split", "split", "number", "two of them", "not a folder"],
)
def test_a_near_name_is_suggested(path: str, expected: str) -> None:
    names = ["gguf/Gemma.gguf", "gguf/large-00001-of-00002.gguf", "gguf/qwen3-4b.gguf", "a/twice.gguf", "b/twice.gguf"]
    assert meant(path, names) == expected


@pytest.mark.parametrize(
    ("given", "expected"), [("um/gguf", "um"), (".", "um"), ("um/hf", "um"), ("other", None)], ids=str
)
def test_the_folder_above_or_below_is_suggested(tmp_path: Path, given: str, expected: str | None) -> None:
    folder(tmp_path, "um/gguf/a.gguf")
    (tmp_path / "um" / "hf").mkdir()
    (tmp_path / "other").mkdir()
    better = better_folder(tmp_path / given, ["gguf/a.gguf", "gguf/b.gguf"])
    assert better == (tmp_path / expected if expected else None)


def test_inspect_names_a_path_that_is_not_there(tmp_path: Path) -> None:
    done = run("inspect", str(tmp_path / "nope"))
    assert (done.returncode, f"{tmp_path}/nope: cannot be read" in done.stderr) == (1, True)


def test_inspect_says_that_names_lack_the_folder_of_their_kind(tmp_path: Path) -> None:
    folder(tmp_path, "um/gguf/a.gguf")
    lines = run("inspect", str(tmp_path / "um" / "gguf"), "-o", str(tmp_path / "f.yaml")).stderr.splitlines()
    assert f"names are relative to {tmp_path}/um/gguf: gguf/ is not part of them" in lines
    assert f"for values with gguf/...: ai-server inspect --models {tmp_path}/um --output {tmp_path}/f.yaml" in lines


@pytest.mark.parametrize("arguments", [["um"], ["um/gguf", "--models", "um"]], ids=["above", "with --models"])
def test_inspect_does_not_say_so_about_complete_names(tmp_path: Path, arguments: list[str]) -> None:
    folder(tmp_path, "um/gguf/a.gguf")
    paths = [name if name.startswith("--") else str(tmp_path / name) for name in arguments]
    assert run("inspect", *paths).stderr == ""
