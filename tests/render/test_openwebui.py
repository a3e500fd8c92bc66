"""The chat page."""

import json

import pytest

from tests.render.common import ROCM, THOR, TWO_MODELS, container, env

WORKLOAD = {"sidecar": "ai-server-litellm", "standalone": "ai-server-openwebui"}


def page(manifests, mode: str = "sidecar") -> dict:
    return env(container(manifests, WORKLOAD[mode], "openwebui"))


def test_the_page_is_a_sidecar_that_talks_to_localhost(rendered) -> None:
    manifests = rendered(ROCM, "litellm: {port: 4444}")
    assert page(manifests)["OPENAI_API_BASE_URL"] == "http://127.0.0.1:4444/v1"
    [pod] = manifests.selected_by(manifests.get("Service", "ai-server-openwebui"))
    assert pod.name == "ai-server-litellm"


def test_a_standalone_page_talks_to_the_gateways_service(rendered) -> None:
    manifests = rendered(ROCM, "openwebui: {mode: standalone}")
    assert page(manifests, "standalone")["OPENAI_API_BASE_URL"] == "http://ai-server-litellm:4000/v1"
    assert [each["name"] for each in manifests.pod("ai-server-litellm").containers()] == ["litellm"]


def test_a_page_without_the_gateway_talks_to_the_given_api(rendered) -> None:
    values = "{litellm: {enabled: false}, openwebui: {mode: standalone, gatewayUrl: http://api.lan/v1}}"
    found = page(rendered(ROCM, values), "standalone")
    urls = {value for key, value in found.items() if key.endswith("_API_BASE_URL")}
    assert urls == {"http://api.lan/v1"}


def test_only_the_gateway_decides_whether_the_pod_is_ready(rendered) -> None:
    found = container(rendered(ROCM), "ai-server-litellm", "openwebui")
    assert {"readinessProbe", "startupProbe"} & found.keys() == set()
    assert "livenessProbe" in found


def test_only_chat_models_are_shown(rendered) -> None:
    configs = json.loads(page(rendered(TWO_MODELS, THOR))["OPENAI_API_CONFIGS"])
    assert configs["0"]["model_ids"] == ["chat", "small"]


def test_speech_documents_and_images_are_wired_to_who_serves_them(rendered) -> None:
    found = page(rendered(TWO_MODELS, THOR))
    wired = [found[key] for key in ("AUDIO_STT_MODEL", "AUDIO_TTS_MODEL", "RAG_EMBEDDING_MODEL", "COMFYUI_BASE_URL")]
    assert wired == ["whisper", "kokoro", "embed", "http://ai-server-thor-thor-comfyui:8188"]


def test_what_nobody_serves_is_switched_off(rendered) -> None:
    found = page(rendered(ROCM))
    assert (found["AUDIO_STT_ENGINE"], found["AUDIO_TTS_ENGINE"]) == ("web", "")
    assert (found["ENABLE_IMAGE_GENERATION"], found["BYPASS_EMBEDDING_AND_RETRIEVAL"]) == ("false", "true")


def test_no_address_is_left_to_point_to_openai(rendered) -> None:
    found = page(rendered(ROCM))
    for part in ("AUDIO_STT", "AUDIO_TTS", "IMAGES", "RAG"):
        assert found[f"{part}_OPENAI_API_BASE_URL"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(("value", "expected"), [("false", "false"), ("true", "true")])
def test_the_charts_settings_win_over_the_database_unless_told_otherwise(rendered, value: str, expected: str) -> None:
    assert page(rendered(ROCM, f"openwebui: {{persistentConfig: {value}}}"))["ENABLE_PERSISTENT_CONFIG"] == expected


def test_the_administrators_password_comes_from_the_secret(rendered) -> None:
    assert page(rendered(ROCM))["WEBUI_ADMIN_PASSWORD"]["secretKeyRef"]["key"] == "WEBUI_ADMIN_PASSWORD"
    assert "WEBUI_ADMIN_PASSWORD" not in page(rendered(ROCM, 'openwebui: {admin: {email: ""}}'))


def test_data_is_kept_when_the_release_goes(rendered) -> None:
    claim = rendered(ROCM).get("PersistentVolumeClaim", "ai-server-openwebui")
    assert claim["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_data_can_live_with_the_pod_instead(rendered) -> None:
    manifests = rendered(ROCM, "openwebui: {persistence: {enabled: false}}")
    assert manifests.of_kind("PersistentVolumeClaim") == []
    assert {"name": "openwebui-data", "emptyDir": {}} in manifests.pod("ai-server-litellm").spec["volumes"]


def test_a_claim_of_the_users_is_taken_as_it_is(rendered) -> None:
    manifests = rendered(ROCM, "openwebui: {persistence: {existingClaim: mine}}")
    assert manifests.of_kind("PersistentVolumeClaim") == []
    assert {"name": "openwebui-data", "persistentVolumeClaim": {"claimName": "mine"}} in manifests.pod(
        "ai-server-litellm"
    ).spec["volumes"]


def test_one_writer_at_a_time_has_the_data(rendered) -> None:
    for values, workload in (
        ("{}", "ai-server-litellm"),
        ("openwebui: {mode: standalone}", "ai-server-openwebui"),
    ):
        assert rendered(ROCM, values).get("Deployment", workload)["spec"]["strategy"] == {"type": "Recreate"}


def test_the_ingress_leads_to_the_page(rendered) -> None:
    manifests = rendered(ROCM, "openwebui: {ingress: {enabled: true, host: chat.lan, tlsSecret: t, className: c}}")
    spec = manifests.get("Ingress", "ai-server-openwebui")["spec"]
    assert (spec["ingressClassName"], spec["tls"]) == ("c", [{"hosts": ["chat.lan"], "secretName": "t"}])
    assert spec["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] == "ai-server-openwebui"


def test_without_the_page_the_gateway_is_alone_in_its_pod(rendered) -> None:
    manifests = rendered(ROCM, "openwebui: {enabled: false}")
    assert [each["name"] for each in manifests.pod("ai-server-litellm").containers()] == ["litellm"]
    assert not manifests.of_kind("PersistentVolumeClaim")


def test_the_claim_is_kept_unless_told_otherwise(rendered) -> None:
    annotations = [
        rendered(ROCM, text).get("PersistentVolumeClaim", "ai-server-openwebui")["metadata"].get("annotations")
        for text in ("{}", "openwebui: {persistence: {keep: false}}")
    ]
    assert annotations == [{"helm.sh/resource-policy": "keep"}, None]
