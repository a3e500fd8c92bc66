"""Measures how fast the header of a large GGUF file is read, compared with llama.cpp's Python package gguf and with
gguf-parser-go: a sparse file of more than 100 GB with a vocabulary of 262,144 tokens and as many merges.

`.venv/bin/python -m tests.bench.gguf [--runs N] [--output json]`; nothing here passes or fails.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import gguf
from rich.console import Console
from rich.table import Table

from ai_server.errors import UserError
from ai_server.lab.programs.builder import find_go
from ai_server.memory.gguf import read
from ai_server.paths import cache
from tests.bench.check import seconds
from tests.memory.gguf_file import F16, F32, FLOAT32, INT32, UINT32, GgufFile, keys, strings, value

MODULE, VERSION = "github.com/gpustack/gguf-parser-go", "0.28.2"
PROGRAM = Path(__file__).with_name("gguf_parser_go") / "main.go"
OURS, THEIRS = "ai-server", f"gguf-parser-go {VERSION}"
TOKENS, LAYERS, WIDTH, FEED_FORWARD = 262_144, 94, 8192, 24_576
"""The vocabulary of Gemma, and dimensions of a model of 100 billion parameters."""


def large_file(folder: Path) -> Path:
    """A file with a header as large as real ones; its weights are a hole, which takes no disk."""
    chance = random.Random(1)
    tokens = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz▁", k=chance.randint(1, 12))) for _ in range(TOKENS)]
    metadata = [
        *keys("llama"),
        ("llama.context_length", value(UINT32, 131_072)),
        ("tokenizer.ggml.tokens", strings(tokens)),
        ("tokenizer.ggml.merges", strings([f"{token[:4]} {token[4:]}" for token in tokens])),
        ("tokenizer.ggml.scores", value(FLOAT32, range(TOKENS))),
        ("tokenizer.ggml.token_type", value(INT32, [1] * TOKENS)),
    ]
    tensors = [("token_embd.weight", F16, (WIDTH, TOKENS), 2 * WIDTH * TOKENS)]
    for layer in range(LAYERS):
        tensors += [(f"blk.{layer}.{name}_norm.weight", F32, (WIDTH,), 4 * WIDTH) for name in ("attn", "ffn")]
        square = [f"blk.{layer}.attn_{name}.weight" for name in ("q", "k", "v", "output")]
        tensors += [(name, F16, (WIDTH, WIDTH), 2 * WIDTH**2) for name in square]
        wide = [f"blk.{layer}.ffn_{name}.weight" for name in ("gate", "up", "down")]
        tensors += [(name, F16, (WIDTH, FEED_FORWARD), 2 * WIDTH * FEED_FORWARD) for name in wide]
    return GgufFile(metadata, tensors).write(folder / "large.gguf")


def go_parser() -> Path:
    """The program that measures gguf-parser-go, built once into the cache; UserError if that fails."""
    folder = cache() / "bench" / f"gguf-parser-go-{VERSION}"
    if not (folder / "measure").is_file():
        print(f"build gguf-parser-go {VERSION} (2 minutes) ...", file=sys.stderr)
        go = find_go()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(PROGRAM, folder)
        for command in (["mod", "init", "measure"], ["get", f"{MODULE}@v{VERSION}"], ["build", "-o", "measure", "."]):
            done = subprocess.run([go, *command], cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode:
                raise UserError(f"go {command[0]} {command[1]}: {done.stderr.strip().splitlines()[-1]}")
    return folder / "measure"


def of_go(file: Path, runs: int) -> dict[str, float]:
    """The seconds of gguf-parser-go, for each way to use it."""
    done = subprocess.run([go_parser(), file, str(runs)], capture_output=True, text=True, check=True)
    rows = (line.split("\t") for line in done.stdout.splitlines())
    return {f"{THEIRS}, {way}": float(taken) for way, taken in rows}


def main() -> None:
    """Prints the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--output", choices=("text", "json"), default="text")
    options = parser.parse_args()
    skipped = ""
    with tempfile.TemporaryDirectory() as folder:
        file = large_file(Path(folder))
        size, on_disk = file.stat().st_size, os.stat(file).st_blocks * 512
        header = read(file)
        measured = {OURS: seconds(lambda: read(file), options.runs)}
        # seconds a run: one is enough
        measured["GGUFReader of PyPI's gguf"] = seconds(lambda: gguf.GGUFReader(file), 1)
        try:
            measured |= of_go(file, options.runs)
        except (UserError, subprocess.CalledProcessError) as error:
            skipped = f"{THEIRS} was not measured: {error}"
    ratios = {name: taken / measured[OURS] for name, taken in measured.items()}
    if options.output == "json":
        of_file = {"bytes": size, "header_bytes": header.data_offset, "tensors": len(header.tensors)}
        print(json.dumps({"file": of_file, "seconds": measured, "ratios": ratios, "skipped": skipped}, indent=2))
        return
    title = f"{size / 1e9:.0f} GB ({on_disk / 2**20:.0f} MiB on disk), header {header.data_offset / 2**20:.1f} MiB"
    table = Table(title, "seconds", "ratio")
    for name, taken in measured.items():
        table.add_row(name, f"{taken:.3f}", f"{ratios[name]:.2f}")
    Console(width=110).print(table)
    if skipped:
        print(skipped, file=sys.stderr)


if __name__ == "__main__":
    main()
