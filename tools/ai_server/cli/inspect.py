"""inspect: what a plan needs to know about model files."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ai_server.cli.options import Yes
from ai_server.errors import UserError

if TYPE_CHECKING:
    from ai_server.memory.facts_file import Facts
    from ai_server.memory.model import ModelFacts

KIB = 2**10
KINDS = ("gguf", "hf")
"""The folders of models below the models folder, as in the values of this repository."""
COLUMNS = ("model", "architecture", "size", "quantisation", "layers", "context", "KV per token", "files")


def inspect(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE|FOLDER]...",
            help="GGUF files, safetensors folders, or folders with some; by default, all of --models.",
        ),
    ] = None,
    models: Annotated[
        Path | None,
        typer.Option(
            "--models", metavar="FOLDER", help="Folder of the models on the nodes; by default, /data/ai-models."
        ),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Facts file to write; json prints it instead.")
    ] = "",
    script: Annotated[
        bool, typer.Option("--script", help="Print a program that does this on a node that only has Python.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Show the sizes and the shape of model files, and write them down for ai-server plan --facts.

    Only headers are read, never weights. On a node without ai-server: ai-server inspect --script > read_models.py,
    copy it there, then python3 read_models.py > facts.json.

    Exit status: 0 all files were read, 1 some are broken or incomplete, 2 the command was misused.
    """
    if script:
        from ai_server.memory.script import script as text

        print(text(), end="")
        return
    from ai_server.memory import inspection

    default = models or Path(inspection.MODELS)
    if not paths and not default.is_dir():
        raise UserError("no model was named, and there is no folder " + str(default), hint="name files or folders")
    facts = inspection.inspect(map(str, paths or [default]), str(models or ""))
    _show(facts, output, yes=yes)
    for line in _relative_to(paths or [], models, output):
        print(line, file=sys.stderr)
    for name, problem in sorted(facts.errors.items()):
        print(f"ai-server: {name}: {problem}", file=sys.stderr)
    if facts.errors:
        raise typer.Exit(1)


def _relative_to(paths: list[Path], models: Path | None, output: str) -> Iterator[str]:
    """What to say about folders that are probably parts of a models folder: the names in values begin above them."""
    for path in paths:
        folder = path.absolute()
        if models or folder.name not in KINDS or not folder.is_dir():
            continue
        yield f"names are relative to {path}: {folder.name}/ is not part of them"
        if output:
            same = "" if output == "json" else f" --output {output}"
            yield f"for values with {folder.name}/...: ai-server inspect --models {folder.parent}{same}"


def _show(facts: "Facts", output: str, *, yes: bool) -> None:
    """Prints the table, the JSON, or the name of the file that was written."""
    from ai_server.cli import show
    from ai_server.cli.asking import write

    if output == "json":
        print(facts.text(), end="")
        return
    if facts.models or facts.folders:
        show.print_table(COLUMNS, _rows(facts))
    if output and (facts.models or facts.folders):
        file = Path(output)
        write(file, facts.text(yaml=file.suffix != ".json"), yes=yes)
        print(f"wrote {file}; next: ai-server plan -f my.yaml --facts {file}", file=sys.stderr)


def _rows(facts: "Facts") -> list[tuple[str, ...]]:
    """A row for each model, GGUF files first."""
    from ai_server.cli.plans.words import amount
    from ai_server.memory.settings import VllmSettings
    from ai_server.memory.vllm_kv import kv_bytes_per_token

    files = [
        (
            name,
            model.architecture,
            amount(model.file_bytes),
            facts.quantisations.get(name, ""),
            _count(model.number("block_count", 0)),
            _count(model.number("context_length", 0)),
            _per_token(model),
            _count(model.files),
        )
        for name, model in sorted(facts.models.items())
    ]
    folders = [
        (
            name,
            folder.model_type,
            amount(folder.weights),
            folder.quantization or folder.dtype,
            _count(sum(layers.count for layers in folder.layers)),
            _count(folder.context),
            _kib(kv_bytes_per_token(folder, VllmSettings())),
            "",
        )
        for name, folder in sorted(facts.folders.items())
    ]
    return [*files, *folders]


def _per_token(model: "ModelFacts") -> str:
    """What a token takes in a KV cache of f16; "" for a file that is not a model of its own, such as a projector."""
    from ai_server.memory.kv import bytes_per_token
    from ai_server.memory.layers import layers_of
    from ai_server.memory.settings import LlamaSettings

    try:
        return _kib(bytes_per_token(layers_of(model), LlamaSettings()))
    except UserError:
        return ""


def _kib(size: int) -> str:
    return f"{size / KIB:,.1f} KiB" if size else ""


def _count(number: int) -> str:
    """A number for people; "" for 0, such as the context of a projector."""
    return f"{number:,}" if number else ""
