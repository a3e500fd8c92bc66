"""Renders the chart: values in, Kubernetes objects out. No other module knows how Helm renders."""

import atexit
import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from ai_server.errors import UserError
from ai_server.helm.archive import pack
from ai_server.helm.command import find_helm
from ai_server.helm.refusals import KIND, PRINTED, Refusal
from ai_server.kube.kubeversion import KUBE_VERSION
from ai_server.kube.manifests import Manifests
from ai_server.paths import CHART

Engine = Literal["auto", "sdk", "helm", "helm3"]


def render(
    values: dict[str, Any],
    *,
    release: str = "ai-server",
    namespace: str = "ai-server",
    kube_version: str = KUBE_VERSION,
    chart: Path = CHART,
    engine: Engine = "auto",
) -> Manifests:
    """The objects that the chart renders from these values; equal arguments are rendered only once.

    engine: sdk renders in this process, helm and helm3 start the program, auto is sdk if it works, else helm.
    UserError (code 1) has Helm's own message.
    """
    arguments = json.dumps(values), release, namespace, kube_version, chart, engine
    return Manifests(json.loads(_render_text(*arguments, _stamp(chart))))


@dataclass(frozen=True)
class Rendered:
    """The objects of a render (None if a template crashes on rejected values), and what the chart rejects."""

    manifests: Manifests | None
    refusals: list[Refusal]


def render_unvalidated(
    values: dict[str, Any],
    *,
    release: str = "ai-server",
    namespace: str = "ai-server",
    kube_version: str = KUBE_VERSION,
    engine: Engine = "auto",
) -> Rendered:
    """The objects that the chart renders from these values, rejected or not, and what it rejects. Caches nothing.

    The schema must have accepted the values. UserError (code 1) has Helm's own message.
    """

    def objects(chart: Path) -> list[dict[str, Any]]:
        return _objects(json.dumps(values), release, namespace, kube_version, chart, engine)

    try:
        rendered = objects(_unvalidated())
    except UserError as error:
        try:
            [printed] = objects(_unvalidated(validation_only=True))
        except UserError:
            raise error from None
        if not printed["refusals"]:
            raise
        return Rendered(None, _refusals(printed))
    [printed] = [item for item in rendered if item["kind"] == KIND]
    rendered.remove(printed)
    return Rendered(Manifests(rendered), _refusals(printed))


def _refusals(printed: dict[str, Any]) -> list[Refusal]:
    return [Refusal.read(refusal) for refusal in printed["refusals"]]


@lru_cache
def _unvalidated(*, validation_only: bool = False) -> Path:
    """The chart, packed, such that it prints what it rejects instead of failing. The file is deleted when the process
    exits.

    validation_only: without the objects, for values on which their templates crash.
    """
    folder = tempfile.mkdtemp(prefix="ai-server-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    archive = Path(folder) / f"{CHART.name}.tgz"
    pack(CHART, archive, {"templates/validation/validate.yaml": PRINTED}, templates=not validation_only)
    return archive


def chart_defaults(chart: Path = CHART) -> dict[str, Any]:
    """The chart's own values.yaml. It is cached, so do not change it."""
    return _defaults(chart, (chart / "values.yaml").stat().st_mtime)


@lru_cache
def _defaults(chart: Path, stamp: float) -> dict[str, Any]:
    from ai_server.reading.data import read_data

    defaults: dict[str, Any] = read_data(str(chart / "Chart.yaml"), "values.yaml")
    return defaults


def _stamp(chart: Path) -> float:
    """When the chart last changed, so that a long-lived process does not return an old render."""
    return max(path.stat().st_mtime for path in chart.rglob("*")) if chart.is_dir() else chart.stat().st_mtime


@lru_cache(maxsize=512)
def _render_text(
    values: str, release: str, namespace: str, kube_version: str, chart: Path, engine: Engine, stamp: float
) -> str:
    return json.dumps(_objects(values, release, namespace, kube_version, chart, engine))


def _objects(
    values: str, release: str, namespace: str, kube_version: str, chart: Path, engine: Engine
) -> list[dict[str, Any]]:
    if engine == "sdk" or (engine == "auto" and _sdk_works()):
        texts = _with_sdk(values, release, namespace, kube_version, chart)
    else:
        texts = [_with_helm(values, release, namespace, kube_version, chart, engine)]
    objects = [item for text in texts for item in _parse(text)]
    # the order differs between the engines, and is irrelevant for objects that are applied together
    objects.sort(key=lambda item: (item["kind"], item["metadata"]["name"]))
    return objects


@lru_cache
def _sdk_works() -> bool:
    try:
        import helm_python  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def _with_sdk(values: str, release: str, namespace: str, kube_version: str, chart: Path) -> list[str]:
    """Renders in this process, each time with a new handle, because a handle loses disabled subcharts permanently.

    The private call is the only one that accepts a Kubernetes version (helm-python-sdk 0.2.2); the parity tests compare
    it with the helm command.
    """
    from helm_python import Chart, HelmError, _native

    options = {
        "name": release,
        "namespace": namespace,
        "kube_version": f"v{kube_version}",
        "is_install": True,
    }
    try:
        with Chart.load(chart) as loaded:
            _check_kube_version(str(loaded.metadata.get("kubeVersion", "")), kube_version)
            files = json.loads(_native.call_string("helm_render", loaded._raw(), values, json.dumps(options)))
    except HelmError as error:
        raise UserError(clean(str(error)), code=1) from None
    return [text for name, text in sorted(files.items()) if not name.endswith("NOTES.txt")]


def _check_kube_version(wanted: str, version: str) -> None:
    """Checks kubeVersion in Chart.yaml, which the SDK ignores; that of this chart has the form >=1.30.0-0."""
    least = re.match(r">=\s*([0-9.]+)", wanted)
    if least and _numbers(version) < _numbers(least.group(1)):
        raise UserError(f"the chart needs Kubernetes {wanted}, and this is {version}", code=1)


def _numbers(version: str) -> list[int]:
    """1.36.3 as numbers, which compare as versions do."""
    return [int(number) for number in version.strip("v.").split(".")]


def _with_helm(values: str, release: str, namespace: str, kube_version: str, chart: Path, engine: str) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(values)
        file.flush()
        helm = find_helm("helm", "helm3") if engine == "auto" else find_helm(engine)
        command = [str(helm), "template", release, str(chart), "--namespace", namespace]
        command += ["--kube-version", kube_version, "--values", file.name]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise UserError(clean(run.stderr), code=1)
    return run.stdout


def _parse(text: str) -> list[dict[str, Any]]:
    from yaml_rs import YAMLDecodeError, loads

    try:
        # 12:30:45 and 2026-11-23 are strings for Kubernetes and Helm
        documents = loads(text, parse_datetime=False)
    except YAMLDecodeError as error:
        raise UserError(f"the chart's output is invalid YAML: {error}", code=1) from None
    return [item for item in (documents if isinstance(documents, list) else [documents]) if item]


def clean(message: str) -> str:
    """Helm's message without its frame, with the errors of a schema, whose order is random, sorted."""
    lines = [line.rstrip() for line in message.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith(("Use --debug", "level=", "WARNING"))]
    bullets = sorted({line for line in lines if line.startswith("- ")})
    rest = [line for line in lines if not line.startswith("- ")]
    return "\n".join([*rest, *bullets]).removeprefix("Error: ")
