"""The errors of a JSON schema as data: the path, the keyword, and what the schema allows there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from typing import Any

from ai_server.reading.profiles import Keys

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Types:
    """A value of one of these JSON types."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Choices:
    """One of these values."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Range:
    """A number between two bounds; None: unbounded. too_large: the value is above them, else below; why: the reason."""

    least: Any
    most: Any
    too_large: bool
    why: str


@dataclass(frozen=True)
class Form:
    """A text that a pattern matches, with its description, an example ("" for none), and the fix."""

    pattern: str
    description: str
    example: str
    write: str


@dataclass(frozen=True)
class Other:
    """Anything else that a schema can require, with only its description."""

    description: str


Wanted = Types | Choices | Range | Form | Other


@dataclass(frozen=True)
class SchemaError:
    """An error at a path of an instance. schema is the part with the keyword, keys are the missing, unknown or invalid
    keys, and branches are the errors of all alternatives of an anyOf or oneOf.
    """

    keyword: str
    path: Keys
    instance: Any
    schema: Schema
    keys: tuple[str, ...] = ()
    branches: tuple["SchemaError", ...] = ()

    @property
    def wanted(self) -> Wanted:
        """What the schema allows."""
        value = self.schema.get(self.keyword)
        match self.keyword:
            case "type":
                return Types((value,) if isinstance(value, str) else tuple(value or ()))
            case "anyOf" | "oneOf":
                alternatives = [error.wanted for error in self.branches]
                names = [name for wanted in alternatives if isinstance(wanted, Types) for name in wanted.names]
                return Types(tuple(dict.fromkeys(names)))
            case "enum":
                return Choices(tuple(value or ()))
            case "const":
                return Choices((value,))
            case "minimum" | "maximum":
                bounds = self.schema.get("minimum"), self.schema.get("maximum")
                return Range(*bounds, self.keyword == "maximum", self.schema.get("rangeErrorMessage", ""))
            case "pattern":
                return _form(self.schema)
            case _:
                return Other(self.schema.get("description", ""))


def _form(schema: Schema) -> Form:
    description = schema.get("patternErrorMessage") or schema.get("description") or ""
    [example] = schema.get("examples", [])[:1] or [""]
    return Form(schema["pattern"], description, example, schema.get("x-write", description))


def schema_errors(validator: Any, schema: Schema, instance: Any) -> Iterator[SchemaError]:
    """The errors of an instance, by a validator of jsonschema-rs and its schema."""
    for error in validator.iter_errors(instance):
        yield _read(error, schema)


def _read(error: Any, schema: Schema) -> SchemaError:
    kind, keys = error.kind, tuple[str, ...]()
    match kind.name:
        case "required":
            keys = (kind.property,)
        case "additionalProperties":
            keys = tuple(kind.unexpected)
        case "propertyNames":
            name = _read(kind.error, schema)
            return SchemaError(name.keyword, name.path, name.instance, name.schema, (name.instance,))
    branches = tuple(_read(inner, schema) for branch in getattr(kind, "context", ()) for inner in branch)
    part = reduce(getitem, error.schema_path[:-1], schema)
    return SchemaError(kind.name, tuple(error.instance_path), error.instance, part, keys, branches)
