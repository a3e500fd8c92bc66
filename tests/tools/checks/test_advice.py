"""The fix of a finding is right: applying it leads to a release that works."""

from typing import Any

import pytest

from ai_server import checks
from ai_server.checks.facts import flags_of, table
from ai_server.near import choice, nearest
from tests.at import at, flow
from tests.tools.checks.conftest import Run


def fix(found: list[checks.Finding]) -> str:
    [one] = found
    return one.fix


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ("rocm: {models: {m: {file: /data/ai-models/gguf/x.gguf}}}", "use gguf/x.gguf"),
        ("rocm: {models: {m: {file: gguf/x.gguf, mmproj: /data/ai-models/mmproj.gguf}}}", "use mmproj.gguf"),
        ("rocm: {modelsPath: /srv/m/, models: {m: {file: /srv/m/x.gguf}}}", "use x.gguf"),
        ("rocm: {nodes: {halo: {modelsPath: /srv, overrides: {chat: {file: /srv/x.gguf}}}}}", "use x.gguf"),
        ("thor: {nodes: {thor: {modelsPath: /srv, vllm: {model: /srv/hf/x}}}}", "use hf/x"),
        ("thor: {speech: {hubCache: /data/ai-models/hub}}", "use hub"),
    ],
)
def test_a_path_that_starts_with_the_models_folder_is_reported_without_it(run: Run, values: str, wanted: str) -> None:
    assert fix(run(values)) == wanted


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ("rocm: {models: {chat: {ctxSize: 64k}}}", "perhaps use 65536"),
        ("rocm: {models: {chat: {ctxSize: 64Ki}}}", "perhaps use 65536"),
        ("rocm: {models: {chat: {ctxSize: '131,072'}}}", "perhaps use 131072"),
        ("rocm: {nodes: {halo: {renderGroup: '991'}}}", "use 991, without quotes"),
        *(
            (f"rocm: {{nodes: {{halo: {{renderGroup: {group}}}}}}}", "use the number that `stat -c %g /dev/dri/rende")
            for group in ("render", "render (991)", "-1")
        ),
    ],
)
def test_a_number_in_another_form_is_converted_or_its_command_named(run: Run, values: str, wanted: str) -> None:
    assert fix(run(values)).startswith(wanted)


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("/mnt/nfs/gguf/x.gguf", "copy it below /data/ai-models, and use gguf/x.gguf"),
        ("/home/me/x.gguf", "copy it below /data/ai-models, and use its path relative to that"),
    ],
)
def test_of_a_path_elsewhere_only_what_is_sure_is_proposed(run: Run, file: str, wanted: str) -> None:
    assert fix(run(at("rocm.models.m.file", file))) == wanted


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (
            "global: {modelsPath: nfs://nas/models}",
            "perhaps use modelsVolume: {nfs: {server: nas, path: /models}} instead",
        ),
        ("thor: {vllm: {cachePath: nfs://nas/cache}}", "mount it on each node, and use the folder there"),
        ("global: {modelsPath: srv/models}", "perhaps use /srv/models"),
        ("global: {modelsPath: '~/models'}", "use the full path of a folder on the node, such as /data/ai-models"),
    ],
)
def test_no_name_is_made_of_a_path_or_a_line(run: Run, values: str, wanted: str) -> None:
    assert wanted in [finding.fix for finding in run(values)]


@pytest.mark.parametrize("name", ["file", "mmproj"])
@pytest.mark.parametrize("path", ["ggml-org/gpt-oss-120b-GGUF", "gguf/x", "data-ai-models-gguf-x-gguf"])
def test_a_file_of_llama_cpp_ends_in_gguf(run: Run, name: str, path: str) -> None:
    values = f"{{file: gguf/x.gguf, {name}: {path}}}" if name == "mmproj" else f"{{file: {path}}}"
    [found] = run(f"rocm: {{models: {{m: {values}}}}}")
    assert (found.rule, found.key) == ("programs/model-path", f"rocm.models.m.{name}")
    assert ("models are not downloaded" in found.message) == ("/" in path)


@pytest.mark.parametrize("file", ["gguf/X.GGUF", f"ollama/blobs/sha256-{'0a' * 32}"])
def test_a_gguf_file_of_another_spelling_is_silent(run: Run, file: str) -> None:
    assert run(at("rocm.models.m.file", file)) == []


def test_vllm_cannot_load_a_gguf_file(run: Run) -> None:
    [found] = run("thor: {vllm: {model: gguf/x.gguf}, nodes: {thor: {vllm: {model: hf/a}}}}")
    assert (found.rule, "with llama.cpp" in found.fix) == ("programs/model-path", True)


DOWNLOAD = "thor: {nodes: {thor: {vllm: {model: %s, extraEnv: {%s}}}}}"


@pytest.mark.parametrize(
    ("model", "env", "reported"),
    [
        ("org/name", "HF_HUB_OFFLINE: '0'", True),
        ("org/name", "HF_TOKEN: {valueFrom: {secretKeyRef: {name: hub, key: token}}}", True),
        ("org/name", "HF_HOME: /tmp/hf", False),
        ("Qwen/Qwen3-8B", "HF_HOME: /tmp/hf", False),
        ("name", "HF_HUB_OFFLINE: '0'", False),
    ],
)
def test_a_name_on_a_hub_is_reported_where_a_download_is_intended(
    run: Run, model: str, env: str, reported: bool
) -> None:
    assert [finding.rule for finding in run(DOWNLOAD % (model, env))] == ["programs/model-path"] * reported


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("--disable-log-requests", ["--enable-log-requests", "--no-enable-log-requests"], "--no-enable-log-requests"),
        ("--no-mmapp", ["--mmap", "--no-mmap"], "--no-mmap"),
        ("--nommap", ["--mmap", "--no-mmap"], "--no-mmap"),
        ("--no-metrics", ["--metrics"], ""),
        ("--metrcs", ["--metrics", "--no-metrics"], "--metrics"),
        ("--node", ["--mode"], "--mode"),
        ("DISABLE_IMAGE_GENERATION", ["ENABLE_IMAGE_GENERATION"], ""),
        ("enable_checks", ["disable_checks"], ""),
        ("disabled", ["enabled"], ""),
        ("nodeSelectr", ["nodeSelector"], "nodeSelector"),
    ],
)
def test_the_opposite_is_never_what_was_meant(name: str, known: list[str], meant: str) -> None:
    assert nearest(name, known) == meant


@pytest.mark.parametrize(("value", "meant"), [("always", "Always"), ("ALWYAS", "Always"), ("no", "")])
def test_case_does_not_decide_which_choice_was_meant(value: str, meant: str) -> None:
    assert choice(value, ["Never", "IfNotPresent", "Always"]) == meant


@pytest.mark.parametrize(
    "values",
    [
        "thor: {vllm: {extraArgs: [--disable-log-requests]}}",
        "thor: {vllm: {extraArgs: [--disable_log_requests]}}",
        "thor: {nodes: {thor: {disabled: true}}}",
        "litellm: {generalSettings: {enable_spend_logs: true}}",
    ],
)
def test_no_fix_inverts_a_switch(run: Run, values: str) -> None:
    fixes = [
        finding.fix.partition(" keys ")[0].replace(", enabled", "").replace("--no-enable", "--no")
        for finding in run(values)
    ]
    assert fixes != []
    assert [fix for fix in fixes if "enable" in fix] == []


def test_a_variable_is_not_near_to_its_opposite(run: Run) -> None:
    [found] = run("openwebui: {extraEnv: {DISABLE_IMAGE_GENERATION: 'true'}}")
    assert found.fix == "remove it: it has no effect"
    [found] = run("openwebui: {extraEnv: {ENABLE_IMAGE_GENERATIO: 'true'}}")
    assert found.fix == "use ENABLE_IMAGE_GENERATION"


@pytest.mark.parametrize(
    ("values", "proposed"),
    [
        (at("rocm.resources.limits", {"memroy": "4Gi"}), "use memory"),
        (at("rocm.resources.limits", {"gpu": 1}), "use cpu, memory or a device such as amd.com/gpu"),
        (at("thor.vllm.kvCacheDtype", "fp9"), "use one of these"),
        (at("thor.vllm.kvCacheDtype", "fpp8"), "use fp8"),
        (at("thor.vllm.kvCacheDtype", "q8_0"), "use fp8 (8 bits as well)"),
        (at("thor.vllm.dtype", "bf16"), "use bfloat16"),
        (
            at("litellm.generalSettings.alerting", ["os.environ/CLOUD_API_KEY"]),
            "set litellm.extraEnv.CLOUD_API_KEY: {valueFrom: {secretKeyRef: {name: my-secret, key: CLOUD_API_KEY}}}",
        ),
        (at("litellm.generalSettings.alerting", ["os.environ/BACKEND_API_KY"]), "use os.environ/BACKEND_API_KEY"),
    ],
)
def test_a_fix_proposes_a_name_only_for_a_slip(run: Run, values: dict[str, Any], proposed: str) -> None:
    assert fix(run(values)) == proposed


def test_a_removed_flag_is_reported_as_removed(run: Run) -> None:
    [found] = run("thor: {vllm: {extraArgs: [--swap-space, '4']}}")
    assert ("which was removed" in found.message, found.fix) == (True, "remove --swap-space 4")


def test_no_removed_flag_is_one_that_the_program_takes() -> None:
    vllm = flags_of("vllm")
    assert vllm.removed("--enable-reasoning")
    assert [flag for flag in vllm.names if vllm.removed(flag)] == []


def test_a_build_that_the_flags_were_not_read_from_is_a_warning(run: Run) -> None:
    [found] = run("rocm: {build: 11000, extraArgs: [--thread-http, '8']}")
    data = flags_of("llama-server").version
    assert (found.rule, found.severity) == ("programs/unknown-flag", "warning")
    assert f"llama-server {data} (not the version of " in found.message
    assert "b11000) does not know" in found.message


def test_the_build_that_the_flags_were_read_from_is_an_error(run: Run) -> None:
    build = flags_of("llama-server").version.removeprefix("b")
    [found] = run(f"rocm: {{build: {build}, extraArgs: [--thread-http, '8']}}")
    assert (found.severity, "exits on the unknown flag --thread-http" in found.message) == ("error", True)


SECRET = {"valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}
SETTING = "litellm: {%s, extraEnv: {DATABASE: {valueFrom: {secretKeyRef: {name: a, key: b}}}}}"
REFERENCE = "{valueFrom: {secretKeyRef: {name: a, key: b}}}"
MODEL = "models: {m: {model: hosted_vllm/x, apiBase: 'http://a.lan/v1', params: {%s}}}"


@pytest.mark.parametrize("value", ["Zk3bQ9xT7mLw2RvY8nHc5JdF", REFERENCE, "{secretKeyRef: {name: a, key: b}}"])
@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("generalSettings: {master_key: %s}", "set global.existingSecret"),
        ("generalSettings: {alerting_args: {password: %s}}", "use os.environ/PASSWORD here"),
        ("litellmSettings: {cache_params: {password: %s}}", "use os.environ/REDIS_PASSWORD here"),
        ("routerSettings: {redis_password: %s}", "use os.environ/REDIS_PASSWORD here"),
        (MODEL % "api_key: %s", "set apiKeySecret: {name: my-secret, key: api-key}"),
        (MODEL % "aws_secret_access_key: %s", "use os.environ/AWS_SECRET_ACCESS_KEY here"),
    ],
)
def test_litellms_own_settings_take_a_variable(run: Run, place: str, wanted: str, value: str) -> None:
    found = [finding for finding in run(SETTING % (place % value)) if finding.rule != "programs/setting-type"]
    assert {finding.rule for finding in found} <= {"programs/value-from", "security/secret-in-values"}
    assert wanted in fix(found)


def test_a_variable_of_litellms_own_settings_is_silent(run: Run) -> None:
    assert run(SETTING % "generalSettings: {database_url: os.environ/DATABASE}") == []


def test_a_secret_in_a_variable_is_reported_with_value_from_as_its_fix(run: Run) -> None:
    assert "valueFrom: {secretKeyRef" in fix(run("thor: {vllm: {extraEnv: {MY_TOKEN: Zk3bQ9xT7mLw2RvY8nHc5JdF}}}"))


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        ("model: gpt-5-mini, apiKeySecret: {name: a}", "use openai/gpt-5-mini"),
        ("model: gpt-5-mini, params: {api_key: os.environ/DATABASE}", "use openai/gpt-5-mini"),
        ("model: claude-sonnet-5, apiKeySecret: {name: a}", "use anthropic/claude-sonnet-5"),
        ("model: gemini-3-pro, apiKeySecret: {name: a}", "use gemini/gemini-3-pro"),
        ("model: deepseek-chat, apiKeySecret: {name: a}", "use deepseek/deepseek-chat"),
        ("model: grok-5, apiKeySecret: {name: a}", "use xai/grok-5"),
        ("model: codestral-2, apiKeySecret: {name: a}", "use mistral/codestral-2"),
        ("model: qwen3, apiBase: 'http://a.lan/v1', apiKeySecret: {name: a}", "use hosted_vllm/qwen3"),
        ("model: 'amazon.titan-embed-text-v2:0', mode: embedding", "use bedrock/amazon.titan-embed-text-v2:0"),
        ("model: 'eu.anthropic.claude-sonnet-4-v2:0'", "use bedrock/eu.anthropic.claude-sonnet-4-v2:0"),
        ("model: qwen3, params: {api_base: 'http://a.lan/v1'}", "use hosted_vllm/qwen3"),
    ],
)
def test_a_provider_is_proposed_that_can_be_asked(run: Run, model: str, wanted: str) -> None:
    values = at("litellm.models.m", flow(model), "litellm.extraEnv.DATABASE", SECRET)
    assert fix(run(values)) == wanted
    assert run(at("litellm.models.m.model", wanted.removeprefix("use "), within=values)) == []


ELSEWHERE = "litellm: {models: {m: {model: hosted_vllm/x, apiBase: '%s'%s}}}"


def test_a_server_at_a_public_name_without_a_key_is_one_warning(run: Run) -> None:
    [found] = run(ELSEWHERE % ("http://bigpc.lab.example:8080/v1", ""))
    assert (found.rule, found.severity) == ("programs/model-without-key", "warning")
    assert "is a public name" in found.message


def test_the_domain_that_is_proposed_silences_it(run: Run) -> None:
    values = ELSEWHERE % ("http://bigpc.lab.example:8080/v1", "")
    domains = fix(run(values)).rpartition("privateDomains: ")[2]
    assert run(f"{values}\nglobal: {{privateDomains: {domains}}}\n") == []


def test_a_plain_text_key_is_an_error(run: Run) -> None:
    [found] = run(ELSEWHERE % ("http://bigpc.lab.example:8080/v1", ", apiKeySecret: {name: a}"))
    assert (found.rule, found.severity) == ("security/key-in-the-clear", "error")


def test_a_vendor_without_a_key_is_an_error(run: Run) -> None:
    [found] = run("litellm: {models: {m: {model: openai/x, apiBase: 'https://api.openai.com/v1'}}}")
    assert (found.rule, found.severity) == ("programs/model-without-key", "error")


@pytest.mark.parametrize("host", ["192.168.1.500", "10.0.0", "1.2.3.4.5"])
def test_numbers_that_are_not_an_address_are_reported_as_such(run: Run, host: str) -> None:
    [found] = run(ELSEWHERE % (f"http://{host}:8080/v1", ""))
    assert (found.rule, found.message) == ("routes/api-base", f"{host} is not a valid address")


def test_an_empty_file_changes_nothing(run: Run) -> None:
    assert run("# nothing\n", "rocm: {prt: 1}", "# nothing\n") == run("rocm: {}", "rocm: {prt: 1}")


def test_empty_files_alone_are_as_helm_sees_them(run: Run) -> None:
    assert [finding.rule for finding in run("# nothing\n", base=False)] == ["routes/no-backend"]


NFS = "openwebui: {persistence: {storageClass: nas}, extraEnv: {%s}}"
FROM_SECRET = "DATABASE_URL: {valueFrom: {secretKeyRef: {name: a, key: b}}}"


@pytest.mark.parametrize(
    ("env", "what"),
    [
        (f"{FROM_SECRET}, VECTOR_DB: pgvector", ""),
        ("DATABASE_URL: 'postgresql://db.lan/page', VECTOR_DB: qdrant, QDRANT_URI: 'http://q.lan'", ""),
        (f"{FROM_SECRET}, CHROMA_HTTP_HOST: chroma.lan", ""),
        (FROM_SECRET, ""),
        (f"{FROM_SECRET}, BYPASS_EMBEDDING_AND_RETRIEVAL: 'false'", "Chroma's index"),
        ("DATABASE_URL: 'sqlite:////app/backend/data/x.db'", "Open WebUI's database"),
        ("VECTOR_DB: qdrant, QDRANT_URI: 'http://q.lan'", "Open WebUI's database"),
    ],
)
def test_only_sqlite_must_not_be_on_nfs(run: Run, env: str, what: str) -> None:
    found = [finding for finding in run(NFS % env) if finding.rule == "programs/network-storage"]
    assert [what in finding.message for finding in found] == [True] * bool(what)


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ("rocm: {models: {m: {file: m.gguf}}, nodes: {Halo: {renderGroup: 1}}}", "values/bad-form"),
        ("rocm: {models: [{name: m}], nodes: {n1: {renderGroup: 1}}}", "values/wrong-type"),
        ("rocm: {models: {m: {file: m.gguf}}, nodes: {n1: {renderGroup: 1, serve: [mm]}}}", "routes/no-such-model"),
        ("thor: {nodes: {Jet: {comfyui: {enabled: false}, vllm: {model: m}}}}", "values/bad-form"),
        ("rocm: {models: {m: {file: m.gguf}}, nodse: {n: {renderGroup: 1}}}", "values/unknown-key"),
    ],
)
def test_what_follows_from_a_broken_entry_waits(run: Run, values: str, rule: str) -> None:
    names = "litellm: {routing: {fallbacks: {m: [k]}}, litellmSettings: {default_fallbacks: [m]}}"
    found = run(f"{values}\n{names}\nopenwebui: {{taskModel: m}}", base=False, cluster=None)
    assert [finding.rule for finding in found if finding.rule != "routes/served-twice"] == [rule]


def test_an_unrelated_invalid_key_hides_nothing(run: Run) -> None:
    found = run("rocm: {prt: 1}\nopenwebui: {taskModel: nobody}")
    assert [finding.rule for finding in found] == ["values/unknown-key", "routes/nobody-serves"]


@pytest.mark.parametrize(
    ("values", "switch"),
    [
        ("thor: {enabled: false}", "thor.enabled"),
        ("thor: {nodes: {thor: {enabled: false}}}", "thor.nodes.thor.enabled"),
        ("thor: {nodes: {thor: {vllm: {enabled: false}}}}", "thor.nodes.thor.vllm.enabled"),
        (
            "rocm: {models: {small: {enabled: false, file: x.gguf}}}\nthor: {enabled: false}",
            "rocm.models.small.enabled",
        ),
    ],
)
def test_a_disabled_name_is_reported_with_its_switch(run: Run, values: str, switch: str) -> None:
    reported = [
        finding for finding in run(values, "openwebui: {taskModel: small}") if finding.rule == "routes/nobody-serves"
    ]
    assert fix(reported) == "enable it, or remove the name here"
    assert f"{switch} is false in v0.yaml:1" in reported[0].message


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("Halo", "use halo"), ("Halo.lan", "use halo-lan, with the node's full name in node: halo.lan")],
)
def test_a_nodes_entry_keeps_its_nodes_name(run: Run, name: str, wanted: str) -> None:
    assert fix(run(at(("rocm", "nodes", name, "renderGroup"), 991))) == wanted


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ("rocm: {models: [{name: a, file: a.gguf}]}", "use {a: {file: a.gguf}}"),
        ("rocm: {models: [{a: {file: a.gguf}}, {b: {file: b.gguf}}]}", "use {a: {file: a.gguf}, b: {file: b.gguf}}"),
        ("rocm: {nodes: [halo]}", "use {halo: {}}"),
        ("litellm: {extraEnv: [{name: A, value: false}]}", 'use {A: "false"}'),
        ("rocm: {image: 'a.lan/b:c'}", "use {repository: a.lan/b, tag: c}"),
        ("rocm: {models: {a: , file: a.gguf}}", "move it to rocm.models.a"),
        ("rocm: {nodes: {halo: }}", "perhaps use {}"),
        ("rocm: {models: [a, b]}", "add its keys below it, or use {key: value}"),
        ("rocm: {nodes: {halo: {comfyui: true}}}", "use {enabled: true}"),
        ("thor: {speech: {models: {whisper: a/b}}}", "use {model: a/b}"),
    ],
)
def test_a_list_or_a_text_in_place_of_a_map_is_written_as_one(run: Run, values: str, wanted: str) -> None:
    assert wanted in [finding.fix for finding in run(values)]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (
            "gpu: {nodes: {halo: {accelerator: rocm, renderGroup: 991, serve: [chat]}}}",
            "move the entry to rocm.nodes, ",
        ),
        (
            "gpu: {nodes: {small: {serve: [chat], resources: {requests: {memory: 1Gi}}}}}",
            "without a GPU, set accelerator: cpu",
        ),
        (
            "rocm: {comfyui: {enabled: true}}",
            "set gpuAccess: privileged and renderGroup: its programs then share a GPU",
        ),
        ("rocm: {resources: {requests: {memory: 64GB}}}", "perhaps use 64Gi"),
        ("openwebui: {taskModel: me/chat-Q4_K_M}", "perhaps use chat; served: chat, small"),
        (
            "{rocm: {models: {chat-30b-a3b: {file: a.gguf}}, nodes: {halo: {serve: [chat-30b]}}}}",
            "perhaps use chat-30b-a3b",
        ),
        (
            "{rocm: {models: {bge-m3: {file: a.gguf, mode: embedding}}}, openwebui: {documents: {embeddingModel: BAAI/bge-m3}}}",
            "perhaps use bge-m3; served: bge-m3",
        ),
        ("openwebui: {taskModel: nobody}", "served: chat, small"),
        ("rocm: {models: {chat: {file: a-00002-of-00003.gguf}}}", "use a-00001-of-00003.gguf"),
        (
            "litellm: {database: {url: 'postgresql://a:geheim77@db.lan/a'}}",
            "put the address in a Secret, and set litellm.database.existingSecret",
        ),
        ("rocm: {extraArgs: [-c 4096]}", "remove -c 4096, and set server.ctxSize: 4096"),
        ("rocm: {models: {chat: {flags: {n-gpu-layer: 10}}}}", "perhaps move it to rocm.models.chat.nGpuLayers"),
        ("rocm: {extraArgs: [--n-gpu-layers=99]}", "remove --n-gpu-layers=99, and set server.nGpuLayers: 99"),
        ("openwebui: {service: {type: NodePort, nodePort: 30123}}", "use the address that browsers show, such as http"),
        (
            "litellm: {models: {m: {model: hosted_vllm/m, apiBase: 'localhost:8080'}}}",
            "use the machine's name or address, such as http://192.168.1.20:8080/v1",
        ),
        (
            "litellm: {models: {m: {model: hosted_vllm/m, apiBase: 'mac.lan:8080'}}}",
            "perhaps use http://mac.lan:8080/v1",
        ),
    ],
)
def test_the_advice_does_not_lead_to_the_next_error(run: Run, values: str, wanted: str) -> None:
    assert [finding.fix for finding in run(values) if finding.fix.startswith(wanted)] != []


def test_the_words_of_other_programs_mean_values_that_the_flag_has() -> None:
    for program, by_flag in table("other_words").items():
        for flag, words in by_flag.items():
            choices = flags_of(program).known[flag].choices
            assert {word: value for word, value in words.items() if value.partition(" ")[0] not in choices} == {}
            assert words.keys().isdisjoint(choices)
