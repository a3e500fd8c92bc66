"""Generates files from the typed models: values.yaml, its schema, the subcharts' defaults, docs; also chart versions,
and the Kubernetes schemas of the package.
"""

from pathlib import Path

from ai_server.paths import CHART, DOCS
from ai_server.values import AiServer


def outputs() -> dict[Path, str]:
    """Every generated file and its text."""
    import json

    from ai_server.generate.hardware import hardware_page
    from ai_server.generate.kubernetes import schemas_file
    from ai_server.generate.reference import values_reference
    from ai_server.generate.rulepages import rule_list
    from ai_server.generate.schema import editor_schema, values_schema
    from ai_server.generate.valuesfile import defaults_yaml, values_yaml
    from ai_server.generate.versions import chart_files

    values = AiServer()
    components = {name: getattr(values, name) for name in ("rocm", "thor", "gpu", "litellm", "openwebui")}
    return {
        CHART / "values.yaml": values_yaml(values),
        CHART / "values.schema.json": json.dumps(values_schema(AiServer), indent=1) + "\n",
        **{CHART / "charts" / name / "values.yaml": defaults_yaml(part) for name, part in components.items()},
        DOCS / "values.md": values_reference(AiServer),
        DOCS / "values.schema.json": json.dumps(editor_schema(AiServer), indent=1) + "\n",
        **rule_list(),
        **hardware_page(),
        **chart_files(),
        **schemas_file(),
    }


def stale() -> list[Path]:
    """The generated files whose text on disk differs from the models."""
    return [path for path, text in outputs().items() if not path.is_file() or path.read_text() != text]


def write() -> list[Path]:
    """Writes the stale files and returns them."""
    changed = stale()
    texts = outputs()
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path])
    return changed
