"""Renders values for rules and for the plan."""

from ai_server.checks.core.views import ClusterView, RenderView, ValuesView
from ai_server.checks.engine import chart, schema
from ai_server.checks.engine.unusable import set_aside
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.manifests import Manifests


def rendered(view: ValuesView, facts: ClusterFacts | None) -> tuple[ValuesView, Manifests | None]:
    """A view of the objects that the values render to, with the cluster if there is one; and all these objects. The
    view of the values and None if they do not render.
    """
    schema.look(view)
    manifests = chart.look(view)
    if manifests is None:
        return view, None
    manifests = set_aside(view, manifests)
    view = RenderView.over(view, manifests=manifests)
    view = ClusterView.over(view, facts=facts) if facts else view
    view.count("objects", len(manifests) + len(manifests.unusable))
    view.count("pods", len(manifests.running()))
    return view, manifests
