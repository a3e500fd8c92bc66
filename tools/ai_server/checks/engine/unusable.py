"""Extra objects of such a form that rules cannot read them: only the rules about the form of objects look at them."""

from ai_server.checks.core.views import ValuesView
from ai_server.checks.subjects.extra_objects import NEEDS_SPEC
from ai_server.kube.kubernetes_schemas import validator, versions_of
from ai_server.kube.kubeversion import minor
from ai_server.kube.manifests import Manifests, Object

FORM = ("type", "required", "anyOf", "oneOf")
"""The kinds of errors that change the form of an object; wrong values and unknown fields do not."""


def set_aside(view: ValuesView, manifests: Manifests) -> Manifests:
    """The rendered objects, of which those of extraObjects that do not have the form of their kind are unusable."""
    extra = view.get("extraObjects") or []
    unusable = [item for item in manifests if item in extra and not _has_form(item, minor(view.kube_version))]
    return Manifests((item for item in manifests if item not in unusable), unusable) if unusable else manifests


def _has_form(item: Object, version: str) -> bool:
    api, kind, spec = item["apiVersion"], item["kind"], item.get("spec")
    if not isinstance(spec, dict) and (kind in NEEDS_SPEC or spec is not None):
        return False
    # rules tell objects by their kind, whatever their version
    known = next((known for known in (api, *versions_of(version, kind)) if validator(version, known, kind)), "")
    if known:
        return _fits(version, known, kind, item)
    parts = [{"metadata": item["metadata"], "spec": {"containers": []}}]
    parts += [{"metadata": pod.metadata, "spec": pod.spec} for pod in Manifests([item]).pods()]
    return all(_fits(version, "v1", "Pod", {"apiVersion": "v1", "kind": "Pod", **part}) for part in parts)


def _fits(version: str, api: str, kind: str, item: Object) -> bool:
    schema = validator(version, api, kind)
    return all(error.kind.name not in FORM for error in schema.iter_errors(item))
