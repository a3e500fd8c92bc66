"""The release of a trial: the user's values without what needs a cluster, and with the backends of this machine."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ai_server.errors import UserError
from ai_server.helm.gateway import gateway_of
from ai_server.helm.render import render
from ai_server.kube.manifests import Manifests
from ai_server.local.backends import Backend
from ai_server.local.container import Program
from ai_server.local.release import other_versions, own_containers, processes
from ai_server.local.trial_values import Ports, has_models, values_here
from ai_server.reading import profiles
from tests.at import at

TINY = Backend("tiny", "hosted_vllm/tiny", "http://127.0.0.1:9/v1")
KEYED = {"model": "openai/gpt", "apiKeySecret": {"name": "cloud"}}
ELSEWHERE = {"model": "hosted_vllm/mac", "apiBase": "http://mac.lan/v1"}


def here(values: dict[str, Any], *backends: Backend) -> tuple[Manifests, list[str]]:
    changed, notes = values_here(values, backends or [TINY], Ports(4321, 8321))
    return render(changed), notes


def models(manifests: Manifests) -> list[str]:
    return sorted(gateway_of(manifests.of_kind("ConfigMap")).modes)


def page(manifests: Manifests) -> dict[str, str]:
    [container] = [item for item in manifests.pod("ai-server-litellm").containers() if item["name"] == "openwebui"]
    return {variable["name"]: variable.get("value", "") for variable in container["env"]}


def homelab() -> dict[str, Any]:
    return profiles.load(profiles.profile("homelab").files).values


def test_every_profile_renders_on_one_machine(profile: profiles.Profile) -> None:
    manifests, _ = here(profiles.load(profile.files).values)
    assert "tiny" in models(manifests)
    assert [pod.name for pod in manifests.running()] == ["ai-server-litellm"]


def test_models_of_nodes_are_left_out_unless_they_have_a_backend() -> None:
    manifests, [note] = here(homelab(), Backend("qwen3-32b", "hosted_vllm/qwen3-32b", "http://a/v1"))
    assert models(manifests) == ["qwen3-32b"]
    assert "gpt-oss-120b" in note
    assert "qwen3-32b," not in note
    assert page(manifests)["TASK_MODEL_EXTERNAL"] == "qwen3-32b"


def test_a_name_that_stands_for_another_model_is_noted() -> None:
    assert here({}, Backend("llama", "ollama_chat/llama:latest", "http://a"))[1] == []
    assert here({}, Backend("big", "hosted_vllm/small", "http://a/v1"))[1] == ["big is answered by small"]


def test_fallbacks_are_kept_where_both_models_are_here() -> None:
    pair = [Backend(name, f"hosted_vllm/{name}", "http://a/v1") for name in ("gpt-oss-120b", "qwen3-32b")]
    both = gateway_of(here(homelab(), *pair)[0].of_kind("ConfigMap"))
    assert both.fallbacks["gpt-oss-120b"] == ["qwen3-32b"]
    assert gateway_of(here(homelab(), pair[0])[0].of_kind("ConfigMap")).fallbacks == {}


def test_models_elsewhere_stay_unless_their_key_is_in_a_secret() -> None:
    manifests, notes = here(at("litellm.models.mac", ELSEWHERE, "litellm.models.cloud", KEYED))
    assert models(manifests) == ["mac", "tiny"]
    assert notes == ["models with a key in a Secret of the cluster are left out: cloud"]


def test_what_matches_a_wildcard_stays() -> None:
    routing = {"aliases": {"big": "openrouter/big", "old": "gone"}, "fallbacks": {"tiny": ["openrouter/big", "gone"]}}
    wildcard = {"name": "openrouter/*", "model": "openrouter/*", "apiBase": "http://mac.lan/v1"}
    changed, _ = values_here(at("litellm.models.router", wildcard, "litellm.routing", routing), [TINY], Ports(1, 2))
    assert "openrouter/*" in models(render(changed))
    assert changed["litellm"]["routing"]["aliases"] == {"big": "openrouter/big"}
    assert changed["litellm"]["routing"]["fallbacks"] == {"tiny": ["openrouter/big"]}


@pytest.mark.parametrize(("entry", "has"), [(ELSEWHERE, True), (KEYED, False), (ELSEWHERE | {"enabled": False}, False)])
def test_models_elsewhere_make_other_backends_unnecessary(entry: dict[str, Any], has: bool) -> None:
    assert has_models(at("litellm.models.one", entry)) is has


def test_a_backend_replaces_the_model_of_its_name() -> None:
    manifests, _ = here(at("litellm.models.tiny", ELSEWHERE))
    [route] = gateway_of(manifests.of_kind("ConfigMap")).routes
    assert route.api_base == TINY.url


def test_the_first_of_several_embedding_models_is_used() -> None:
    pair = [Backend(name, f"ollama/{name}", "http://a", "embedding") for name in ("bge", "nomic")]
    assert page(here({}, TINY, *pair)[0])["RAG_EMBEDDING_MODEL"] == "bge"
    assert page(here(at("openwebui.documents.embeddingModel", "nomic"), *pair)[0])["RAG_EMBEDDING_MODEL"] == "nomic"


@pytest.mark.parametrize(("tools", "params"), [(True, None), (False, '{"function_calling":"legacy"}')])
def test_the_page_sends_no_tools_to_a_model_without(tools: bool, params: str | None) -> None:
    backend = replace(TINY, info={"supports_function_calling": tools})
    assert page(here({}, backend)[0]).get("DEFAULT_MODEL_PARAMS") == params


def test_the_page_is_used_at_its_port_on_this_machine() -> None:
    env = page(here(at("openwebui.url", "https://chat.lan", "openwebui.mode", "standalone"))[0])
    assert env["WEBUI_URL"] == "http://localhost:8321"
    assert env["CORS_ALLOW_ORIGIN"] == "http://localhost:8321;http://127.0.0.1:8321"
    assert env["OPENAI_API_BASE_URL"] == "http://127.0.0.1:4321/v1"


def test_variables_from_secrets_of_the_cluster_are_left_out() -> None:
    secret = {"valueFrom": {"secretKeyRef": {"name": "sso", "key": "id"}}}
    env = {"OAUTH_CLIENT_ID": secret, "WEBUI_NAME": "Home"}
    manifests, [note] = here(at("openwebui.extraEnv", env, "litellm.envFrom", [{"secretRef": {"name": "more"}}]), TINY)
    assert "OAUTH_CLIENT_ID" not in page(manifests)
    assert page(manifests)["WEBUI_NAME"] == "Home"
    assert note.endswith(": OAUTH_CLIENT_ID, more")


def test_databases_and_redis_are_left_out() -> None:
    secret = {"existingSecret": "db"}
    values = at("litellm.database", secret, "openwebui.database", secret, "openwebui.redis", secret)
    assert [variable for variable in page(here(values)[0]) if variable in ("DATABASE_URL", "REDIS_URL")] == []


def test_processes_have_the_path_that_answers_when_they_are_ready(tmp_path: Path) -> None:
    program = Program(("run",))
    manifests, _ = here({})
    keys = dict.fromkeys(("BACKEND_API_KEY", "LITELLM_MASTER_KEY", "LITELLM_SALT_KEY"), "x")
    secrets = {"ai-server-keys": {**keys, "WEBUI_ADMIN_PASSWORD": "x", "WEBUI_SECRET_KEY": "x"}}
    made = processes(manifests, {"litellm": program, "openwebui": program}, tmp_path, secrets=secrets)
    assert [(process.port, path) for process, path in made.values()] == [
        (4321, "/health/readiness"),
        (8321, "/health"),
    ]


def test_containers_of_the_values_are_named() -> None:
    values = at("litellm.pod.extraContainers", [{"name": "clock", "image": "busybox"}])
    assert own_containers(here(values)[0]) == ["clock"]


def test_another_version_in_the_values_is_named() -> None:
    versions = {"litellm": "litellm 1.108.14", "openwebui": "open-webui 0.12.4"}
    values = at("litellm.image.tag", "v1.106.12", "openwebui.image.tag", "v0.12.4")
    assert other_versions(values, versions) == ["litellm 1.108.14 runs here, your values install v1.106.12"]
    assert other_versions({}, versions) == []


def test_a_section_of_the_wrong_type_is_an_error() -> None:
    with pytest.raises(UserError, match="litellm: must be a map"):
        here({"litellm": []})
