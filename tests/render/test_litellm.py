"""The gateway: a route for every model."""

from typing import Any

import pytest
import yaml

from ai_server.errors import UserError
from ai_server.kube.manifests import Manifests
from tests.at import at
from tests.conftest import Rendered
from tests.render.common import ROCM, THOR, TWO_MODELS, container, env, flag

LIMITS = {"max_input_tokens", "max_output_tokens"}
BOTH_WAYS = "litellm: {routing: {fallbacks: {chat: [small], small: [chat]}}}"
EXTRA = "litellm: {models: {far: {model: hosted_vllm/far, apiBase: http://far.lan/v1}}}"


def config(manifests: Manifests) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(manifests.get("ConfigMap", "ai-server-litellm")["data"]["config.yaml"])
    return found


def route(manifests: Manifests, name: str) -> dict[str, Any]:
    [found] = [entry for entry in config(manifests)["model_list"] if entry["model_name"] == name]
    return dict(found)


def test_every_model_of_every_backend_has_a_route(rendered: Rendered) -> None:
    names = [entry["model_name"] for entry in config(rendered(TWO_MODELS, THOR, EXTRA))["model_list"]]
    assert names == ["chat", "embed", "far", "kokoro", "small", "whisper"]


def test_llama_cpp_and_vllm_are_asked_as_vllm_and_speech_as_openai(rendered: Rendered) -> None:
    manifests = rendered(ROCM, THOR)
    models = [route(manifests, name)["litellm_params"]["model"] for name in ("chat", "small", "whisper", "kokoro")]
    assert models == [
        "hosted_vllm/chat",
        "hosted_vllm/small",
        "openai/Systran/faster-whisper-small",
        "openai/kokoro",
    ]


def test_a_route_leads_to_its_backends_service(rendered: Rendered) -> None:
    params = route(rendered(ROCM, "rocm: {port: 1234}"), "chat")["litellm_params"]
    assert params["api_base"] == "http://ai-server-rocm-halo:1234/v1"
    assert params["api_key"] == "os.environ/BACKEND_API_KEY"


def test_a_route_says_what_its_model_is_for(rendered: Rendered) -> None:
    manifests = rendered(TWO_MODELS, THOR)
    modes = [route(manifests, name)["model_info"]["mode"] for name in ("chat", "embed", "whisper", "kokoro")]
    assert modes == ["chat", "embedding", "audio_transcription", "audio_speech"]


def test_a_route_states_how_long_a_prompt_may_be(rendered: Rendered) -> None:
    info = route(rendered(ROCM, "rocm: {server: {ctxSize: 65536, parallel: 4}}"), "chat")["model_info"]
    assert (info["max_input_tokens"], info["max_output_tokens"]) == (16384, 8192)
    info = route(rendered(THOR, "thor: {vllm: {maxModelLen: 4096}}"), "small")["model_info"]
    assert (info["max_input_tokens"], info["max_output_tokens"]) == (4096, 2048)


def test_an_unknown_limit_is_omitted(rendered: Rendered) -> None:
    assert not route(rendered(THOR, "thor: {vllm: {maxModelLen: 0}}"), "small")["model_info"].keys() & LIMITS
    assert not route(rendered(THOR), "whisper")["model_info"].keys() & LIMITS
    assert route(rendered(TWO_MODELS), "embed")["model_info"].keys() & LIMITS == {"max_input_tokens"}


def test_a_model_on_two_nodes_is_one_name_with_two_backends(rendered: Rendered) -> None:
    manifests = rendered(ROCM, "rocm: {nodes: {b: {renderGroup: 1}}}")
    assert [entry["model_info"]["id"] for entry in config(manifests)["model_list"]] == [
        "rocm-b-chat",
        "rocm-halo-chat",
    ]
    assert {entry["model_name"] for entry in config(manifests)["model_list"]} == {"chat"}


def test_an_external_models_key_comes_from_its_secret(rendered: Rendered) -> None:
    manifests = rendered(ROCM, EXTRA, "litellm: {models: {far: {apiKeySecret: {name: far, key: token}}}}")
    assert route(manifests, "far")["litellm_params"]["api_key"] == "os.environ/MODEL_KEY_FAR"
    assert env(container(manifests, "ai-server-litellm", "litellm"))["MODEL_KEY_FAR"] == {
        # optional: a missing key only costs its own model
        "secretKeyRef": {"name": "far", "key": "token", "optional": True}
    }


def test_a_backend_without_a_key_still_gets_one_to_send(rendered: Rendered) -> None:
    assert route(rendered(EXTRA), "far")["litellm_params"]["api_key"] == "none"


def test_a_change_of_routes_rolls_the_gateway(rendered: Rendered) -> None:
    one, other = (
        rendered(ROCM, at("rocm.port", port)).pod("ai-server-litellm").metadata["annotations"] for port in (1, 2)
    )
    assert one["checksum/config"] != other["checksum/config"]


def test_fallbacks_and_aliases_are_in_litellms_own_form(rendered: Rendered) -> None:
    routing = "litellm: {routing: {fallbacks: {chat: [small]}, aliases: {gpt-4o: chat}}}"
    router = config(rendered(ROCM, THOR, routing))["router_settings"]
    assert [list(fallback) for fallback in router["fallbacks"]] == [["chat"]]
    assert router["fallbacks"][0]["chat"][0] == "small"
    assert router["model_group_alias"] == {"gpt-4o": "chat"}


def test_after_a_models_fallbacks_come_their_backends_and_its_own_which_are_asked_even_while_left_alone(
    rendered: Rendered,
) -> None:
    assert config(rendered(ROCM, THOR, BOTH_WAYS))["router_settings"]["fallbacks"] == [
        {"chat": ["small", "thor-thor-small", "rocm-halo-chat"]},
        {"small": ["chat", "rocm-halo-chat", "thor-thor-small"]},
    ]


def test_a_model_of_several_backends_falls_back_to_two_of_them(rendered: Rendered) -> None:
    more = "rocm: {nodes: {b: {renderGroup: 1}, c: {renderGroup: 1}}}"
    assert config(rendered(ROCM, more))["router_settings"]["fallbacks"] == [{"chat": ["rocm-b-chat", "rocm-c-chat"]}]


def test_a_fallback_by_an_alias_leads_to_its_models_backends(rendered: Rendered) -> None:
    routing = "litellm: {routing: {fallbacks: {chat: [other]}, aliases: {other: small}}}"
    [fallbacks] = config(rendered(ROCM, THOR, routing))["router_settings"]["fallbacks"]
    assert fallbacks == {"chat": ["other", "thor-thor-small", "rocm-halo-chat"]}


def test_a_model_with_a_fallback_is_left_alone_for_its_own_failures_and_not_for_those_of_another(
    rendered: Rendered,
) -> None:
    manifests = rendered(ROCM, THOR, BOTH_WAYS, "litellm: {routing: {allowedFails: 3}}")
    for name in ("chat", "small"):
        info = route(manifests, name)["model_info"]
        assert info["allowed_fails"] == 1000000
        assert info["allowed_fails_policy"]["InternalServerErrorAllowedFails"] == 3
        assert "RateLimitErrorAllowedFails" not in info["allowed_fails_policy"]


def test_a_model_without_another_backend_or_fallback_is_never_left_alone(rendered: Rendered) -> None:
    manifests = rendered(ROCM, THOR, BOTH_WAYS)
    assert "allowed_fails_policy" not in route(manifests, "whisper")["model_info"]
    assert "fallbacks" not in config(rendered(ROCM))["router_settings"]


def test_an_empty_fallback_or_alias_removes_the_entry(rendered: Rendered) -> None:
    first = "litellm: {routing: {fallbacks: {chat: [small]}, aliases: {gpt-4o: chat}}}"
    second = "litellm: {routing: {fallbacks: {chat: []}, aliases: {gpt-4o: ''}}}"
    assert {"fallbacks", "model_group_alias"} & config(rendered(ROCM, THOR, first, second))[
        "router_settings"
    ].keys() == set()


def test_litellms_own_settings_win_over_the_charts(rendered: Rendered) -> None:
    own = "litellm: {routerSettings: {num_retries: 7}, litellmSettings: {drop_params: false}, generalSettings: {x: 1}}"
    found = config(rendered(ROCM, own))
    assert (found["router_settings"]["num_retries"], found["litellm_settings"]["drop_params"]) == (7, False)
    assert found["general_settings"]["x"] == 1


def test_other_sections_of_the_configuration_are_next_to_the_charts(rendered: Rendered) -> None:
    found = config(rendered(ROCM, "litellm: {extraConfig: {mcp_servers: {search: {url: http://mcp.lan/mcp}}}}"))
    assert found["mcp_servers"] == {"search": {"url": "http://mcp.lan/mcp"}}
    assert [entry["model_name"] for entry in found["model_list"]] == ["chat"]


def test_the_gateway_fetches_nothing_at_start(rendered: Rendered) -> None:
    found = env(container(rendered(ROCM), "ai-server-litellm", "litellm"))
    assert found["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
    assert found["NO_DOCS"] == "True"


@pytest.mark.parametrize("key", ["LITELLM_MASTER_KEY", "LITELLM_SALT_KEY"])
def test_keys_come_from_the_secret(rendered: Rendered, key: str) -> None:
    named = rendered(ROCM, "global: {existingSecret: mine}")
    assert env(container(named, "ai-server-litellm", "litellm"))[key] == {"secretKeyRef": {"name": "mine", "key": key}}


def test_workers_have_a_folder_for_their_metrics(rendered: Rendered) -> None:
    manifests = rendered(ROCM, "litellm: {numWorkers: 3}")
    litellm = container(manifests, "ai-server-litellm", "litellm")
    assert flag(litellm, "--num_workers") == "3"
    assert env(litellm)["PROMETHEUS_MULTIPROC_DIR"] in [mount["mountPath"] for mount in litellm["volumeMounts"]]


def test_the_ingress_lets_the_api_through_and_no_management(rendered: Rendered) -> None:
    manifests = rendered(ROCM, "litellm: {ingress: {enabled: true, host: api.lan}}")
    [rule] = manifests.get("Ingress", "ai-server-litellm")["spec"]["rules"]
    assert [path["path"] for path in rule["http"]["paths"]] == ["/v1", "/health/liveliness"]


def test_further_paths_of_the_api_are_opened_on_purpose(rendered: Rendered) -> None:
    values = "litellm: {ingress: {enabled: true, host: api.lan, extraHosts: {b.lan: {}}}, publicPaths: [/v1, /mcp]}"
    rules = [item["spec"]["rules"][0] for item in rendered(ROCM, values).of_kind("Ingress")]
    assert [[path["path"] for path in rule["http"]["paths"]] for rule in rules] == [["/v1", "/mcp"]] * 2


def test_health_checks_are_off_unless_asked_for(rendered: Rendered) -> None:
    assert "background_health_checks" not in config(rendered(ROCM))["general_settings"]
    asked = config(rendered(ROCM, "litellm: {healthChecks: {enabled: true, intervalSeconds: 60}}"))["general_settings"]
    assert (asked["background_health_checks"], asked["health_check_interval"]) == (True, 60)


def test_without_the_gateway_its_objects_are_gone(rendered: Rendered) -> None:
    manifests = rendered(ROCM, "litellm: {enabled: false}", "openwebui: {enabled: false}")
    assert not [item for item in manifests if item["metadata"]["labels"]["app.kubernetes.io/component"] != "rocm"]


def test_two_gateways_roll_one_after_the_other(rendered: Rendered) -> None:
    manifests = rendered(ROCM, "{litellm: {replicas: 2}, openwebui: {mode: standalone}}")
    spec = manifests.get("Deployment", "ai-server-litellm")["spec"]
    assert (spec["replicas"], spec["strategy"]["type"]) == (2, "RollingUpdate")


def test_two_gateways_are_refused_while_the_page_is_a_sidecar(rendered: Rendered) -> None:
    with pytest.raises(UserError, match=r"litellm\.replicas: more than 1"):
        rendered(ROCM, "litellm: {replicas: 2}")


def test_the_users_fallbacks_win_and_other_models_keep_the_charts(rendered: Rendered) -> None:
    second = "rocm: {nodes: {b: {renderGroup: 1}}}"
    own = "litellm: {routerSettings: {fallbacks: [{small: [chat]}]}}"
    assert config(rendered(ROCM, THOR, second, own))["router_settings"]["fallbacks"] == [
        {"small": ["chat"]},
        {"chat": ["rocm-b-chat", "rocm-halo-chat"]},
    ]


@pytest.mark.parametrize("own", ["chat", "[chat]", "{chat: small}", "[{chat: [small]}, 3]"])
def test_fallbacks_of_another_form_are_passed_on_as_written(rendered: Rendered, own: str) -> None:
    found = config(rendered(ROCM, THOR, f"litellm: {{routerSettings: {{fallbacks: {own}}}}}"))["router_settings"]
    assert found["fallbacks"] == yaml.safe_load(own)


def test_a_backend_with_a_fallback_cools_down_after_failures_of_its_own_but_not_while_it_loads(
    rendered: Rendered,
) -> None:
    policy = route(rendered(ROCM, THOR, BOTH_WAYS), "chat")["model_info"]["allowed_fails_policy"]
    wanted = (
        "AuthenticationError",
        "BadGatewayError",
        "InternalServerError",
        "TimeoutError",
    )
    assert policy == {f"{error}AllowedFails": 1 for error in wanted}


DATABASE = "litellm: {database: {existingSecret: gateway-app, key: uri}}"


def memory(manifests: Manifests) -> list[str | None]:
    resources = container(manifests, "ai-server-litellm", "litellm")["resources"]
    return [resources.get(kind, {}).get("memory") for kind in ("requests", "limits")]


def test_the_database_is_at_the_key_of_its_secret(rendered: Rendered) -> None:
    manifests = rendered(ROCM, DATABASE)
    assert env(container(manifests, "ai-server-litellm", "litellm"))["DATABASE_URL"] == {
        "secretKeyRef": {"name": "gateway-app", "key": "uri"}
    }
    assert config(manifests)["general_settings"]["database_url"] == "os.environ/DATABASE_URL"


def test_memory_grows_with_a_database_and_with_workers(rendered: Rendered) -> None:
    assert memory(rendered(ROCM)) == ["768Mi", "2048Mi"]
    assert memory(rendered(ROCM, DATABASE)) == ["1536Mi", "3072Mi"]
    assert memory(rendered(ROCM, DATABASE, "litellm: {numWorkers: 3}")) == ["2304Mi", "3840Mi"]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ("{limits: {memory: 1Gi}}", [None, "1Gi"]),
        ("{requests: {memory: 1Gi}}", ["1Gi", "3072Mi"]),
        ("{requests: {memory: 4Gi}}", ["4Gi", None]),
        ("{limits: {memory: null}}", ["1536Mi", None]),
    ],
)
def test_memory_in_the_values_wins_and_a_request_is_never_above_the_limit(
    rendered: Rendered, resources: str, expected: list[str | None]
) -> None:
    assert memory(rendered(ROCM, DATABASE, f"litellm: {{resources: {resources}}}")) == expected


TWO = "{litellm: {replicas: 2}, openwebui: {mode: standalone}}"


def test_one_job_updates_the_tables_before_two_pods_start(rendered: Rendered) -> None:
    manifests = rendered(ROCM, DATABASE, TWO)
    assert (
        manifests.get("Job", "ai-server-migration")["metadata"]["annotations"]["helm.sh/hook"]
        == "pre-install,pre-upgrade"
    )
    migrate = container(manifests, "ai-server-migration", "migrate")
    assert migrate["args"] == ["--skip_server_startup"]
    assert env(migrate)["DATABASE_URL"] == {"secretKeyRef": {"name": "gateway-app", "key": "uri"}}
    assert env(container(manifests, "ai-server-litellm", "litellm"))["DISABLE_SCHEMA_UPDATE"] == "True"


def test_the_job_needs_nothing_that_the_release_creates(rendered: Rendered) -> None:
    manifests = rendered(ROCM, DATABASE, TWO)
    assert {(needed.kind, needed.name) for needed in manifests.pod("ai-server-migration").references()} == {
        ("Secret", "gateway-app")
    }


@pytest.mark.parametrize("values", [DATABASE, TWO, f"{DATABASE[:-2]}, migrationJob: false}}, replicas: 2}}"])
def test_otherwise_each_pod_updates_the_tables_at_its_start(rendered: Rendered, values: str) -> None:
    manifests = rendered(ROCM, "openwebui: {mode: standalone}", values)
    assert manifests.of_kind("Job") == []
    assert "DISABLE_SCHEMA_UPDATE" not in env(container(manifests, "ai-server-litellm", "litellm"))
