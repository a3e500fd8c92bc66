"""The chat page."""

import json
from contextlib import nullcontext
from typing import Any

import pytest

from ai_server.errors import UserError
from ai_server.helm.gateway import pictures
from ai_server.kube.manifests import Manifests
from tests.at import at, flow
from tests.conftest import Rendered
from tests.render.common import ROCM, THOR, TWO_MODELS, container, env

WORKLOAD = {"sidecar": "ai-server-litellm", "standalone": "ai-server-openwebui"}


def page(manifests: Manifests, mode: str = "sidecar") -> dict[str, Any]:
    return env(container(manifests, WORKLOAD[mode], "openwebui"))


def test_the_page_is_a_sidecar_that_talks_to_localhost(rendered: Rendered) -> None:
    manifests = rendered(ROCM, "litellm: {port: 4444}")
    assert page(manifests)["OPENAI_API_BASE_URL"] == "http://127.0.0.1:4444/v1"
    [pod] = manifests.selected_by(manifests.get("Service", "ai-server-openwebui"))
    assert pod.name == "ai-server-litellm"


def test_a_standalone_page_talks_to_the_gateways_service(rendered: Rendered) -> None:
    manifests = rendered(ROCM, "openwebui: {mode: standalone}")
    assert page(manifests, "standalone")["OPENAI_API_BASE_URL"] == "http://ai-server-litellm:4000/v1"
    assert [container["name"] for container in manifests.pod("ai-server-litellm").containers()] == ["litellm"]


def test_a_page_without_the_gateway_talks_to_the_given_api(rendered: Rendered) -> None:
    values = "{litellm: {enabled: false}, openwebui: {mode: standalone, gatewayUrl: http://api.lan/v1}}"
    found = page(rendered(ROCM, values), "standalone")
    urls = {value for key, value in found.items() if key.endswith("_API_BASE_URL")}
    assert urls == {"http://api.lan/v1"}


def test_only_the_gateway_decides_whether_the_pod_is_ready(rendered: Rendered) -> None:
    found = container(rendered(ROCM), "ai-server-litellm", "openwebui")
    assert {"readinessProbe", "startupProbe"} & found.keys() == set()
    assert "livenessProbe" in found


def test_only_chat_models_are_shown(rendered: Rendered) -> None:
    configs = json.loads(page(rendered(TWO_MODELS, THOR))["OPENAI_API_CONFIGS"])
    assert configs["0"]["model_ids"] == ["chat", "small"]


def test_speech_documents_and_images_are_wired_to_who_serves_them(rendered: Rendered) -> None:
    found = page(rendered(TWO_MODELS, THOR))
    wired = [found[key] for key in ("AUDIO_STT_MODEL", "AUDIO_TTS_MODEL", "RAG_EMBEDDING_MODEL", "COMFYUI_BASE_URL")]
    assert wired == ["whisper", "kokoro", "embed", "http://ai-server-thor-thor-comfyui:8188"]


def test_what_nobody_serves_is_switched_off(rendered: Rendered) -> None:
    found = page(rendered(ROCM))
    assert (found["AUDIO_STT_ENGINE"], found["AUDIO_TTS_ENGINE"]) == ("web", "")
    assert (found["ENABLE_IMAGE_GENERATION"], found["BYPASS_EMBEDDING_AND_RETRIEVAL"]) == ("false", "true")


def test_without_embeddings_nothing_asks_for_them(rendered: Rendered) -> None:
    found = page(rendered(ROCM))
    assert (found["BYPASS_WEB_SEARCH_EMBEDDING_AND_RETRIEVAL"], found["ENABLE_MEMORIES"]) == ("true", "false")
    assert "ENABLE_MEMORIES" not in page(rendered(TWO_MODELS))


def test_complete_documents_are_read_only_if_nothing_serves_embeddings(rendered: Rendered) -> None:
    assert page(rendered(ROCM))["BYPASS_EMBEDDING_AND_RETRIEVAL"] == "true"
    assert "BYPASS_EMBEDDING_AND_RETRIEVAL" not in page(rendered(TWO_MODELS))


@pytest.mark.parametrize(("tokens", "characters"), [(512, 500), (1024, 500), (2048, 682), (8192, 1000)])
def test_a_piece_of_a_document_is_what_the_embedding_model_takes(
    rendered: Rendered, tokens: int, characters: int
) -> None:
    size = f"{{ctxSize: {tokens}, batchSize: {tokens}, ubatchSize: {tokens}}}"
    found = page(rendered(TWO_MODELS, f"rocm: {{models: {{embed: {size}}}}}"))
    assert (found["RAG_TEXT_SPLITTER"], found["CHUNK_SIZE"]) == ("character", str(characters))
    assert int(found["CHUNK_OVERLAP"]) < characters


def test_an_embedding_model_of_unknown_length_gets_short_pieces(rendered: Rendered) -> None:
    elsewhere = "litellm: {models: {e: {model: hosted_vllm/e, apiBase: http://gpu.lan/v1, mode: embedding}}}"
    assert page(rendered(ROCM, elsewhere))["CHUNK_SIZE"] == "500"


RERANK = "rocm: {models: {rank: {file: gguf/rank.gguf, mode: rerank}, other: {file: gguf/other.gguf, mode: rerank}}}"


@pytest.mark.parametrize(("named", "used"), [("", "other"), ("rank", "rank")])
def test_a_rerank_model_sorts_what_a_search_in_documents_finds(rendered: Rendered, named: str, used: str) -> None:
    found = page(rendered(TWO_MODELS, RERANK, at("openwebui.documents.rerankingModel", named)))
    assert (found["ENABLE_RAG_HYBRID_SEARCH"], found["RAG_RERANKING_ENGINE"]) == ("true", "external")
    assert (found["RAG_RERANKING_MODEL"], found["RAG_EXTERNAL_RERANKER_URL"]) == (
        used,
        "http://127.0.0.1:4000/v1/rerank",
    )
    assert found["RAG_EXTERNAL_RERANKER_API_KEY"] == found["RAG_OPENAI_API_KEY"]


@pytest.mark.parametrize("values", [[TWO_MODELS], [ROCM, RERANK]])
def test_nothing_is_reranked_without_a_rerank_and_an_embedding_model(rendered: Rendered, values: list[str]) -> None:
    assert not {name for name in page(rendered(*values)) if "RERANK" in name or "HYBRID" in name}


def test_a_chunk_leaves_room_for_the_question_in_a_rerank_model(rendered: Rendered) -> None:
    small = "rocm: {models: {other: {ctxSize: 512}}}"
    assert page(rendered(TWO_MODELS, RERANK, small))["CHUNK_SIZE"] == "244"


def test_no_address_is_left_to_point_to_openai(rendered: Rendered) -> None:
    found = page(rendered(ROCM))
    for part in ("AUDIO_REALTIME", "AUDIO_STT", "AUDIO_TTS", "IMAGES", "IMAGES_EDIT", "RAG"):
        assert found[f"{part}_OPENAI_API_BASE_URL"].startswith("http://127.0.0.1:")
    # without it, Open WebUI looks up a name that only Docker has
    assert found["OLLAMA_BASE_URL"].startswith("http://127.0.0.1:")


def filled(nodes: list[dict[str, Any]], workflow: dict[str, Any]) -> dict[str, list[str]]:
    """The inputs that Open WebUI sets, by kind of node."""
    return {node["type"]: [workflow[name]["class_type"] for name in node["node_ids"]] for node in nodes}


def test_a_checkpoint_is_drawn_with_by_the_charts_own_workflow(rendered: Rendered) -> None:
    found = page(rendered(TWO_MODELS, THOR, "openwebui: {images: {model: sdxl.safetensors}}"))
    nodes, workflow = json.loads(found["COMFYUI_WORKFLOW_NODES"]), json.loads(found["COMFYUI_WORKFLOW"])
    taken = filled(nodes, workflow)
    assert (found["ENABLE_IMAGE_GENERATION"], found["IMAGE_GENERATION_MODEL"]) == ("true", "sdxl.safetensors")
    assert (taken["model"], taken["prompt"]) == (["CheckpointLoaderSimple"], ["CLIPTextEncode"])
    assert (taken["width"], taken["steps"], taken["seed"]) == (["EmptyLatentImage"], ["KSampler"], ["KSampler"])
    assert all(node["key"] in workflow[name]["inputs"] for node in nodes for name in node["node_ids"])


def test_what_the_page_writes_to_reaches_the_picture(rendered: Rendered) -> None:
    found = page(rendered(THOR, "openwebui: {images: {model: sdxl.safetensors}}"))
    workflow = json.loads(found["COMFYUI_WORKFLOW"])
    waiting, seen = [name for name, node in workflow.items() if node["class_type"] == "SaveImage"], set()
    while waiting:
        seen.add(name := waiting.pop())
        waiting += [value[0] for value in workflow[name]["inputs"].values() if isinstance(value, list)]
    assert {name for node in json.loads(found["COMFYUI_WORKFLOW_NODES"]) for name in node["node_ids"]} <= seen


OWN = {"workflow": '{"6": {"class_type": "SaveImage", "inputs": {}}}'}
NODES = {"workflowNodes": [{"type": "prompt", "key": "text", "node_ids": ["6"]}]}


@pytest.mark.parametrize(
    ("images", "shown"),
    [({"model": "a"}, True), (OWN | NODES, True), ({"size": "64x64"}, False), (OWN, False), (NODES, False)],
)
def test_the_image_button_is_there_where_something_can_draw(
    rendered: Rendered, images: dict[str, Any], shown: bool
) -> None:
    found = page(rendered(THOR, at("openwebui.images", images)))
    assert found["ENABLE_IMAGE_GENERATION"] == str(shown).lower()


def test_a_workflow_of_the_users_is_sent_as_it_is(rendered: Rendered) -> None:
    found = page(rendered(THOR, at("openwebui.images", {"model": "a", **OWN, **NODES})))
    assert json.loads(found["COMFYUI_WORKFLOW"]) == {"6": {"class_type": "SaveImage", "inputs": {}}}
    assert json.loads(found["COMFYUI_WORKFLOW_NODES"])[0]["node_ids"] == ["6"]


@pytest.mark.parametrize("value", [True, False])
def test_models_are_for_everybody_by_default(rendered: Rendered, value: bool) -> None:
    assert page(rendered(ROCM))["BYPASS_MODEL_ACCESS_CONTROL"] == "true"
    found = page(rendered(ROCM, at("openwebui.modelsForEverybody", value)))
    assert found["BYPASS_MODEL_ACCESS_CONTROL"] == str(value).lower()


def test_arguments_of_the_users_come_after_the_images_own_program(rendered: Rendered) -> None:
    found = container(rendered(ROCM, "openwebui: {extraArgs: [--workers, '1']}"), WORKLOAD["sidecar"], "openwebui")
    assert (found["command"], found["args"]) == (["bash", "start.sh"], ["--workers", "1"])
    own = "openwebui: {command: [sh, mine.sh], extraArgs: [x]}"
    assert container(rendered(ROCM, own), WORKLOAD["sidecar"], "openwebui")["command"] == ["sh", "mine.sh"]
    assert "command" not in container(rendered(ROCM), WORKLOAD["sidecar"], "openwebui")


INGRESS = "ingress: {enabled: true, host: chat.lan%s}"


@pytest.mark.parametrize(
    ("values", "address"),
    [
        ("", None),
        ("url: http://chat.lan", "http://chat.lan"),
        (INGRESS % "", "http://chat.lan"),
        (INGRESS % ", tlsSecret: t", "https://chat.lan"),
        (f"url: 'https://a.lan', {INGRESS % ''}", "https://a.lan"),
    ],
)
def test_the_page_answers_at_its_address_and_at_the_port_forward_of_the_notes(
    rendered: Rendered, values: str, address: str | None
) -> None:
    found = page(rendered(ROCM, at("openwebui", flow(values))))
    assert found.get("WEBUI_URL") == address
    assert found["CORS_ALLOW_ORIGIN"].split(";") == [*([address] if address else []), "http://localhost:8080"]


@pytest.mark.parametrize(("value", "expected"), [(False, "false"), (True, "true")])
def test_the_charts_settings_override_the_database_by_default(rendered: Rendered, value: bool, expected: str) -> None:
    assert page(rendered(ROCM, at("openwebui.persistentConfig", value)))["ENABLE_PERSISTENT_CONFIG"] == expected


def test_the_administrators_password_comes_from_the_secret(rendered: Rendered) -> None:
    assert page(rendered(ROCM))["WEBUI_ADMIN_PASSWORD"]["secretKeyRef"]["key"] == "WEBUI_ADMIN_PASSWORD"
    assert "WEBUI_ADMIN_PASSWORD" not in page(rendered(ROCM, 'openwebui: {admin: {email: ""}}'))


def test_data_is_kept_when_the_release_goes(rendered: Rendered) -> None:
    claim = rendered(ROCM).get("PersistentVolumeClaim", "ai-server-openwebui")
    assert claim["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_data_can_live_with_the_pod_instead(rendered: Rendered) -> None:
    manifests = rendered(ROCM, "openwebui: {persistence: {enabled: false}}")
    assert manifests.of_kind("PersistentVolumeClaim") == []
    assert {"name": "openwebui-data", "emptyDir": {}} in manifests.pod("ai-server-litellm").spec["volumes"]


def test_a_claim_of_the_users_is_taken_as_it_is(rendered: Rendered) -> None:
    manifests = rendered(ROCM, "openwebui: {persistence: {existingClaim: mine}}")
    assert manifests.of_kind("PersistentVolumeClaim") == []
    assert {"name": "openwebui-data", "persistentVolumeClaim": {"claimName": "mine"}} in manifests.pod(
        "ai-server-litellm"
    ).spec["volumes"]


def test_one_writer_at_a_time_has_the_data(rendered: Rendered) -> None:
    for values, workload in (
        ("{}", "ai-server-litellm"),
        ("openwebui: {mode: standalone}", "ai-server-openwebui"),
    ):
        assert rendered(ROCM, values).get("Deployment", workload)["spec"]["strategy"] == {"type": "Recreate"}


def test_the_page_answers_at_each_of_its_hosts(rendered: Rendered) -> None:
    hosts = "extraHosts: {chat.example.com: {tlsSecret: t}, '*.example.org': {}}"
    found = page(rendered(ROCM, at("openwebui.ingress", flow(f"enabled: true, host: chat.lan, {hosts}"))))
    assert found["CORS_ALLOW_ORIGIN"] == "http://chat.lan;https://chat.example.com;http://localhost:8080"
    assert found["WEBUI_URL"] == "http://chat.lan"


def test_a_page_behind_a_gateway_answers_with_and_without_tls(rendered: Rendered) -> None:
    route = "enabled: true, parentRefs: [{name: a}], hostnames: [chat.lan]"
    found = page(rendered(ROCM, at("openwebui.httpRoute", flow(route))))
    assert found["CORS_ALLOW_ORIGIN"] == "https://chat.lan;http://chat.lan;http://localhost:8080"
    assert found["WEBUI_URL"] == "https://chat.lan"


def test_the_address_of_a_page_with_cert_manager_is_https(rendered: Rendered) -> None:
    ingress = "enabled: true, host: chat.lan, certManager: {clusterIssuer: ca}"
    assert page(rendered(ROCM, at("openwebui.ingress", flow(ingress))))["WEBUI_URL"] == "https://chat.lan"


SHARED = {
    "database": {"existingSecret": "page-database", "key": "uri"},
    "redis": {"url": "redis://redis.lan:6379/0"},
    "persistence": {"accessMode": "ReadWriteMany"},
}


def test_several_pods_of_the_page_share_their_data(rendered: Rendered) -> None:
    manifests = rendered(ROCM, at("openwebui", {"mode": "standalone", "replicas": 2, **SHARED}))
    spec, found = manifests.get("Deployment", WORKLOAD["standalone"])["spec"], page(manifests, "standalone")
    assert (spec["replicas"], spec["strategy"]["type"]) == (2, "RollingUpdate")
    assert found["DATABASE_URL"] == {"secretKeyRef": {"name": "page-database", "key": "uri"}}
    assert (found["VECTOR_DB"], found["WEBSOCKET_MANAGER"], found["STATIC_DIR"]) == ("pgvector", "redis", "/tmp/static")
    assert found["REDIS_URL"] == "redis://redis.lan:6379/0"
    assert "readinessProbe" in container(manifests, WORKLOAD["standalone"], "openwebui")


def test_redis_with_a_password_comes_from_a_secret(rendered: Rendered) -> None:
    found = page(rendered(ROCM, at("openwebui.redis", {"existingSecret": "page-redis", "key": "url"})))
    assert found["REDIS_URL"] == {"secretKeyRef": {"name": "page-redis", "key": "url"}}


OWN_SERVERS = {"DATABASE_URL": {"valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}, "VECTOR_DB": "qdrant"}


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        (SHARED, ""),
        (SHARED | {"database": {}}, "openwebui.database.existingSecret"),
        (SHARED | {"redis": {}}, "openwebui.redis.url"),
        (SHARED | {"persistence": {"accessMode": "ReadWriteOnce"}}, "ReadWriteMany"),
        (SHARED | {"persistence": {"enabled": False}}, "ReadWriteMany"),
        (SHARED | {"persistence": {"enabled": False}, "extraEnv": {"STORAGE_PROVIDER": "s3"}}, ""),
        (SHARED | {"database": {}, "extraEnv": OWN_SERVERS}, ""),
        (SHARED | {"database": {}, "extraEnv": OWN_SERVERS | {"VECTOR_DB": "chroma"}}, "VECTOR_DB: pgvector"),
        ({"extraEnv": OWN_SERVERS | {"WEBSOCKET_MANAGER": "redis"}, "persistence": {"existingClaim": "a"}}, ""),
    ],
)
def test_several_pods_need_what_they_share(rendered: Rendered, values: dict[str, Any], missing: str) -> None:
    several = at("openwebui", {"mode": "standalone", "replicas": 2, **values})
    with pytest.raises(UserError, match=f"openwebui.replicas: .*{missing}") if missing else nullcontext():
        rendered(ROCM, several)


def test_a_sidecar_that_shares_its_data_may_run_in_several_pods(rendered: Rendered) -> None:
    spec = rendered(ROCM, "litellm: {replicas: 2}", at("openwebui", SHARED)).get("Deployment", "ai-server-litellm")[
        "spec"
    ]
    assert (spec["replicas"], spec["strategy"]["type"]) == (2, "RollingUpdate")


def test_the_claim_alone_carries_its_labels_and_annotations(rendered: Rendered) -> None:
    persistence = {"labels": {"backup": "daily", "app.kubernetes.io/name": "no"}, "annotations": {"retain": "30d"}}
    manifests = rendered(ROCM, at("openwebui.persistence", persistence, "global.labels", {"team": "home"}))
    metadata = manifests.get("PersistentVolumeClaim", "ai-server-openwebui")["metadata"]
    assert (
        metadata["labels"].items()
        >= {"backup": "daily", "team": "home", "app.kubernetes.io/name": "open-webui"}.items()
    )
    assert metadata["annotations"] == {"retain": "30d", "helm.sh/resource-policy": "keep"}
    assert [item["kind"] for item in manifests if "backup" in item["metadata"]["labels"]] == ["PersistentVolumeClaim"]


def test_the_ingress_leads_to_the_page(rendered: Rendered) -> None:
    manifests = rendered(ROCM, "openwebui: {ingress: {enabled: true, host: chat.lan, tlsSecret: t, className: c}}")
    spec = manifests.get("Ingress", "ai-server-openwebui")["spec"]
    assert (spec["ingressClassName"], spec["tls"]) == ("c", [{"hosts": ["chat.lan"], "secretName": "t"}])
    assert spec["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] == "ai-server-openwebui"


def test_without_the_page_the_gateway_is_alone_in_its_pod(rendered: Rendered) -> None:
    manifests = rendered(ROCM, "openwebui: {enabled: false}")
    assert [container["name"] for container in manifests.pod("ai-server-litellm").containers()] == ["litellm"]
    assert not manifests.of_kind("PersistentVolumeClaim")


def test_the_claim_is_kept_by_default(rendered: Rendered) -> None:
    annotations = [
        rendered(ROCM, text).get("PersistentVolumeClaim", "ai-server-openwebui")["metadata"].get("annotations")
        for text in ("{}", "openwebui: {persistence: {keep: false}}")
    ]
    assert annotations == [{"helm.sh/resource-policy": "keep"}, None]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [("model", "sdxl.safetensors", "sdxl.safetensors"), ("size", "64x64", "no pictures"), ("enabled", False, "")],
)
def test_routes_say_what_pictures_are_drawn_with(rendered: Rendered, key: str, value: Any, said: str) -> None:
    shown = pictures(rendered(THOR, at(f"openwebui.images.{key}", value)))
    assert (said in shown, bool(shown)) == (True, bool(said))


def test_documents_are_cut_for_the_embedding_model_that_a_variable_names(rendered: Rendered) -> None:
    two = "rocm: {models: {long: {file: gguf/a.gguf, mode: embedding}, short: {file: gguf/b.gguf, mode: embedding, ctxSize: 512}}}"
    named = "openwebui: {extraEnv: {RAG_EMBEDDING_MODEL: %s}}"
    sizes = [page(rendered(ROCM, two, named % name))["CHUNK_SIZE"] for name in ("long", "short")]
    assert sizes == ["682", "500"]
