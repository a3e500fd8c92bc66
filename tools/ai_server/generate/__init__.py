"""Prints the typed models: values.yaml and schemas of umbrella and subcharts, docs; and the version of every chart."""

from pathlib import Path

from ai_server.paths import CHART, DOCS
from ai_server.values import AiServer


def outputs() -> dict[Path, str]:
    """Every generated file and the text it should have."""
    import json

    from ai_server.generate.reference import values_reference
    from ai_server.generate.rulepages import rule_list
    from ai_server.generate.schema import editor_schema, values_schema
    from ai_server.generate.valuesfile import values_yaml
    from ai_server.generate.versions import chart_files

    whole = AiServer()
    sections = {
        CHART: whole,
        **{CHART / "charts" / name: getattr(whole, name) for name in ("rocm", "thor", "litellm", "openwebui")},
    }
    files = {DOCS / "values.md": values_reference(AiServer), **rule_list(), **chart_files()}
    files[DOCS / "values.schema.json"] = json.dumps(editor_schema(AiServer), indent=1) + "\n"
    for folder, section in sections.items():
        files[folder / "values.yaml"] = values_yaml(section)
        files[folder / "values.schema.json"] = (
            json.dumps(values_schema(type(section), kubernetes=folder == CHART), indent=1) + "\n"
        )
    return files


def stale() -> list[Path]:
    """The generated files whose text on disk is not what the models say."""
    return [path for path, text in outputs().items() if not path.is_file() or path.read_text() != text]


def write() -> list[Path]:
    """Writes the stale files and returns them."""
    changed = stale()
    texts = outputs()
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path])
    return changed
