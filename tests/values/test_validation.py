"""The values that the chart itself rejects, all at once, with each message at the key to fix."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml

from ai_server.errors import UserError
from ai_server.helm.refusals import ARGUMENT, Refusal, sentences
from ai_server.helm.render import render, render_unvalidated
from ai_server.paths import CHART
from ai_server.reading.profiles import load
from tests.conftest import Rendered
from tests.render.common import ROCM, THOR

TWO = "rocm: {models: {b: {file: b.gguf, mode: embedding}, c: {file: c.gguf, mode: embedding}}}"
REFUSED = [
    ("{}", "rocm.nodes: no backend is configured"),
    ("rocm: {models: {b: {}}}", "rocm.models.b.file: no file set"),
    (
        "rocm: {nodes: {halo: {serve: [zz]}}}",
        'rocm.nodes.halo.serve: no model "zz" in rocm.models, thor.models or gpu.models; available: chat',
    ),
    ("rocm: {nodes: {halo: {overrides: {zz: {ctxSize: 1}}}}}", "rocm.nodes.halo.overrides.zz: no such model"),
    ("rocm: {nodes: {halo: {renderGroup: 0}}}", "rocm.nodes.halo.renderGroup: not set"),
    (
        "rocm: {gpuAccess: dra, gpuDeviceClass: gpu.nvidia.com}",
        "rocm.nodes.halo.gpuDeviceClass: the devices of gpu.nvidia.com cannot run rocm; use gpu.amd.com",
    ),
    (
        "rocm: {gpuAccess: dra, pods: separate, comfyui: {enabled: true}, nodes: {halo: {selector: {a: b}}}}",
        "rocm.nodes.halo.pods: with dra each pod of a pool has a claim of its own",
    ),
    (
        "rocm: {nodes: {halo: {node: a, selector: {b: c}}}}",
        "rocm.nodes.halo.node: set together with selector",
    ),
    ("rocm: {models: {chat: {enabled: false}}}", "rocm.nodes.halo: serves no model; add a model to rocm.models"),
    ("gpu: {nodes: {pc: {}}}", "gpu.nodes.pc: serves no model; add a model to gpu.models"),
    ("rocm: {server: {flashAttn: false, cacheTypeV: q8_0}}", "without flashAttn"),
    ("rocm: {build: 10500}", "rocm.nodes.halo.build: llama.cpp b10500 silently gives wrong answers"),
    (
        "rocm: {models: {chat: {draft: {type: draft-eagle3}}}}",
        "rocm.models.chat.draft.file: no file set for draft-eagle3",
    ),
    ("rocm: {models: {chat: {loras: {sql: {}}}}}", "rocm.models.chat.loras.sql.file: no file set"),
    (
        "rocm: {models: {chat: {loras: {chat: {file: b.gguf}}}}}",
        'the name "chat" means gguf/chat.gguf with b.gguf at 1 here and gguf/chat.gguf in rocm.models.chat',
    ),
    (
        "rocm: {models: {chat: {loras: {s: {file: s.gguf, scale: 0.5, always: true}}}}}\n"
        "thor: {llamacpp: {enabled: true}, models: {chat: {file: gguf/chat.gguf}}, nodes: {t: {vllm: {enabled: false}}}}",
        'the name "chat" means gguf/chat.gguf here and gguf/chat.gguf with s.gguf at 0.5 in rocm.models.chat',
    ),
    (
        "rocm: {models: {chat: {loras: {sql: {file: a.gguf, scale: 2}}}},"
        " nodes: {b: {renderGroup: 991, overrides: {chat: {loras: {sql: {scale: -9}}}}}}}",
        'rocm.nodes.halo: the name "sql" means gguf/chat.gguf with a.gguf at 2 here and gguf/chat.gguf with a.gguf at -9'
        " in rocm.nodes.b",
    ),
    (
        "rocm: {build: 9179, models: {chat: {draft: {file: b.gguf}}}}",
        "halo.overrides.chat.draft: llama.cpp b9179 does not",
    ),
    (
        "rocm: {build: 7549, models: {chat: {loras: {a: {file: b.gguf}}}}}",
        "chat.loras: llama.cpp b7549 does not have this",
    ),
    (
        "rocm: {build: 7549, server: {sleepIdleSeconds: 9}}",
        "chat.sleepIdleSeconds: llama.cpp b7549 does not have this yet",
    ),
    (
        "rocm: {image: {tag: gfx1151-b7079}, models: {b: {file: b.gguf}}}",
        "rocm.nodes.halo.image.tag: llama.cpp b7079 serves only one",
    ),
    ("rocm: {models: {b: {file: 'b#2.gguf'}}}", "rocm.nodes.halo.overrides.b.file: llama-server would cut this text"),
    ("rocm: {models: {b: {file: b, flags: {c: 'd; e'}}}}", "rocm.nodes.halo.overrides.b.flags.c: llama-server would"),
    ("rocm: {models: {b: {file: b}}, server: {flags: {c: ' d'}}}", "overrides.chat.flags.c: llama-server would"),
    (
        "{global: {modelsPath: '/a;b'}, rocm: {models: {b: {file: b}}}}",
        "rocm.nodes.halo.modelsPath: llama-server would",
    ),
    (
        "litellm: {routing: {models: {chat-2: {params: {rpm: 9}}}}}",
        'litellm.routing.models.chat-2: no backend serves "chat-2"; served: chat',
    ),
    (
        "litellm: {routing: {models: {chat: {nodes: {aimax: {params: {order: 2}}}}}}}",
        'litellm.routing.models.chat.nodes.aimax: this node does not serve "chat"; nodes that serve it: halo',
    ),
    (
        "{litellm: {models: {any: {name: 'gpt-*', model: 'openai/*'}}}, openwebui: {taskModel: chat-2}}",
        'openwebui.taskModel: no backend serves "chat-2"',
    ),
    (
        "litellm: {extraConfig: {model_list: []}}",
        "litellm.extraConfig.model_list: the chart writes model_list itself; move it to litellm.models",
    ),
    ("thor: {nodes: {t: {}}}", "thor.nodes.t.vllm.model: no model set"),
    ("thor: {nodes: {t: {}}}", "thor.nodes.t.speech.models: no models set"),
    (
        "thor: {nodes: {t: {vllm: {enabled: false}, comfyui: {enabled: false}, speech: {enabled: false}}}}",
        "thor.nodes.t: runs nothing",
    ),
    (
        "thor: {nodes: {t: {comfyui: {port: 8000}}}}",
        "thor.nodes.t.comfyui.port: 8000 is already used by vllm in the same pod",
    ),
    (
        'thor: {nodes: {t: {vllm: {kvCacheMemory: "", gpuMemoryUtilization: 0}}}}',
        "thor.nodes.t.vllm.kvCacheMemory: neither",
    ),
    ("thor: {nodes: {t: {node: a, selector: {b: c}}}}", "thor.nodes.t.node: set together with selector"),
    (
        "thor: {nodes: {t: {vllm: {model: m, servedNames: [chat]}}}}",
        'the name "chat" means m here and gguf/chat.gguf in rocm',
    ),
    (
        "thor: {nodes: {t: {speech: {models: {chat: {}}}}}}",
        'the name "chat" is audio_transcription here and chat in rocm',
    ),
    (
        "litellm: {models: {speech: {name: chat, model: openai/other}}}",
        'litellm.models.speech: the name "chat" means openai/other here and gguf/chat.gguf in rocm.models.chat',
    ),
    ("litellm: {models: {x: {}}}", "litellm.models.x.model: no model set"),
    ("litellm: {models: {x: {model: foo}}}", 'litellm.models.x.model: "foo" has no provider'),
    (
        "litellm: {models: {x: {model: 'foo:8b', apiBase: 'http://mac.lan:11434/v1'}}}",
        "use ollama_chat/foo:8b, and set apiBase: http://mac.lan:11434",
    ),
    ("litellm: {models: {x: {model: 'foo:8b'}}}", "use ollama_chat/foo:8b, and set apiBase: http://host:11434"),
    (
        "litellm: {models: {x: {model: foo, mode: embedding, apiBase: 'http://mac.lan:11434'}}}",
        'litellm.models.x.model: "foo" has no provider, so LiteLLM would drop the model; use ollama/foo',
    ),
    (
        "litellm: {models: {x: {model: foo, apiBase: 'http://mac.lan:8000/'}}}",
        "use hosted_vllm/foo, and set apiBase: http://mac.lan:8000/v1",
    ),
    (
        "litellm: {models: {x-1: {model: openai/a, apiKeySecret: {name: a}}, x_1: {model: openai/b, apiKeySecret: {name: b}}}}",
        "litellm.models.x_1: its key and that of x-1 would share one variable, MODEL_KEY_X_1",
    ),
    ("litellm: {routing: {fallbacks: {chat: [zz]}}}", 'litellm.routing.fallbacks.chat: no backend serves "zz"'),
    ("litellm: {routing: {fallbacks: {zz: [chat]}}}", 'litellm.routing.fallbacks.zz: no backend serves "zz"'),
    (
        "litellm: {routing: {aliases: {big: ''}, fallbacks: {chat: [big]}}}",
        'litellm.routing.fallbacks.chat: no backend serves "big"',
    ),
    (
        "litellm: {routing: {aliases: {big: ''}, fallbacks: {big: [chat]}}}",
        'litellm.routing.fallbacks.big: no backend serves "big"',
    ),
    (
        "litellm: {routing: {aliases: {chat: chat}}}",
        "litellm.routing.aliases.chat: a model with this name is already served",
    ),
    ("litellm: {routing: {aliases: {a: zz}}}", 'litellm.routing.aliases.a: no backend serves "zz"'),
    ("litellm: {routing: {sharedNames: [zz]}}", 'litellm.routing.sharedNames: no backend serves "zz"'),
    ("litellm: {replicas: 2}", "litellm.replicas: more than 1"),
    (
        "openwebui: {mode: standalone, replicas: 2}",
        "set openwebui.database.existingSecret, openwebui.redis.url, openwebui.persistence.accessMode: ReadWriteMany",
    ),
    ("litellm: {enabled: false}", "openwebui.gatewayUrl: required while litellm is off"),
    ("litellm: {enabled: false}", "openwebui.mode: sidecar needs litellm's pod"),
    ("openwebui: {port: 4000}", "openwebui.port: 4000 is already used by litellm"),
    ("openwebui: {taskModel: zz}", 'openwebui.taskModel: no backend serves "zz"'),
    (
        TWO,
        "openwebui.documents.embeddingModel: not set, but several embedding models are served",
    ),
    (
        "openwebui: {documents: {rerankingModel: zz}}",
        'openwebui.documents.rerankingModel: no backend serves "zz"',
    ),
    ("openwebui: {audio: {sttModel: zz}}", 'openwebui.audio.sttModel: no backend serves "zz"'),
    ("litellm: {image: {tag: v1.82.7}}", "litellm-2026-03"),
    ("litellm: {image: {tag: v1.107.0}}", "litellm-2026-10"),
    ("litellm: {image: {tag: 1.85.0}}", "litellm-cve-2026-49468"),
    ("openwebui: {image: {tag: v0.12.3}}", "openwebui-0.12.4"),
]


@pytest.mark.parametrize(("values", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_the_chart_refuses(rendered: Rendered, values: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        rendered(*([] if values == "{}" else [ROCM]), values)
    assert message in str(refused.value)


ACCEPTED = [
    "rocm: {models: {chat: {file: 'a#;b.gguf', flags: {a: 'b; c'}}}}",
    "litellm: {routing: {sharedNames: [chat]}, models: {x: {name: chat, model: hosted_vllm/other, apiBase: http://x/v1}}}",
    "rocm: {build: 10039}",
    "rocm: {build: 10969}",
    "rocm: {backend: vulkan, build: 10500}",
    "rocm: {nodes: {halo: {renderGroup: 0, gpuAccess: dra}}}",
    "rocm: {nodes: {halo: {renderGroup: 0, gpuAccess: privileged, securityContext: {runAsUser: 0, runAsNonRoot: false}}}}",
    "litellm: {image: {repository: me/litellm, tag: mine}}",
    "litellm: {image: {tag: v1.108.0}}",
    "litellm: {routing: {aliases: {gpt-4o: chat}, fallbacks: {gpt-4o: [chat]}}}",
    "openwebui: {image: {tag: v0.12.4-slim}}",
    "thor: {enabled: false, nodes: {t: {}}}",
    f"{TWO}\nopenwebui: {{documents: {{embeddingModel: c}}}}",
    f"{TWO}\nopenwebui: {{extraEnv: {{RAG_EMBEDDING_MODEL: c}}}}",
    f"{TWO}\nopenwebui: {{enabled: false}}",
]


@pytest.mark.parametrize("values", ACCEPTED)
def test_the_chart_accepts(rendered: Rendered, values: str) -> None:
    assert len(rendered(ROCM, values)) > 3


def test_every_message_comes_at_once(rendered: Rendered) -> None:
    with pytest.raises(UserError) as refused:
        rendered(ROCM, THOR, "{rocm: {models: {b: {}}}, litellm: {replicas: 2}, openwebui: {taskModel: zz}}")
    assert sum(line.startswith("- ") for line in str(refused.value).splitlines()) == 3


def arguments(sentence: dict[str, str]) -> set[str]:
    return {name for _, name in ARGUMENT.findall(f"{sentence['message']} {sentence['fix']}")}


def every_sentence() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Rule, variant ("": the rule has one sentence) and sentence."""
    for rule, value in sentences().items():
        variants = {"": value} if "message" in value else {name: value[name] for name in value if name != "about"}
        yield from ((rule, variant, sentence) for variant, sentence in variants.items())


def refused(folder: Path, values: str) -> list[Refusal]:
    (folder / "values.yaml").write_text(values)
    (folder / "base.yaml").write_text("{}" if values == "{}" else ROCM)
    return render_unvalidated(load([folder / "base.yaml", folder / "values.yaml"]).values).refusals


ELSEWHERE = {
    ("cluster/no-dra", ""): "needs an older Kubernetes: tests/render/test_dra.py",
    ("kubernetes/claim-changed", "class"): "needs a claim, see below",
    ("kubernetes/claim-changed", "mode"): "needs a claim, see below",
    ("kubernetes/claim-changed", "size"): "needs a claim, see below",
    ("versions/known-bad", "other-and-more"): "no two entries are about every tag of one repository",
}
"""Sentences that no values here cause, and why."""
BAD = "thor: {nodes: {t: {vllm: {image: {repository: docker.io/dustynv/vllm, tag: r36}}}}}"


def test_each_sentence_is_reached_and_gets_the_arguments_that_it_names(tmp_path) -> None:
    given = {
        (refusal.rule, refusal.variant): set(refusal.arguments)
        for values in [*(values for values, _ in REFUSED), BAD, "{litellm: {models: {x: {model: a, apiBase: b}}}}"]
        for refusal in refused(tmp_path, values)
    }
    named = {(rule, variant): arguments(sentence) for rule, variant, sentence in every_sentence()}
    assert given == {key: names for key, names in named.items() if key not in ELSEWHERE}


def test_sentences_of_one_rule_that_only_differ_in_the_end_get_the_same_arguments() -> None:
    bad = sentences()["versions/known-bad"]
    assert arguments(bad["other-and-more"]) == arguments(bad["newer-and-more"])


def test_a_sentence_has_no_end_of_a_fix_in_its_message() -> None:
    assert [message for _, _, sentence in every_sentence() if "; " in (message := sentence["message"])] == []


CLAIM = {
    "spec": {
        "storageClassName": "fast",
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "20Gi"}},
    }
}
CHANGED = """
- openwebui.persistence.accessMode: the claim ai-server-openwebui is ReadWriteMany, not ReadWriteOnce; a claim cannot be changed this way: set it back to ReadWriteMany, or move the data to your own claim and set openwebui.persistence.existingClaim [kubernetes/claim-changed]
- openwebui.persistence.size: the claim ai-server-openwebui has 20Gi and cannot shrink to 5Gi; a claim cannot be changed this way: set it back to 20Gi, or move the data to your own claim and set openwebui.persistence.existingClaim [kubernetes/claim-changed]
- openwebui.persistence.storageClass: the claim ai-server-openwebui has class "fast", not "slow"; a claim cannot be changed this way: set it back to fast, or move the data to your own claim and set openwebui.persistence.existingClaim [kubernetes/claim-changed]
"""


def test_the_chart_refuses_to_change_a_claim_that_it_finds(tmp_path) -> None:
    chart = shutil.copytree(CHART, tmp_path / "chart")
    template = chart / "templates" / "validation" / "_upgrade.tpl"
    text = re.sub(
        r'lookup "v1" "PersistentVolumeClaim" \S+ \S+', f"`{json.dumps(CLAIM)}` | fromJson", template.read_text()
    )
    template.write_text(text)
    (tmp_path / "base.yaml").write_text(ROCM)
    (tmp_path / "values.yaml").write_text("openwebui: {persistence: {storageClass: slow, size: 5Gi}}")
    with pytest.raises(UserError) as error:
        render(load([tmp_path / "base.yaml", tmp_path / "values.yaml"]).values, chart=chart)
    assert error.value.message.endswith(CHANGED.rstrip())


def test_every_known_bad_version_says_why_and_what_to_take() -> None:
    entries = yaml.safe_load((CHART / "files" / "known-bad-versions.yaml").read_text())["versions"]
    assert len({entry["id"] for entry in entries}) == len(entries) >= 20
    for entry in entries:
        assert all(entry[key] for key in ("id", "repository", "reason", "take"))
        assert not ("range" in entry and "builds" in entry)
        assert entry["source"].startswith("https://")
        assert date.fromisoformat(entry["date"]).isoformat() == entry["date"]
        assert "; " not in entry["reason"], "what comes behind it is the fix"
