"""The chart's schema, as a file and as a validator."""

import json
from functools import cache
from typing import Any

from ai_server.checks.core.views import ValuesView
from ai_server.checks.engine.places import Places
from ai_server.paths import CHART
from ai_server.reading.profiles import Keys


@cache
def chart_schema(alone: bool = False) -> dict[str, Any]:
    """The schema of all values, or of one file alone, which may leave out any key."""
    schema: dict[str, Any] = without_helms_own(json.loads((CHART / "values.schema.json").read_text()))
    return of_one_file(schema) if alone else schema


def editor_text() -> str:
    """The schema for editors, as docs/values.schema.json has it."""
    return json.dumps(chart_schema(alone=True), indent=1) + "\n"


def without_helms_own(schema: dict[str, Any]) -> dict[str, Any]:
    """The chart's schema without the global values of each component, which Helm fills in and people should not set."""
    for body in schema["$defs"].values():
        body.get("properties", {}).pop("global", None)
    return schema


def of_one_file(schema: dict[str, Any]) -> dict[str, Any]:
    """The chart's schema without required keys of ours: a file has only what differs from the defaults."""
    for part in (schema, *(body for name, body in schema["$defs"].items() if not name.startswith("io.k8s."))):
        part.pop("required", None)
    return schema


@cache
def places() -> Places:
    """The location of each key."""
    return Places(chart_schema())


@cache
def validator(alone: bool) -> Any:
    """The compiled schema."""
    import jsonschema_rs

    return jsonschema_rs.validator_for(chart_schema(alone))


def fits(keys: Keys, value: Any) -> bool:
    """Whether the schema accepts a value at a key, in a file that has nothing else."""
    values = value
    for key in reversed(keys):
        values = {key: values} if isinstance(key, str) else [values]
    return bool(validator(alone=True).is_valid(values))


def accepts(view: ValuesView, values: dict[str, Any]) -> bool:
    """Whether the schema rejects nothing in values that it does not already reject in those of the view."""
    of_one = validator(alone=True)
    if of_one.is_valid(values):
        return True
    before, after = (
        {(error.kind.name, *error.instance_path) for error in of_one.iter_errors(document)}
        for document in (view.values.values, values)
    )
    return after <= before
