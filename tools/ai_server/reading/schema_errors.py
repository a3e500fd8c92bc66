"""The errors of a JSON schema as data: where each is, what kind it is of, and what the schema wants there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from typing import Any

from ai_server.reading.profiles import Keys

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Types:
    """A value of one of these types of JSON."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Choices:
    """One of these values."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Range:
    """A number between two bounds; None: unbounded. too_large: the value is above it, else below; why: the reason."""

    least: Any
    most: Any
    too_large: bool
    why: str


@dataclass(frozen=True)
class Form:
    """A text that a pattern matches: its description, an example ("" for none), and what to write."""

    pattern: str
    description: str
    example: str
    write: str


@dataclass(frozen=True)
class Other:
    """Whatever else a schema can ask for, of which only the description is known."""

    description: str


Wanted = Types | Choices | Range | Form | Other


@dataclass(frozen=True)
class SchemaError:
    """An error at a path of an instance. schema is the part that has the keyword, keys are the missing, unknown or
    badly formed keys, and branches are the errors of all the alternatives of an anyOf or oneOf.
    """

    keyword: str
    path: Keys
    instance: Any
    schema: Schema
    keys: tuple[str, ...] = ()
    branches: tuple["SchemaError", ...] = ()

    @property
    def wanted(self) -> Wanted:
        """What the schema wants."""
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
    """The errors of an instance, by a validator of jsonschema-rs and the schema that it was made of."""
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
    branches = tuple(_read(below, schema) for branch in getattr(kind, "context", ()) for below in branch)
    part = reduce(getitem, error.schema_path[:-1], schema)
    return SchemaError(kind.name, tuple(error.instance_path), error.instance, part, keys, branches)
