"""What makes Prometheus scrape LiteLLM while its metrics are off."""

from typing import Any

import pytest

from tests.tools.checks.conftest import Run

NAME = "app.kubernetes.io/name"
LITELLM = {"matchLabels": {NAME: "litellm"}}
ENDPOINTS = [{"port": "http", "path": "/metrics/"}]
ANNOTATED = "litellm: {%s: {annotations: {prometheus.io/scrape: 'true', prometheus.io/port: '%s'}}}"
RULE = "programs/metrics-off"


def monitor(selector: Any, endpoints: Any, kind: str = "ServiceMonitor") -> dict[str, Any]:
    spec = {"selector": selector, "endpoints" if kind == "ServiceMonitor" else "podMetricsEndpoints": endpoints}
    item = {"apiVersion": "monitoring.coreos.com/v1", "kind": kind, "metadata": {"name": "a"}, "spec": spec}
    return {"extraObjects": [item]}


SCRAPES = {
    "by its name": monitor(LITELLM, ENDPOINTS),
    "by the default path": monitor(LITELLM, [{"port": "http"}]),
    "by a pod's port": monitor(LITELLM, [{"targetPort": 4000}]),
    "with every Service": monitor({}, ENDPOINTS),
    "by an expression": monitor({"matchExpressions": [{"key": NAME, "operator": "In", "values": ["litellm"]}]}, ENDPOINTS),
    "as a pod": monitor(LITELLM, [{"port": "litellm"}], "PodMonitor"),
    "by an annotation of its pod": ANNOTATED % ("pod", 4000),
    "by an annotation of its Service": ANNOTATED % ("service", 4000),
}  # fmt: skip
OTHERS = {
    "the page": monitor({"matchLabels": {NAME: "open-webui"}}, ENDPOINTS),
    "all but LiteLLM": monitor({"matchExpressions": [{"key": NAME, "operator": "NotIn", "values": ["litellm"]}]}, ENDPOINTS),
    "another port": monitor(LITELLM, [{"port": "exporter"}]),
    "a port that the pod lacks": monitor(LITELLM, ENDPOINTS, "PodMonitor"),
    "another path": monitor(LITELLM, [{"port": "http", "path": "/health/backlog"}]),
    "a port of another container": ANNOTATED % ("pod", 9100),
    "a selector without its form": monitor("litellm", ENDPOINTS),
    "labels and endpoints without their form": monitor({"matchLabels": [NAME], "matchExpressions": ["a"]}, ["http"]),
}  # fmt: skip


@pytest.mark.parametrize("values", SCRAPES.values(), ids=SCRAPES)
def test_a_scraper_of_metrics_that_are_off_is_reported(run: Run, values: Any) -> None:
    [finding] = [item for item in run(values) if item.rule == RULE]
    assert finding.fix == "set litellm.metrics: true, or remove it"
    assert [item for item in run(values, "litellm: {metrics: true}") if item.rule == RULE] == []


@pytest.mark.parametrize("values", OTHERS.values(), ids=OTHERS)
def test_a_scraper_of_something_else_is_none_of_it(run: Run, values: Any) -> None:
    assert [item for item in run(values) if item.rule == RULE] == []


def test_a_callback_turns_the_metrics_on_as_well(run: Run) -> None:
    callback = "litellm: {litellmSettings: {callbacks: [prometheus]}}"
    assert [item for item in run(SCRAPES["by its name"], callback) if item.rule == RULE] == []
