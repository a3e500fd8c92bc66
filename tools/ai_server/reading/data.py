"""Reads the package's own YAML data, such as the platforms of images; each file is next to the module that uses it."""

from pathlib import Path
from typing import Any

from ai_server.errors import UserError


def read_data(module: str, name: str) -> Any:
    """The content of a file next to a module (its __file__), read ten times as fast as PyYAML would."""
    from yaml_rs import YAMLDecodeError, loads

    path = Path(module).with_name(name)
    try:
        return loads(path.read_text(), parse_datetime=False)
    except YAMLDecodeError as error:
        raise UserError(f"{path}: {error}") from None
