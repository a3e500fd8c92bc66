"""docs/metrics.md: what its examples scrape, and what the real llama-server answers to it."""

import configparser
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tenacity import retry, retry_if_exception_type, retry_if_result, stop_after_delay, wait_fixed

from ai_server import checks
from ai_server.helm.gateway import gateway_of
from ai_server.helm.render import render
from ai_server.kube.manifests import Manifests, Object
from ai_server.local.ports import any_free_port
from ai_server.paths import DOCS, PROFILES, cache
from ai_server.reading import profiles
from tests.at import at
from tests.conftest import Rendered
from tests.render.common import container

Scrape = tuple[str, str, str, bool]
"""A Service, a path, a model (of a router), and whether the key is sent."""
BLOCKS = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", (DOCS / "metrics.md").read_text(), re.S)]
LABEL = "__meta_kubernetes_service_label_"
LLAMA = cache() / "flags" / "llama-server-b11434" / "build" / "bin" / "llama-server"
MODELS = cache() / "models" / "gguf"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
NAME = "app.kubernetes.io/name"


@pytest.fixture(scope="module")
def lab() -> Manifests:
    return render(profiles.load(profiles.profile("mixed-lab").files).values)


def settings(manifests: Manifests) -> dict[str, Any]:
    return dict(gateway_of(manifests.of_kind("ConfigMap")).config["litellm_settings"])


def served_metrics(lab: Manifests) -> Iterator[Scrape]:
    """What there is to scrape, by the rendered Services and the pods behind them."""
    for service in lab.of_kind("Service"):
        name, program = service["metadata"]["name"], service["metadata"]["labels"][NAME]
        if program == "litellm" and "callbacks" in settings(lab):
            yield name, "/metrics/", "", False
        elif program == "vllm":
            yield name, "/metrics", "", False
        elif program == "llama-cpp":
            router = "--models-preset" in container(lab, name, "llama-server")["args"]
            presets = configparser.ConfigParser(interpolation=None)
            presets.read_string("[-]\n" + (lab.get("ConfigMap", name)["data"]["models.ini"] if router else ""))
            yield from ((name, "/metrics", model, True) for model in (presets.sections()[1:] if router else [""]))


def keeps(job: Object, labels: dict[str, str]) -> bool:
    """Whether the rules of a job keep a target, as Prometheus applies them."""
    for rule in job["relabel_configs"]:
        text = ";".join(labels.get(label, "") for label in rule["source_labels"])
        matches = bool(re.fullmatch(rule.get("regex", ".*"), text))
        if rule.get("action", "replace") in ("keep", "drop") and matches != (rule["action"] == "keep"):
            return False
    return True


def of_prometheus(lab: Manifests) -> Iterator[Scrape]:
    [jobs] = [block["scrape_configs"] for block in BLOCKS if "scrape_configs" in block]
    for job in jobs:
        path, key = job.get("metrics_path", "/metrics"), "authorization" in job
        for target in job.get("static_configs", []):
            [(name, port)] = re.findall(r"^([a-z-]+)\.ai-server:(\d+)$", target["targets"][0])
            assert int(port) in [port["port"] for port in lab.get("Service", name)["spec"]["ports"]]
            assert job["params"] == {"autoload": ["false"]}
            yield name, path, target["labels"]["__param_model"], key
        for service in lab.of_kind("Service") if "kubernetes_sd_configs" in job else []:
            labels = {LABEL + re.sub(r"\W", "_", key): value for key, value in service["metadata"]["labels"].items()}
            for port in service["spec"]["ports"]:
                if keeps(job, labels | {"__meta_kubernetes_endpointslice_port_name": port["name"]}):
                    yield service["metadata"]["name"], path, "", key


def of_the_operator(lab: Manifests) -> Iterator[Scrape]:
    for monitor in monitors():
        selector = monitor["spec"]["selector"]
        for service in lab.of_kind("Service"):
            labels = service["metadata"]["labels"]
            out = any(labels.get(rule["key"]) in rule["values"] for rule in selector.get("matchExpressions", []))
            if selector["matchLabels"].items() <= labels.items() and not out:
                for endpoint in monitor["spec"]["endpoints"]:
                    assert endpoint["port"] in [port["name"] for port in service["spec"]["ports"]]
                    [model] = endpoint.get("params", {}).get("model", [""])
                    yield service["metadata"]["name"], endpoint["path"], model, "authorization" in endpoint


def monitors() -> list[Object]:
    [found] = [block["extraObjects"] for block in BLOCKS if "extraObjects" in block]
    return [item for item in found if item["kind"] == "ServiceMonitor"]


@pytest.mark.parametrize("scraped", [of_prometheus, of_the_operator])
def test_the_examples_scrape_every_program_and_model_once(lab: Manifests, scraped: Any) -> None:
    expected = sorted(served_metrics(lab))
    assert len(expected) == 8
    assert sorted(scraped(lab)) == expected


def test_the_operator_reads_the_key_that_llama_server_gets(lab: Manifests) -> None:
    [wanted] = [
        variable["valueFrom"]["secretKeyRef"]
        for variable in container(lab, "ai-server-gpu-nas", "llama-server")["env"]
        if variable["name"] == "LLAMA_API_KEY"
    ]
    keys = [endpoint.get("authorization") for monitor in monitors() for endpoint in monitor["spec"]["endpoints"]]
    assert [key["credentials"] for key in keys if key] == [wanted] * 3


def test_the_monitors_pass_the_check_as_extra_objects(tmp_path: Path) -> None:
    (tmp_path / "monitors.yaml").write_text(yaml.safe_dump({"extraObjects": monitors()}))
    found = checks.run([PROFILES / "mixed-lab" / "values.yaml", tmp_path / "monitors.yaml"]).findings
    assert [str(finding) for finding in found if Path(finding.file or "-").name == "monitors.yaml"] == []


def test_litellm_counts_requests_only_if_asked_to(rendered: Rendered) -> None:
    node = "gpu: {models: {a: {file: a.gguf}}, nodes: {pc: {}}}"
    assert settings(rendered(node)).keys().isdisjoint({"callbacks", "require_auth_for_metrics_endpoint"})
    asked = settings(rendered(node, "litellm: {metrics: true}"))
    assert (asked["callbacks"], asked["require_auth_for_metrics_endpoint"]) == (["prometheus"], False)


def test_metrics_can_be_switched_off_for_a_node(rendered: Rendered) -> None:
    values = "gpu: {models: {a: {file: a.gguf}}, nodes: {pc: {metrics: false}, other: {}}}"
    manifests = rendered(values)
    assert "--metrics" not in container(manifests, "ai-server-gpu-pc", "llama-server")["args"]
    assert "--metrics" in container(manifests, "ai-server-gpu-other", "llama-server")["args"]


@pytest.fixture
def llama(rendered: Rendered, tmp_path: Path) -> Iterator[Any]:
    """Starts the real llama-server as the chart starts it for a node with these models."""
    if not (LLAMA.is_file() and (MODELS / FILE).is_file()):
        pytest.skip("the real llama-server or its model is not in the cache")
    running: list[subprocess.Popen[bytes]] = []

    def start(*models: str, **node: Any) -> httpx.Client:
        port = any_free_port()
        model = {"file": FILE, "ctxSize": 256}
        node = {"port": port, "modelsPath": str(MODELS), "modelsMax": 1, "accelerator": "cpu", **node}
        manifests = rendered(at("gpu.nodes.pc", node, "gpu.models", dict.fromkeys(models, model)))
        args = container(manifests, "ai-server-gpu-pc", "llama-server")["args"]
        if len(models) > 1:
            presets = tmp_path / "models.ini"
            presets.write_text(manifests.get("ConfigMap", "ai-server-gpu-pc")["data"]["models.ini"])
            args = [str(presets) if arg.endswith("models.ini") else arg for arg in args]
        env = {"LLAMA_API_KEY": "secret", "LLAMA_ARG_DEVICE": "none"}
        log = (tmp_path / "log").open("wb")
        running.append(subprocess.Popen([LLAMA, *args], env=env, stdout=log, stderr=subprocess.STDOUT))
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": "Bearer secret"})
        answer = "/health" if len(models) == 1 else f"/metrics?model={models[0]}&autoload=false"
        until_it_answers(client, answer)
        return client

    yield start
    for process in running:
        process.terminate()
        process.wait(timeout=20)


@retry(
    retry=retry_if_exception_type(httpx.TransportError) | retry_if_result(lambda status: status != 200),
    wait=wait_fixed(0.2),
    stop=stop_after_delay(60),
)
def until_it_answers(client: httpx.Client, path: str) -> int:
    return client.get(path, timeout=5).status_code


def test_llama_server_gives_its_metrics_to_who_has_the_key(llama: Any) -> None:
    client = llama("small")
    assert client.get("/metrics", headers={"Authorization": ""}).status_code == 401
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert {"llamacpp:requests_processing", "llamacpp:requests_deferred", "llamacpp:predicted_tokens_seconds"} <= {
        line.split()[0] for line in answer.text.splitlines() if not line.startswith("#")
    }


def test_a_router_gives_the_metrics_of_a_loaded_model_and_loads_none_for_them(llama: Any) -> None:
    client = llama("a", "b")
    asked = {"a": "/metrics?model=a&autoload=false", "b": "/metrics?model=b&autoload=false", "none": "/metrics"}
    assert {name: client.get(path).status_code for name, path in asked.items()} == {"a": 200, "b": 400, "none": 400}
    assert client.get(asked["a"], headers={"Authorization": ""}).status_code == 401
    states = {model["id"]: model["status"]["value"] for model in client.get("/models").json()["data"]}
    assert states == {"a": "loaded", "b": "unloaded"}


def test_llama_server_without_metrics_has_none(llama: Any) -> None:
    assert llama("small", metrics=False).get("/metrics").status_code == 501
