"""Objects that the values hold as they are rendered: the items of extraObjects."""

from ai_server.checks.core.views import RenderView
from ai_server.kube.manifests import WORKLOADS, Object
from ai_server.reading.profiles import Keys

TEMPLATE: dict[str, Keys] = {"Pod": (), "CronJob": ("spec", "jobTemplate", "spec", "template")}
"""Where a workload has the pod's metadata and spec, if not in spec.template."""

NEEDS_SPEC = frozenset({*WORKLOADS, "Ingress", "NetworkPolicy", "PersistentVolumeClaim", "Service"})
"""Kinds whose objects need a spec; Kubernetes' schemas do not require it."""


def extra_key(view: RenderView, rendered: Object) -> Keys:
    """The item of extraObjects that an object is; () for an object of the chart."""
    items = view.get("extraObjects") or []
    return next((("extraObjects", index) for index, item in enumerate(items) if item == rendered), ())


def in_workload(workload: Object, field: Keys) -> Keys:
    """The field of a workload that is a field of its pods: of their spec, labels or annotations."""
    part = "metadata" if field[:1] in (("labels",), ("annotations",)) else "spec"
    return (*TEMPLATE.get(workload["kind"], ("spec", "template")), part, *field)
