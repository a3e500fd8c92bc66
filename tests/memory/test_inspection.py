"""The facts of model files: from files and folders, through a facts file, and by the program for nodes."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ai_server.errors import UserError
from ai_server.memory.facts_file import load
from ai_server.memory.gguf import GgufError
from ai_server.memory.inspection import inspect, main
from ai_server.memory.script import modules, script
from ai_server.memory.shards import merged, read_parts
from tests.memory.gguf_file import STRING, UINT32, GgufFile, keys, value
from tests.tools.test_cli import run


def split(
    folder: Path, *, count: int = 3, said: int = 3, numbers: tuple[int, ...] = (0, 1, 2), tensors: int = 3
) -> Path:
    """A model in three files with a tensor each; the path of the second."""
    for number in range(count):
        of_split = [("split.no", numbers[number]), ("split.count", said), ("split.tensors.count", tensors)]
        metadata = [*(keys() if number == 0 else []), *((key, value(UINT32, content)) for key, content in of_split)]
        part = GgufFile(metadata, [(f"blk.{number}.attn_q.weight", 0, (8,), 32)])
        part.write(folder / f"big-{number + 1:05}-of-{count:05}.gguf")
    return folder / f"big-00002-of-{count:05}.gguf"


def test_all_parts_are_found_by_the_name_of_any(tmp_path: Path) -> None:
    second = split(tmp_path)
    header = merged(read_parts(str(second)))
    assert [tensor.name for tensor in header.tensors] == [f"blk.{number}.attn_q.weight" for number in range(3)]
    assert header.file_bytes == sum(file.stat().st_size for file in tmp_path.iterdir())
    assert header.architecture == "llama"


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"said": 4}, "is one of 4 parts, but its name says that it is one of 3"),
        ({"numbers": (0, 2, 1)}, "split.no is 2 instead of 1: the file has the name of another part"),
        ({"tensors": 4}, "has 4 tensors, its parts have 3: they are not all of the same model"),
    ],
)
def test_parts_that_do_not_belong_together_are_an_error(tmp_path: Path, how: dict[str, int], expected: str) -> None:
    with pytest.raises(GgufError, match=expected):
        read_parts(str(split(tmp_path, **how)))  # type: ignore[arg-type]


def test_missing_parts_are_named(tmp_path: Path) -> None:
    split(tmp_path).unlink()
    with pytest.raises(GgufError, match=r"1 of 3 parts is missing: big-00002-of-00003\.gguf"):
        read_parts(str(tmp_path / "big-00001-of-00003.gguf"))


def test_a_part_without_its_name_is_an_error(tmp_path: Path) -> None:
    split(tmp_path)
    renamed = (tmp_path / "big-00001-of-00003.gguf").rename(tmp_path / "big.gguf")
    with pytest.raises(GgufError, match=r"is one of 3 parts, but its name does not say which"):
        read_parts(str(renamed))


def models(folder: Path) -> Path:
    """A folder with models: one file, a split one, a projector, a broken one, and a link to itself."""
    (folder / "gguf").mkdir()
    GgufFile().write(folder / "gguf" / "small.gguf")
    GgufFile(keys("clip")).write(folder / "gguf" / "mmproj.gguf")
    split(folder / "gguf")
    safetensors(folder / "hf" / "Small")
    (folder / "gguf" / "broken.gguf").write_bytes(b"GGUF")
    (folder / "gguf" / "again").symlink_to(folder, target_is_directory=True)
    return folder


def safetensors(folder: Path) -> Path:
    """A folder with a model in safetensors, of one layer and one tensor."""
    folder.mkdir(parents=True)
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 64, "hidden_size": 256}
    config = {
        "model_type": "llama",
        "num_hidden_layers": 1,
        "vocab_size": 100,
        "max_position_embeddings": 4096,
        **heads,
    }
    (folder / "config.json").write_text(json.dumps({**config, "torch_dtype": "bfloat16"}))
    header = json.dumps(
        {"model.embed_tokens.weight": {"dtype": "BF16", "shape": [8], "data_offsets": [0, 16]}}
    ).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(16))
    return folder


SPLIT = "gguf/big-00001-of-00003.gguf"


def test_a_folder_is_searched_and_names_are_relative_to_it(tmp_path: Path) -> None:
    facts = inspect([str(models(tmp_path))])
    assert set(facts.models) == {"gguf/small.gguf", "gguf/mmproj.gguf", SPLIT}
    assert (facts.models[SPLIT].files, facts.models["gguf/mmproj.gguf"].architecture) == (3, "clip")
    assert facts.quantisations["gguf/small.gguf"] == "f16"
    assert facts.errors["gguf/broken.gguf"].startswith("is truncated")


def test_names_are_relative_to_the_models_folder(tmp_path: Path) -> None:
    folder = models(tmp_path)
    file = str(folder / "gguf" / "small.gguf")
    assert list(inspect([file], str(folder)).models) == ["gguf/small.gguf"]
    assert list(inspect([file]).models) == ["small.gguf"]
    assert list(inspect([file], str(folder / "other")).models) == [file]


@pytest.mark.parametrize("argument", [".", "hf", "hf/Small", "hf/Small/", "hf/Small/model.safetensors"])
def test_a_folder_of_safetensors_is_a_model(tmp_path: Path, argument: str, monkeypatch: pytest.MonkeyPatch) -> None:
    safetensors(tmp_path / "hf" / "Small")
    monkeypatch.chdir(tmp_path)
    facts = inspect([argument], str(tmp_path))
    assert (list(facts.folders), facts.errors) == (["hf/Small"], {})
    assert (facts.folder("./hf/Small/") or facts).weights == 16  # type: ignore[union-attr]


def test_a_broken_folder_of_safetensors_is_an_error(tmp_path: Path) -> None:
    (safetensors(tmp_path / "Small") / "config.json").write_text("{}")
    assert inspect([str(tmp_path)]).errors == {"Small": "config.json has no num_hidden_layers"}


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    assert "has no model: no *.gguf file" in inspect([str(tmp_path)]).errors[str(tmp_path)]


@pytest.mark.parametrize("yaml", [False, True])
def test_a_facts_file_has_the_facts(tmp_path: Path, yaml: bool) -> None:
    facts, file = inspect([str(models(tmp_path))]), tmp_path / "facts"
    file.write_text(facts.text(yaml=yaml))
    again = load(file)
    assert again.folders == facts.folders != {}
    assert (again.models, again.quantisations, again.errors) == (facts.models, facts.quantisations, facts.errors)
    assert again.model("./gguf/big-00002-of-00003.gguf") == facts.models[SPLIT]
    assert (again.source("gguf/small.gguf"), again.model("gguf/other.gguf")) == (str(file), None)


def test_the_second_of_two_facts_files_wins(tmp_path: Path) -> None:
    first, second = inspect([str(models(tmp_path))]), inspect([str(tmp_path / "gguf" / "small.gguf")], str(tmp_path))
    second.models["gguf/small.gguf"] = first.models[SPLIT]
    assert (first | second).models["gguf/small.gguf"] == first.models[SPLIT]
    assert len((first | second).models) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rocm: {}", "is not a facts file: it has no version"),
        ("- 1", "is not a facts file"),
        ("version: 2", "version: is 2; this program reads version 1"),
        ("{version: 1, model: {}}", "model: is not a key of a facts file"),
        ("{version: 1, models: [a]}", "models: is not a map of files"),
        ("version: 1\nmodels:\n  a.gguf: {architecture: llama}", "models: a.gguf: not the facts of a model: it lacks"),
        ("version: 1\nmodels:\n  a.gguf: 3", "models: a.gguf: is not a map of facts"),
        ("version: 1\nfolders: {a: {name: a}}", "folders: a: "),
        ('{"version": 1,', "is neither JSON nor YAML"),
        ("version: [", "is neither JSON nor YAML"),
    ],
)
def test_a_broken_facts_file_is_an_error_with_file_and_key(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "facts.yaml").write_text(text)
    with pytest.raises(UserError) as caught:
        load(tmp_path / "facts.yaml")
    assert caught.value.message.startswith(f"{tmp_path}/facts.yaml: {expected}")
    assert caught.value.hint


def test_the_program_for_nodes_prints_the_same_with_a_bare_python(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # saved under the name of one of Python's own modules
    (tmp_path / "inspect.py").write_text(script())
    folder = models(tmp_path)
    bare = [sys.executable, "-E", "-S", "-s", "inspect.py", "--models", folder]
    done = subprocess.run(bare, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == main(["--models", str(folder), str(folder)]) == 1
    assert (done.stdout, done.stderr) == capsys.readouterr()
    assert re.fullmatch(r"gguf/broken\.gguf: is truncated: .*\n", done.stderr)


def test_the_program_for_nodes_fits_into_an_argument_of_a_pod() -> None:
    assert len(script().encode()) < 100_000  # Linux allows 128 KiB


def test_the_program_for_nodes_consists_of_modules_that_need_only_python() -> None:
    texts = modules("ai_server.memory.inspection")
    needed = {
        (node.module or "").partition(".")[0]
        if isinstance(node, ast.ImportFrom)
        else node.names[0].name.partition(".")[0]
        for text in texts.values()
        for node in ast.parse(text, feature_version=(3, 10)).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert needed - {"ai_server"} <= sys.stdlib_module_names
    assert list(texts)[-1] == "ai_server.memory.inspection"


@pytest.mark.parametrize("name", ["ggml_types", "gguf_bytes", "gguf", "shards"])
def test_the_reader_has_the_syntax_of_python_3_8(name: str) -> None:
    ast.parse(modules("ai_server.memory.inspection")[f"ai_server.memory.{name}"], feature_version=(3, 8))


def test_the_command_prints_a_table_and_reports_what_it_cannot_read(tmp_path: Path) -> None:
    done = run("inspect", str(models(tmp_path)))
    assert done.returncode == 1
    assert "gguf/small.gguf" in done.stdout
    assert re.search(r"hf/Small +llama .* bfloat16 +1 +4,096 +0.5 KiB", done.stdout)
    assert "ai-server: gguf/broken.gguf: is truncated" in done.stderr


def test_the_table_has_what_a_token_takes(tmp_path: Path) -> None:
    numbers = {"block_count": 2, "embedding_length": 256, "attention.head_count": 4, "attention.head_count_kv": 2}
    metadata = [(f"llama.{key}", value(UINT32, number)) for key, number in numbers.items()]
    named = [("general.architecture", value(STRING, "llama")), ("general.file_type", value(UINT32, 15)), *metadata]
    GgufFile([*named, ("llama.context_length", value(UINT32, 131072))]).write(tmp_path / "a.gguf")
    # 2 layers, 2 heads of 64, K and V in f16
    assert re.search(r"a\.gguf +llama +<?\d MiB +Q4_K_M +2 +131,072 +1\.0 KiB +1", run("inspect", str(tmp_path)).stdout)


def test_the_command_writes_a_facts_file(tmp_path: Path) -> None:
    file = tmp_path / "facts.yaml"
    GgufFile().write(tmp_path / "a.gguf")
    done = run("inspect", str(tmp_path), "--output", str(file))
    assert (done.returncode, list(load(file).models)) == (0, ["a.gguf"])
    assert f"ai-server plan -f my.yaml --facts {file}" in done.stderr


def test_the_command_prints_json_and_the_program_for_nodes(tmp_path: Path) -> None:
    GgufFile([("general.architecture", value(STRING, "bert"))]).write(tmp_path / "a.gguf")
    printed = json.loads(run("inspect", str(tmp_path), "--output", "json").stdout)
    assert printed["models"]["a.gguf"]["architecture"] == "bert"
    assert run("inspect", "--script").stdout == script()


def test_without_a_model_the_command_says_what_to_name(tmp_path: Path) -> None:
    done = run("inspect", "--models", str(tmp_path / "none"))
    assert (done.returncode, "name files or folders" in done.stderr) == (2, True)
