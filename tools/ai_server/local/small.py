"""A llama-server on this machine with one model, for those who have neither a server nor an address."""

import os
import shutil
from pathlib import Path

from ai_server.errors import UserError
from ai_server.local.backends import Backend, mode_of, public_name
from ai_server.local.container import Process
from ai_server.paths import cache

CONTEXT = 8192
GGUF = b"GGUF"
"""How a model file starts."""
NOTHING = "there is no model to talk to: no Ollama or llama-server answers on this machine"
CHOICES = """use one of these:
  --backend URL        the address of a server that you have
  ollama serve         an Ollama with at least one model (ollama pull llama3.2), which is then found
  --model FILE.gguf    a model file, with llama-server on PATH (brew install llama.cpp, or llama.cpp's releases)"""


def llama_server() -> Path | None:
    """llama-server on PATH, or the newest that a clone has built."""
    on_path = shutil.which("llama-server")
    built = sorted((cache() / "flags").glob("llama-server-*/build/bin/llama-server"))
    return Path(on_path) if on_path else built[-1] if built else None


def model_file() -> Path | None:
    """The small model that the laboratory puts into the cache; others there may be random numbers."""
    return next(iter(sorted((cache() / "models" / "gguf").glob("SmolLM2-*.gguf"))), None)


def process(model: Path | None, port: int, folder: Path) -> tuple[Process, Backend]:
    """What serves a model file on a port, and the backend that it is. UserError if the program or the file is missing.

    model: None for the one in the cache.
    """
    if model:
        _must_be_model(model)
    program, file = llama_server(), model or model_file()
    if not program or not file:
        why = ", and PATH has no llama-server" if model else ""
        raise UserError(f"{'--model' if model else NOTHING}{why}", hint=CHOICES, code=1)
    name = public_name(f"./{file.name}")
    command = [str(program), "--host", "127.0.0.1", "--port", str(port), "--model", str(file.resolve())]
    command += ["--alias", name, "--ctx-size", str(CONTEXT)]
    mode = mode_of(name)
    command += {"embedding": ["--embedding"], "rerank": ["--reranking"]}.get(mode, [])
    env = {"HOME": str(Path.home()), **{key: os.environ[key] for key in os.environ if "VISIBLE_DEVICES" in key}}
    return Process(command, env, port, folder), Backend(
        name, f"hosted_vllm/{name}", f"http://127.0.0.1:{port}/v1", mode
    )


def _must_be_model(model: Path) -> None:
    """UserError for what is not a model file."""
    if model.is_dir():
        raise UserError(f"--model {model}: is a folder", hint="name the .gguf file in it")
    try:
        with model.open("rb") as file:
            start = file.read(len(GGUF))
    except FileNotFoundError:
        raise UserError(f"--model {model}: there is no such file") from None
    if start != GGUF:
        raise UserError(f"--model {model}: is not a GGUF file", hint="llama-server reads GGUF files only")
