"""Each fix that check proposes is applied to the file: its finding is gone, and after a certain one no other appears."""

from pathlib import Path

import pytest

from ai_server import checks
from ai_server.checks.core.pages import all_pages
from ai_server.checks.engine.apply import apply, fix_all, is_certain, with_changes
from ai_server.kube.cluster_facts import ClusterFacts, read_facts
from tests.mistakes.test_mistakes import CLUSTER_LINE, FILES, MOST_FINDINGS, name
from tests.tools.checks.conftest import HERE

EXAMPLES = {
    page.id: (page.wrong.partition("# waivers.yaml\n")[0], f"  - {page.cluster}\n" if page.cluster else "")
    for page in all_pages().values()
}
MISTAKES = {
    name(file): (text, f"  - {added[1]}\n" if (added := CLUSTER_LINE.search(text)) else "")
    for file in FILES
    for text in [file.read_text()]
}
CASES = {**MISTAKES, **{rule: case for rule, case in EXAMPLES.items() if "kind:" not in case[0].partition("\n")[0]}}


def findings(files: list[Path], facts: ClusterFacts, texts: dict[Path, str]) -> set[tuple[str, str, str]]:
    found = checks.run(files, facts, texts=texts).findings
    return {(finding.rule, finding.key, finding.message) for finding in found if finding.severity != "not-checked"}


@pytest.mark.parametrize("case", CASES)
def test_a_fix_removes_its_finding_and_a_certain_one_adds_none(tmp_path: Path, case: str) -> None:
    text, cluster = CASES[case]
    (tmp_path / "cluster.yaml").write_text((HERE / "cluster.yaml").read_text() + cluster)
    facts = read_facts(tmp_path / "cluster.yaml")
    base, file = HERE / "base.yaml", tmp_path / "values.yaml"
    texts = {base: base.read_text(), file: text}
    before = findings([base, file], facts, texts)
    assert len(before) <= MOST_FINDINGS
    for finding in checks.run([base, file], facts, texts=texts).findings:
        _, done = apply([finding], texts)
        assert done == ([finding] if is_certain(finding) else [])
        after = with_changes(finding, texts) if finding.changes else {}
        assert list(after) == [file] * bool(finding.changes)
        if after:
            left = findings([base, file], facts, texts | after)
            assert (finding.rule, finding.key, finding.message) not in left
            assert not done or {(rule, key) for rule, key, _ in left} <= {(rule, key) for rule, key, _ in before}


FIXES = [
    ("rocm: {modells: {a: {file: a.gguf}}}", "rocm: {models: {a: {file: a.gguf}}}"),
    ("rocm: {tolerations: []}", "rocm: {pod: {tolerations: []}}"),
    ("rocm: {nodes: {halo: {runtimeClassName: x}}}", "rocm: {nodes: {halo: {pod: {runtimeClassName: x}}}}"),
    ("thor: {server: {directIo: true}}", "thor: {server: {loadMode: dio}}"),
    ("rocm: {nodes: {halo: {renderGroup: '991'}}}", "rocm: {nodes: {halo: {renderGroup: 991}}}"),
    ("thor: {vllm: {image: {tag: 1e3}}}", 'thor: {vllm: {image: {tag: "1e3"}}}'),
    ("rocm: {models: {a: {file: /data/ai-models/a.gguf}}}", "rocm: {models: {a: {file: a.gguf}}}"),
    (
        "litellm: {models: {'groq/*': {model: 'groq/*', apiKeySecret: {name: a}}}}",
        "litellm: {models: {groq: {model: 'groq/*', apiKeySecret: {name: a}, name: \"groq/*\"}}}",
    ),
    ("rocm: {extraArgs: [--host, 0.0.0.0, --no-webui]}", "rocm: {extraArgs: [--no-webui]}"),
    ("rocm: {extraArgs: [--threads-http 8]}", 'rocm: {extraArgs: [--threads-http, "8"]}'),
    ("rocm: {extraEnv: {HSA_OVERRIDE_GFX_VERSION: '11.0.0'}}", "rocm: {extraEnv: {}}"),
    ("rocm: {startupSeconds: 30m}", "rocm: {startupSeconds: 1800}"),
    ("rocm: {server: {cacheRamMiB: 4Gi}}", "rocm: {server: {cacheRamMiB: 4096}}"),
    ("thor: {vllm: {mode: chatt}}", "thor: {vllm: {mode: chat}}"),
    ("litellm: {routing: {aliases: {gpt: chatt}}}", "litellm: {routing: {aliases: {gpt: chat}}}"),
    ("thor: {vllm: {extraArgs: [--pipeline-parallel-size, '2']}}", "thor: {vllm: {extraArgs: []}}"),
    ("rocm: {gpus: 1}", "rocm: {gpuCount: 1}"),
    ("rocm: {models: {chat: {n_ctx: 8192}}}", "rocm: {models: {chat: {ctxSize: 8192}}}"),
    ("rocm: {models: {chat: {ngl: 99}}}", "rocm: {models: {chat: {nGpuLayers: 99}}}"),
    ("rocm: {models: {chat: {threads: 8}}}", "rocm: {models: {chat: {flags: {threads: 8}}}}"),
    ("rocm: {models: {chat: {mlock: true}}}", "rocm: {models: {chat: {loadMode: mlock}}}"),
    ("rocm: {models: {chat: {flags: {--threads: 8}}}}", "rocm: {models: {chat: {flags: {threads: 8}}}}"),
    ("rocm: {nodes: {halo: {model: chat}}}", "rocm: {nodes: {halo: {serve: [chat]}}}"),
    ("global: {nfs: {server: a.lan, path: /b}}", "global: {modelsVolume: {nfs: {server: a.lan, path: /b}}}"),
    ("litellm: {ingress: {ingressClassName: traefik}}", "litellm: {ingress: {className: traefik}}"),
    ("thor: {vllm: {context: 8192}}", "thor: {vllm: {maxModelLen: 8192}}"),
    (
        "rocm: {extraEnv: [{name: A, value: 010}, {name: B, value: yes}, {name: C, value: 1.10}, {name: D, value: }]}",
        'rocm: {extraEnv: {A: "010", B: "yes", C: "1.10", D: ""}}',
    ),
    ("rocm: {extraEnv: [{A: 010}, {B: on}]}", 'rocm: {extraEnv: {A: "010", B: "on"}}'),
    ("thor: {vllm: {servedNames: 1.10}}", 'thor: {vllm: {servedNames: ["1.10"]}}'),
    ('rocm: {models: {chat: {ctxsize: "65536"}}}', "rocm: {models: {chat: {ctxSize: 65536}}}"),
    ("rocm: {ctx: '65536'}", "rocm: {server: {ctxSize: 65536}}"),
    ("rocm: {nodes: {halo: {env: [{name: A, value: 010}]}}}", 'rocm: {nodes: {halo: {extraEnv: {A: "010"}}}}'),
    ("openwebui: {image: {Tag: 1.10}}", 'openwebui: {image: {tag: "1.10"}}'),
    ("thor: {nodes: {thor: {vllm: /data/ai-models/hf/a}}}", "thor: {nodes: {thor: {vllm: {model: hf/a}}}}"),
    ("gpu: {nodes: [{name: a, image: {tag: 1.10}}]}", 'gpu: {nodes: {a: {image: {tag: "1.10"}}}}'),
    ("thor: {vllm: {extraArgs: --enforce-eager}}", "thor: {vllm: {extraArgs: [--enforce-eager]}}"),
]


@pytest.mark.parametrize(("wrong", "right"), FIXES)
def test_check_writes_what_was_meant(tmp_path: Path, wrong: str, right: str) -> None:
    assert fixed(tmp_path, wrong) == right


@pytest.mark.parametrize(
    "text",
    [
        "litellm: {masterkey: sk-abcdef123456}",
        "openwebui: {databaseUrl: postgres://me:secret@db.lan/x}",
        "rocm: {server: {mlock: false}}",
        "rocm: {server: {mlock: true, loadMode: dio}}",
        "thor: null",
        "global: {modelsPath: models}",
        "vllm: {model: hf/a}",
        "rocm: {nodes: {halo: {replicaCount: 2}}}",
        "litellm: {image: {tag: v1.200.0}, litellmSettings: {new_setting_of_later: true}}",
        "thor: {vllm: {kvCacheMemory: 16}}",
        "rocm: {models: {chat: {flags: {ctx-sze: 8192}}}}",
        "litellm: {litellmSettings: {dropparams: false, drop_params: true}}",
        "litellm: {extraArgs: [--detailed_debug true]}",
        "rocm: {models: {chat: {ctx: 8192, n_ctx: 4096}}}",
        "rocm: {server: {mmap: true, mlock: true}}",
        "rocm: {nodeSelector: {a: b}, pod: {nodeselector: {c: d}}}",
        "openWebUI: {enabled: true}\nopen-webui: {enabled: false}\n",
        "thor: {vllm: {model: /data/ai-models/hf/a.gguf}}",
        "thor: {nodes: {thor: {vllm: /data/ai-models/hf/a.gguf}}}",
        "rocm: {models: {chat: {file: /data/ai-models/hf/a.safetensors}}}",
        "rocm: {server: {ctxSize: 32k}}",
        "rocm: {resources: {requests: {memory: 60GB}}}",
        "global: {modelsMax: 2}",
        "models: {more: {file: more.gguf}}",
        "extraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {DB_PASSWORD: postgres}}]",
    ],
)
def test_check_does_not_guess(tmp_path: Path, text: str) -> None:
    assert fixed(tmp_path, text) == text


def test_many_misspelt_keys_are_fixed(tmp_path: Path) -> None:
    wrong = "".join(f"    m{number}: {{fiel: m{number}.gguf}}\n" for number in range(110))
    assert fixed(tmp_path, f"rocm:\n  models:\n{wrong}").count("file: ") == 110


def test_the_file_that_others_share_stays(tmp_path: Path) -> None:
    shared, mine = tmp_path / "base.yaml", tmp_path / "my.yaml"
    shared.write_text("rocm: {models: {a: {file: a.gguf}}}\n")
    mine.write_text("rocm: {nodes: {a: {renderGroup: &g '991'}, b: {renderGroup: *g}}}\n")
    fixed = fix_all([shared, mine], lambda texts: checks.run([shared, mine], texts=texts).findings)
    assert fixed.texts[shared] == shared.read_text()
    assert fixed.texts[mine] == "rocm: {nodes: {a: {renderGroup: 991}, b: {renderGroup: 991}}}\n"


def test_a_key_that_another_one_becomes_as_well_is_named(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("rocm: {models: {chat: {ctx: 8192, n_ctx: 4096}}}")
    fixes = [finding.fix for finding in checks.run([HERE / "base.yaml", tmp_path / "values.yaml"]).findings[:2]]
    assert fixes == [
        "perhaps use ctxSize; see docs/values.md; rocm.models.chat.n_ctx becomes the same key: join them, or keep one",
        "perhaps use ctxSize; see docs/values.md; rocm.models.chat.ctx becomes the same key: join them, or keep one",
    ]


def test_a_key_and_its_value_are_fixed_at_once(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text('rocm: {models: {chat: {ctxsize: "65536"}}}')
    [finding, _] = checks.run([HERE / "base.yaml", tmp_path / "values.yaml"]).findings
    assert (finding.fix, len(finding.changes), is_certain(finding)) == ("use ctxSize: 65536", 2, True)


def fixed(folder: Path, text: str) -> str:
    """The text after all fixes, over the valid release."""
    file = folder / "values.yaml"
    file.write_text(text)
    files = [HERE / "base.yaml", file]
    return fix_all(files, lambda texts: checks.run(files, texts=texts).findings).texts[file]
