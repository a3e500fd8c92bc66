"""Similar settings of LiteLLM and the chat page: which of them are wrong, and which only look wrong."""

import pytest

from ai_server.kube.addresses import is_public, service_of
from tests.tools.checks.conftest import Run

MODEL = "litellm: {models: {more: {model: %s}}%s}"
ENV = "openwebui: {extraEnv: {%s}}"
PAGE = "openwebui: {url: '%s', extraEnv: {%s}, ingress: {enabled: true, host: chat.lan}}"
WORKFLOW = """openwebui: {images: {workflow: '%s', workflowNodes: [{type: prompt, node_ids: ["%s"]}]}}"""
SAVE = '{"9": {"class_type": "SaveImageAdvanced", "inputs": {"text": ""}}}'
PVC = "  - {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: mine, namespace: %s}, spec: {storageClassName: %s, accessModes: [ReadWriteOnce], resources: {requests: {storage: 9Gi}}}}\n"

SILENT = {
    "ollama at home wants no key": MODEL % ("ollama/qwen3, apiBase: 'http://nas.lan:11434'", ""),
    "an address in params": MODEL % ("hosted_vllm/x, params: {api_base: 'http://a.lan/v1'}", ""),
    "an address in a variable": MODEL % ("ollama/x", ", extraEnv: {OLLAMA_API_BASE: 'http://nas.lan:11434'}"),
    "a proxy at home wants no key": MODEL % ("litellm_proxy/qwen3, apiBase: 'http://10.0.0.9:4000'", ""),
    "openai at home gets a key from the chart": MODEL % ("openai/qwen3, apiBase: 'http://nas.lan/v1'", ""),
    "hosted_vllm makes up a key": MODEL % ("hosted_vllm/x, apiBase: 'http://a.lan/v1', params: {api_key: ''}", ""),
    "a variable is a key where params leave it open": MODEL
    % ("openai/gpt-5-mini, apiBase: 'https://api.example.com/v1', params: {api_key: ''}", ", extraEnv: {OPENAI_API_KEY: {valueFrom: {secretKeyRef: {name: a, key: b}}}}"),
    "a cloud with roles wants no key": MODEL % ("bedrock/claude, params: {aws_region_name: eu-central-1}", ""),
    "a known host is a provider": MODEL % ("Qwen/Qwen3, apiBase: 'https://api.together.xyz/v1', apiKeySecret: {name: a}", ""),
    "a provider of one's own": MODEL
    % ("mine/x, apiBase: 'http://a.lan'", ", litellmSettings: {custom_provider_map: [{provider: mine, custom_handler: a.b}]}"),
    "any model falls back": "litellm: {litellmSettings: {fallbacks: [{'*': [small]}]}}",
    "an alias falls back": "litellm: {routing: {aliases: {gpt-4o: chat}}, routerSettings: {fallbacks: [{gpt-4o: [small]}]}}",
    "a wildcard answers": MODEL % ("openai/*, name: 'openai/*', apiBase: 'http://a.lan/v1'", ", litellmSettings: {default_fallbacks: [openai/x]}"),
    "a number of a variable": "litellm: {routerSettings: {num_retries: os.environ/HOME}}",
    "a number in quotes is read in params": MODEL % ("openai/x, apiBase: 'http://a.lan/v1', params: {rpm: '10'}", ""),
    "an entrypoint may set variables": "litellm: {command: [sh], routerSettings: {redis_host: os.environ/REDIS}}",
    "a key of a provider that may come from a Secret": MODEL % ("openai/gpt-5-mini", ", envFrom: [{secretRef: {name: keys}}]"),
    "a database that may come from a Secret": "openwebui: {envFrom: [{secretRef: {name: db}}], extraEnv: {VECTOR_DB: pgvector}}",
    "a database by a variable": "litellm: {generalSettings: {store_model_in_db: true}, extraEnv: {DATABASE_URL: {valueFrom: {secretKeyRef: {name: a, key: b}}}}}",
    "budgets of a model need no database": MODEL % ("openai/x, apiBase: 'http://a.lan/v1', params: {max_budget: 5}", ""),
    "a second address beside the chart's": ENV % "OPENAI_API_BASE_URLS: 'http://127.0.0.1:4000/v1;http://b.lan/v1'",
    "a model of the second address": ENV % "OPENAI_API_BASE_URLS: 'http://127.0.0.1:4000/v1;http://b.lan/v1', DEFAULT_MODELS: other",
    "a model of another engine": ENV % "AUDIO_STT_ENGINE: deepgram, AUDIO_STT_MODEL: nova-3, DEEPGRAM_API_KEY: {valueFrom: {secretKeyRef: {name: a, key: b}}}",
    "Whisper that may download": ENV % "AUDIO_STT_ENGINE: '', HF_HUB_OFFLINE: '0'",
    "an Ollama that is named": ENV % "ENABLE_OLLAMA_API: 'true', OLLAMA_BASE_URL: 'http://nas.lan:11434'",
    "localhost for a sidecar": "openwebui: {mode: standalone, extraEnv: {TIKA_SERVER_URL: 'http://localhost:9998', CONTENT_EXTRACTION_ENGINE: tika}, pod: {extraContainers: [{name: tika, image: 'a/tika:3.0.0', securityContext: {runAsNonRoot: true, runAsUser: 35002, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}}]}}",
    "a name of Docker that the pod knows": "openwebui: {mode: standalone, pod: {hostAliases: [{ip: 192.168.1.20, hostnames: [host.docker.internal]}]}, extraEnv: {TIKA_SERVER_URL: 'http://host.docker.internal:9998', CONTENT_EXTRACTION_ENGINE: tika}}",
    "redis that is named": ENV % "WEBSOCKET_MANAGER: redis, UVICORN_WORKERS: '4', REDIS_URL: 'redis://a.lan'",
    "pgvector in the page's own PostgreSQL": ENV % "VECTOR_DB: pgvector, DATABASE_URL: {valueFrom: {secretKeyRef: {name: a, key: b}}}",
    "an address that is allowed beside the first": PAGE % ("https://other.lan", "CORS_ALLOW_ORIGIN: 'https://other.lan;https://chat.lan'"),
    "an Ingress that gives the address": PAGE % ("", ""),
    "a page with a public name and one in the LAN": "openwebui: {url: 'https://chat.example.com', ingress: {enabled: true, host: chat.lan, extraHosts: {chat.example.com: {tlsSecret: t}}}}",
    "an Ingress and a route for one host": "litellm: {ingress: {enabled: true, host: a.lan}, httpRoute: {enabled: true, parentRefs: [{name: a}], hostnames: [a.lan]}}",
    "API and page on one host, with paths of their own": "{litellm: {ingress: {enabled: true, host: a.lan}}, openwebui: {ingress: {enabled: true, host: a.lan}}}",
    "everything of the API, whose metrics need a key": "litellm: {ingress: {enabled: true, host: a.lan}, publicPaths: [/], metrics: true, litellmSettings: {require_auth_for_metrics_endpoint: true}}",
    "everything of the API, which has no metrics": "litellm: {ingress: {enabled: true, host: a.lan}, publicPaths: [/]}",
    "pictures that are not wanted": "openwebui: {images: {enabled: false, model: sdxl.safetensors}}",
    "a short time for a model that is loaded before its pod is ready": "litellm: {routing: {timeoutSeconds: 60}}",
    "a short time for a model elsewhere": MODEL % ("openai/x, apiBase: 'http://a.lan/v1', params: {timeout: 5}", ""),
    "a long time for streams alone": "{rocm: {server: {sleepIdleSeconds: 60}}, litellm: {routerSettings: {stream_timeout: 900}, litellmSettings: {request_timeout: 300}}}",
    "a time of a model wins": "{rocm: {server: {sleepIdleSeconds: 60}}, litellm: {litellmSettings: {request_timeout: 9}, routing: {models: {chat: {params: {timeout: 900, stream_timeout: 900}}}}}}",
    "a host by capitals": PAGE % ("https://Chat.lan", ""),
    "a workflow with its nodes": WORKFLOW % (SAVE, "9"),
    "ComfyUI at home": "openwebui: {images: {comfyuiUrl: 'http://pictures.lan:8188'}}",
}  # fmt: skip
WRONG = {
    "programs/model-without-key": MODEL % ("openai/x, apiBase: 'https://api.example.com/v1', params: {api_key: ''}, apiKeySecret: {name: a}", ""),
    "routes/no-provider": MODEL % ("Hosted_vLLM/x, apiBase: 'http://a.lan/v1'", ""),
    "routes/local-address": "openwebui: {mode: standalone, extraEnv: {TIKA_SERVER_URL: 'http://localhost:9998', CONTENT_EXTRACTION_ENGINE: tika}}",
    "routes/fallback-to-nobody": "litellm: {routerSettings: {model_group_alias: {gpt-4o: {model: nobody, hidden: true}}}}",
    "routes/shorter-than-load": "{rocm: {server: {sleepIdleSeconds: 60}}, litellm: {routing: {models: {chat: {nodes: {halo: {params: {timeout: 9}}}}}}}}",
    "programs/setting-type": "litellm: {generalSettings: {max_parallel_requests: many}}",
    "programs/unset-variable": "litellm: {generalSettings: {database_url: os.environ/NOPE}}",
    "programs/empty-key": ENV % "WEBUI_SECRET_KEY: ''",
    "programs/metrics-key": "litellm: {metrics: false, litellmSettings: {success_callback: [prometheus]}}",
    "programs/needs-database": "litellm: {extraEnv: {STORE_MODEL_IN_DB: 'True', DATABASE_URL: ''}}",
    "programs/internal-variable": ENV % "OPENAI_API_KEYS: a-key",
    "programs/download-offline": ENV % "RAG_EMBEDDING_ENGINE: ollama",
    "routes/nobody-serves": ENV % """OPENAI_API_CONFIGS: '{"0": {"model_ids": ["chat", "nobody"]}}'""",
    "programs/workflow": WORKFLOW % ("no json", "9"),
    "routes/page-origins": PAGE % ("", "CORS_ALLOW_ORIGIN: 'https://other.lan'"),
    "programs/no-picture": "thor: {comfyui: {enabled: false}}\nopenwebui: {images: {model: sdxl.safetensors}}",
    "security/open-signup": "openwebui: {extraEnv: {ENABLE_SIGNUP: 'true', DEFAULT_USER_ROLE: user}, service: {type: NodePort}}",
    "security/first-visitor": "openwebui: {extraEnv: {WEBUI_ADMIN_PASSWORD: ''}, service: {type: NodePort}}",
    "security/login-off": "litellm: {generalSettings: {master_key: '', dangerously_permit_weak_or_unset_master_key: true}}",
    "versions/slim-documents": "openwebui: {image: {tag: v0.12.4-slim}, documents: {embeddingModel: e}, extraEnv: {DATABASE_URL: 'sqlite:////x'}}\nrocm: {models: {e: {file: e.gguf, mode: embedding}}}",
}  # fmt: skip


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_what_only_looks_wrong_is_silent(run: Run, text: str) -> None:
    assert run(text) == []


@pytest.mark.parametrize(("rule", "text"), WRONG.items(), ids=WRONG)
def test_what_is_wrong_in_other_words_is_found(run: Run, rule: str, text: str) -> None:
    assert rule in {finding.rule for finding in run(text)}


@pytest.mark.parametrize(
    ("node", "key"),
    [
        ("{type: promt, node_ids: ['9']}", "type"),
        ("{type: [prompt], node_ids: ['9']}", "type"),
        ("{type: prompt, key: [text], node_ids: ['9']}", "key"),
        ("{type: prompt, node_ids: '9'}", "node_ids"),
        ("{type: prompt, node_ids: ['6']}", "node_ids"),
    ],
)
def test_invalid_workflow_nodes_are_reported_at_their_key(run: Run, node: str, key: str) -> None:
    [found] = run(f"openwebui: {{images: {{workflow: '{SAVE}', workflowNodes: [{node}]}}}}")
    assert (found.rule, found.key) == ("programs/workflow", f"openwebui.images.workflowNodes[0].{key}")


@pytest.mark.parametrize(("kind", "fix"), [("promt", "use prompt"), ("text_prompt", "use one of model, prompt")])
def test_a_type_of_a_workflow_node_is_proposed_only_for_a_slip(run: Run, kind: str, fix: str) -> None:
    nodes = f"[{{type: prompt, node_ids: ['9']}}, {{type: {kind}, node_ids: ['9']}}]"
    [found] = run(f"openwebui: {{images: {{workflow: '{SAVE}', workflowNodes: {nodes}}}}}")
    assert found.fix.startswith(fix)


def test_a_near_provider_is_offered(run: Run) -> None:
    [found] = run(MODEL % ("hosted_vlm/Qwen/Qwen3, apiBase: 'http://a.lan/v1'", ""))
    assert found.fix == "use hosted_vllm/Qwen/Qwen3"


CHECKS = "{rocm: {server: {sleepIdleSeconds: %s}}, litellm: {healthChecks: {enabled: true, intervalSeconds: 60}%s}}"
UNCHECKED = ", routing: {models: {chat: {modelInfo: {disable_background_health_check: true}}}}"


@pytest.mark.parametrize("seconds", [30, 600])
def test_health_checks_of_a_model_that_sleeps_are_reported(run: Run, seconds: int) -> None:
    [found] = run(CHECKS % (seconds, ""))
    assert (found.rule, found.key) == ("programs/health-checks", "litellm.healthChecks.enabled")
    assert "every 60 s" in found.message


@pytest.mark.parametrize("values", [CHECKS % (0, ""), CHECKS % (600, UNCHECKED)])
def test_health_checks_of_models_that_stay_in_memory_or_are_excluded_are_silent(run: Run, values: str) -> None:
    assert run(values) == []


def test_health_checks_see_a_sleep_that_extra_arguments_set(run: Run) -> None:
    [found] = run(CHECKS % (0, ""), "rocm: {extraArgs: [--sleep-idle-seconds, '600']}")
    assert found.rule == "programs/health-checks"


def test_a_key_that_hosted_vllm_makes_up_is_a_warning(run: Run) -> None:
    text = MODEL % ("%s/x, apiBase: 'http://a.lan/v1', params: {api_key: os.environ/NOPE}", "")
    assert [finding.severity for finding in run(text % "hosted_vllm")] == ["warning"]
    assert [finding.severity for finding in run(text % "openai")] == ["error"]


def test_an_empty_master_key_stops_litellm_and_opens_nothing(run: Run) -> None:
    assert [finding.rule for finding in run("litellm: {generalSettings: {master_key: ''}}")] == ["programs/empty-key"]


@pytest.mark.parametrize(
    ("namespace", "storage", "rules"),
    [
        ("ai-server", "nas", ["programs/network-storage"]),
        ("ai-server", "local-path", []),
        ("b", "nas", ["kubernetes/missing-reference"]),
    ],
)
def test_your_own_claim_is_looked_up(run: Run, namespace: str, storage: str, rules: list[str]) -> None:
    found = run("openwebui: {persistence: {existingClaim: mine}}", cluster=PVC % (namespace, storage))
    assert [finding.rule for finding in found] == rules


def test_a_claim_that_nobody_knows_is_not_checked(run: Run) -> None:
    found = run("openwebui: {persistence: {existingClaim: mine}}", also="not-checked")
    assert "programs/network-storage" in {finding.rule for finding in found}


@pytest.mark.parametrize(
    "url", ["http://ollama.ollama:11434", "http://nas.fritz.box/v1", "http://a.b.ts.net", "http://10.0.0.1", "http://a"]
)
def test_an_address_in_the_house_is_not_public(url: str) -> None:
    assert not is_public(url)


@pytest.mark.parametrize(
    "url", ["https://openai.com", "http://api.example.com:8080/v1", "http://8.8.8.8", "https://a.ai:8443"]
)
def test_an_address_outside_is_public(url: str) -> None:
    assert is_public(url)


@pytest.mark.parametrize("host", ["llama", "llama.ai", "llama.ai.svc", "llama.ai.svc.cluster.local"])
def test_a_host_of_the_namespace_is_a_service(host: str) -> None:
    assert service_of(f"http://{host}:8080/v1", "ai") == "llama"


@pytest.mark.parametrize("url", ["http://llama.other.svc:80", "http://llama.lan", "http://10.0.0.1", "http://[a", ""])
def test_a_host_elsewhere_is_not_a_service_of_the_namespace(url: str) -> None:
    assert service_of(url, "ai") == ""


def test_a_route_of_the_gateway_api_exposes_the_page(run: Run) -> None:
    route = "httpRoute: {enabled: true, parentRefs: [{name: a}], hostnames: [a.lan]}"
    [found] = run(f"openwebui: {{extraEnv: {{WEBUI_AUTH: 'false'}}, {route}}}")
    assert (found.rule, found.severity) == ("security/login-off", "error")
    assert "its HTTPRoute exposes it" in found.message


def test_a_list_of_a_later_file_names_the_one_that_it_replaces(run: Run) -> None:
    earlier = "litellm: {ingress: {enabled: true, className: traefik, host: a.lan}, publicPaths: [/v1, /key]}"
    [found] = run(earlier, "litellm: {publicPaths: [/mcp]}")
    assert (found.rule, found.fix) == ("routes/api-paths", "perhaps use [/v1, /key, /mcp]")
    assert found.message.endswith("the lists of a later file replace those of v0.yaml")
    assert run(earlier, "litellm: {publicPaths: [/chat/completions]}") == []
