"""What the memory of a model depends on: the architecture, the hyperparameters and the weights' bytes of its file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ai_server.errors import UserError
from ai_server.memory.groups import Group, as_runs, from_runs
from ai_server.memory.tensors import HeaderLike, Parts, Size

Value = int | float | bool | tuple[int | float | bool, ...]
DAMAGED = "download the file again, or convert the model again"


@dataclass(frozen=True)
class ModelFacts:
    """A model's facts, small enough to write down.

    hyperparameters: the numbers of the file's metadata, without the architecture's prefix; an array has a value per
    layer. vocabulary: tokens, 0 without any. input, layers, output: the weights; embedding: the part of input that a
    model without output weights has a second time, in its output layer. files: how many the model is split into.
    experts, feed_forward: what of each layer flags can leave on the host; () if no layer has any, or if the facts were
    written before that was a fact. file: its name, for errors; not a fact.
    """

    architecture: str
    hyperparameters: Mapping[str, Value]
    vocabulary: int
    input: Size
    layers: tuple[Size, ...]
    output: Size
    embedding: Size
    own_output: bool
    file_bytes: int
    files: int = 1
    experts: tuple[Group, ...] = ()
    feed_forward: tuple[Group, ...] = ()
    file: str = field(default="the model", compare=False)

    @classmethod
    def of(cls, header: HeaderLike, *shards: HeaderLike, file: str = "the model") -> ModelFacts:
        """The facts of a file, or of all files of a split model, the first one first. UserError if keys are missing."""
        architecture = header.metadata.get("general.architecture")
        if not isinstance(architecture, str):
            raise missing("general.architecture", file)
        numbers = dict(_hyperparameters(header.metadata, f"{architecture}."))
        headers = (header, *shards)
        parts = Parts.of(tensor for part in headers for tensor in part.tensors)
        return cls(
            architecture=architecture,
            hyperparameters=numbers,
            vocabulary=_vocabulary(header.metadata, numbers),
            input=parts.input,
            layers=parts.layers,
            output=parts.output,
            embedding=parts.embedding,
            own_output=parts.own_output,
            file_bytes=sum(part.file_bytes for part in headers),
            files=len(headers),
            experts=parts.experts,
            feed_forward=parts.feed_forward,
            file=file,
        )

    def number(self, key: str, default: int | None = None) -> int:
        """A hyperparameter as one number, the largest of an array; UserError if it is missing and has no default."""
        value = self.hyperparameters.get(key, default)
        if value is None:
            raise missing(f"{self.architecture}.{key}", self.file)
        return int(max(value, default=0)) if isinstance(value, tuple) else int(value)

    def per_layer(self, key: str, layers: int, default: int | None = None) -> tuple[int, ...]:
        """A hyperparameter for each of some layers; UserError if it is missing, or has fewer values than layers."""
        value = self.hyperparameters.get(key, default)
        if value is None:
            raise missing(f"{self.architecture}.{key}", self.file)
        if not isinstance(value, tuple):
            return (int(value),) * layers
        if len(value) < layers:
            what = f"{self.file}: {self.architecture}.{key} has {len(value)} values for {layers} layers"
            raise UserError(what, hint=DAMAGED)
        return tuple(int(item) for item in value[:layers])

    def as_json(self) -> dict[str, object]:
        """The facts as JSON has them."""
        numbers = {key: list(value) if isinstance(value, tuple) else value for key, value in self._numbers()}
        return {
            "architecture": self.architecture,
            "hyperparameters": numbers,
            "vocabulary": self.vocabulary,
            "input": [self.input.host, self.input.device],
            "layers": [[size.host, size.device] for size in self.layers],
            "output": [self.output.host, self.output.device],
            "embedding": [self.embedding.host, self.embedding.device],
            "ownOutput": self.own_output,
            "fileBytes": self.file_bytes,
            "files": self.files,
            "experts": as_runs(self.experts),
            "feedForward": as_runs(self.feed_forward),
        }

    @classmethod
    def from_json(cls, data: object, file: str = "the model") -> ModelFacts:
        """The facts that as_json() made; UserError if something is missing or of the wrong kind."""
        try:
            if not isinstance(data, dict):
                raise TypeError
            return cls(
                architecture=str(data["architecture"]),
                hyperparameters={str(key): _value(value) for key, value in data["hyperparameters"].items()},
                vocabulary=int(data["vocabulary"]),
                input=_size(data["input"]),
                layers=tuple(_size(item) for item in data["layers"]),
                output=_size(data["output"]),
                embedding=_size(data["embedding"]),
                own_output=bool(data["ownOutput"]),
                file_bytes=int(data["fileBytes"]),
                files=int(data["files"]),
                experts=from_runs(data.get("experts", ())),
                feed_forward=from_runs(data.get("feedForward", ())),
                file=file,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"it lacks {error}" if isinstance(error, KeyError) else "a value is of the wrong kind"
            hint = "write the facts again: ai-server inspect FILE..."
            raise UserError(f"{file}: not the facts of a model: {what}", hint=hint) from error

    def _numbers(self) -> Iterable[tuple[str, Value]]:
        return sorted(self.hyperparameters.items())


def missing(key: str, file: str) -> UserError:
    """The error about a key that a file lacks."""
    return UserError(f"{file}: the key {key} is missing", hint=DAMAGED)


def _size(item: Iterable[int]) -> Size:
    host, device = item
    return Size(int(host), int(device))


def _value(item: object) -> Value:
    if isinstance(item, int | float):
        return item
    if isinstance(item, list | tuple) and all(isinstance(part, int | float) for part in item):
        return tuple(item)
    raise TypeError


def _hyperparameters(metadata: Mapping[str, object], prefix: str) -> Iterable[tuple[str, Value]]:
    for key, value in metadata.items():
        if key.startswith(prefix):
            try:
                yield key.removeprefix(prefix), _value(value)
            except TypeError:
                continue


def _vocabulary(metadata: Mapping[str, object], numbers: Mapping[str, Value]) -> int:
    tokens = metadata.get("tokenizer.ggml.tokens")
    if isinstance(tokens, list | tuple):
        return len(tokens)
    count = getattr(tokens, "count", None) or numbers.get("vocab_size", 0)
    return count if isinstance(count, int) else 0
