"""The reader agrees with ggml itself, whose C code is compiled here: on types, and on which files are GGUF files."""

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from ai_server.memory.ggml_types import TYPES
from ai_server.memory.gguf import GgufError, read
from tests.agreement.installed import NotInstalledError, llama_server
from tests.memory.test_gguf import SPOILED, rich

PROGRAM = Path(__file__).with_name("ggml_itself.c")
FILES = int(os.environ.get("AI_SERVER_GGUF_FILES", "1500"))
STRICTER = ("the name of ", "claims")
"""What only our reader rejects: names that nobody can read, and counts beyond those of real files."""


@pytest.fixture(scope="module")
def ggml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program with ggml's own code."""
    compiler = shutil.which("g++")
    try:
        build = llama_server().parents[1]
    except NotInstalledError as error:
        pytest.skip(str(error))
    if not compiler:
        pytest.skip("g++ is not installed")
    [include] = build.parent.glob("*/llama.cpp/ggml/include")
    program = tmp_path_factory.mktemp("ggml") / "ggml"
    source = ["-x", "c++", "-fpermissive", "-w", PROGRAM, "-x", "none", build / "ggml" / "src" / "libggml-base.a"]
    subprocess.run([compiler, f"-I{include}", *source, "-fopenmp", "-o", program], check=True)
    return program


def said(program: Path, files: list[Path]) -> list[str]:
    """What ggml prints about some files, a line each."""
    return subprocess.run([program, *files], check=True, capture_output=True).stdout.decode().splitlines()


def test_the_types_are_those_of_ggml(ggml: Path) -> None:
    assert [f"{number} {' '.join(map(str, row))}" for number, row in TYPES.items()] == said(ggml, [])


def verdict(path: Path) -> str:
    """What our reader finds, as ggml's program prints it; "incomplete" where only data is missing."""
    try:
        header = read(path)
    except GgufError as error:
        if "is incomplete" in str(error):
            return "incomplete"
        return "stricter" if any(word in str(error) for word in STRICTER) else "rejected"
    size = sum(tensor.bytes for tensor in header.tensors)
    return f"{len(header.metadata)} {len(header.tensors)} {header.data_offset} {size}"


def test_it_rejects_what_ggml_rejects_and_reads_the_rest_alike(ggml: Path, tmp_path: Path) -> None:
    chance, content = random.Random(16), rich().header()
    for number in range(FILES):
        spoiled = bytearray(content)
        for _ in range(chance.randint(0, 2)):
            spoiled[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        (tmp_path / f"{number:05}.gguf").write_bytes(spoiled + bytes(1024))
    for number, file in enumerate(SPOILED.values()):
        file.write(tmp_path / f"spoiled-{number}.gguf")
    files = sorted(tmp_path.glob("*.gguf"))
    verdicts = [(verdict(file), theirs, file.name) for file, theirs in zip(files, said(ggml, files), strict=True)]
    differ = [row for row in verdicts if row[0] != row[1] and row[0] not in ("stricter", "incomplete")]
    assert differ == []
    assert sum(ours == theirs != "rejected" for ours, theirs, _ in verdicts) > FILES / 4
