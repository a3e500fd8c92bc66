"""Properties of all findings: the location, the order, the words, waivers, and what was not checked."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from ai_server import checks
from ai_server.checks import all_rules
from ai_server.checks.core.model import Finding, Violation, reported_once
from ai_server.checks.core.views import ValuesView
from ai_server.checks.engine import run as engine
from ai_server.errors import UserError
from ai_server.kube.kubeversion import chosen
from ai_server.reading.edit import Change
from tests.at import at
from tests.tools.checks.conftest import HERE, JARGON, Run

POD = "  - {apiVersion: v1, kind: Pod, metadata: {name: %s, labels: %s}, spec: {nodeName: halo, containers: [{name: a, resources: {requests: %s}}]}}\n"


def test_good_values_are_silent(run: Run) -> None:
    assert run("rocm: {port: 8080}") == []


def test_a_finding_names_the_file_that_won(run: Run) -> None:
    [found] = run("rocm: {backend: a}", "rocm: {backend: b}")
    assert Path(found.file).name == "v1.yaml"


def test_a_mistake_that_a_later_file_hides_is_reported_at_its_location(run: Run) -> None:
    [found] = run("openwebui: {persistence: large}", "openwebui: {persistence: {size: 20Gi}}")
    assert (Path(found.file).name, found.rule) == ("v0.yaml", "values/wrong-type")
    assert found.message.endswith("a later file replaces it in this cluster")


def test_a_mistake_in_the_file_that_won_is_reported_once(run: Run) -> None:
    [found] = run("rocm: {prt: 8080}", "rocm: {prt: 8081}")
    assert (Path(found.file).name, found.rule) == ("v1.yaml", "values/unknown-key")


def test_every_mistake_is_reported_in_one_run_and_in_order(run: Run) -> None:
    found = run("rocm:\n  prt: 1\n  backend: x\nthor:\n  podss: 1\nlitellm: {image: {tag: v1.107.0}, replicas: 2}\n")
    assert [finding.line for finding in found] == [2, 3, 5, 6, 6]


@pytest.mark.parametrize("field", [field.name for field in fields(Finding)])
def test_two_findings_that_differ_have_an_order(field: str) -> None:
    finding = Finding("values/a", "error", "v.yaml", 1, 1, "rocm.a", "a message", "a fix")
    other: Any = {"severity": "warning", "line": 2, "column": 2, "changes": (Change("remove", ()),)}.get(field, "z")
    assert replace(finding, **{field: other}).rank > finding.rank


FOLLOWS = {
    "the file": "rocm: {models: {more: {fil: gguf/more.gguf}}}",
    "the node": "rocm: {nodes: {halo: {enabled: false}, hallo: {nde: halo, renderGroup: 991}}}",
    "the address": "litellm: {models: {a: {model: hosted_vllm/x, apibase: 'http://a.lan/v1'}}}",
    "the mode": "rocm: {models: {bge-m3: {file: gguf/bge-m3.gguf, moed: embedding}}}",
    "the name": "litellm: {models: {chat: {model: hosted_vllm/x, apiBase: 'http://a.lan/v1', nam: more}}}",
    "the switch": "rocm: {models: {more: {file: gguf/more.gguf, enabld: false}}, nodes: {halo: {serve: [chat]}}}",
    "the program": "thor: {vllm: {enabled: false}, speech: {enabled: false}, comfyui: {enabled: false}, nodes: {thor: {comfyu: {enabled: true}}}}",
    "the model": "thor: {nodes: {thor: {speech: {models: {tiny: {modl: Systran/faster-whisper-tiny}}}}}}",
    "a Secret's key": "litellm: {extraEnv: {A: {valueFrom: {secretKeyRef: {name: mine, ky: a}}}}}",
}


@pytest.mark.parametrize("text", FOLLOWS.values(), ids=FOLLOWS)
def test_the_consequences_of_a_misspelt_key_are_not_reported(run: Run, text: str) -> None:
    assert {finding.rule.partition("/")[0] for finding in run(text)} == {"values"}


@pytest.mark.parametrize("text", FOLLOWS.values(), ids=FOLLOWS)
def test_no_wording_decides_what_follows(run: Run, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    def garbled(violations: Iterable[Violation]) -> Iterator[Violation]:
        return (replace(violation, message="x", fix="mode node name") for violation in reported_once(violations))

    before = [(finding.rule, finding.key) for finding in run(text)]
    monkeypatch.setattr(engine, "reported_once", garbled)
    assert [(finding.rule, finding.key) for finding in run(text)] == before


def test_the_cluster_is_checked_although_the_chart_rejects_something(run: Run) -> None:
    found = run("litellm: {replicas: 2}\nrocm: {nodes: {halo: {node: hallo}}}")
    assert {finding.rule for finding in found} == {"programs/one-writer", "cluster/no-such-node"}


def test_two_pods_that_want_the_only_gpu_are_noticed(run: Run) -> None:
    [found] = run("rocm: {nodes: {second: {node: halo, renderGroup: 1}}}")
    assert found.rule == "cluster/no-gpu"
    assert "rocm.nodes.halo is on node halo too and takes its GPU" in found.message


def test_what_runs_on_the_node_already_counts(run: Run) -> None:
    other = POD % ("other", "{}", "{memory: 110Gi}")
    assert [finding.rule for finding in run("rocm: {}", cluster=other)] == ["cluster/too-little"]


def test_the_releases_own_pods_do_not_count_against_it(run: Run) -> None:
    own = POD % ("mine", "{app.kubernetes.io/instance: ai-server}", "{memory: 110Gi}")
    assert run("rocm: {}", cluster=own) == []


def test_what_cannot_be_checked_is_reported() -> None:
    found = checks.run([HERE / "base.yaml"]).findings
    [unchecked] = [finding.message for finding in found if finding.severity == "not-checked"]
    assert "no cluster was given" in unchecked


def test_no_message_speaks_the_language_of_schemas(run: Run) -> None:
    wrong = [rule.page.wrong for rule in all_rules().values() if not rule.page.wrong.startswith("apiVersion")]
    texts = [f"{finding.message} {finding.fix}" for text in wrong for finding in run(text)]
    assert len(texts) > 50
    assert [text for text in texts if JARGON.search(text)] == []


def test_a_waived_rule_is_silent_and_a_waiver_for_nothing_is_an_error(run: Run) -> None:
    waiver = "# waivers.yaml\n- {rule: programs/persistent-config, reason: the page wins here}"
    assert run(f"openwebui: {{persistentConfig: true}}\n{waiver}") == []
    assert [finding.rule for finding in run(f"rocm: {{}}\n{waiver}")] == ["values/unused-waiver"]


def test_a_waiver_of_another_key_does_not_cover(run: Run) -> None:
    waiver = "# waivers.yaml\n- {rule: versions/floating-tag, key: openwebui.image, reason: we build it ourselves}"
    found = run(f"litellm: {{image: {{tag: latest}}}}\n{waiver}")
    assert {finding.rule for finding in found} == {"versions/floating-tag", "values/unused-waiver"}


@pytest.mark.parametrize(
    ("waiver", "message", "fix"),
    [
        ("rule: x", "the waivers cannot be read: must be a list", "begin each entry with '- '"),
        ("- {rule: [", "the waivers cannot be read: invalid YAML", "add ]"),
        ("- {rule: programs/nothing, reason: because it is}", "no rule is called programs/nothing", "use the id"),
        (
            "- {rule: programs/persistant-config, reason: so it is}",
            "did you mean programs/persistent-config?",
            "use pro",
        ),
        ("- {rule: persistent-config, reason: so it is}", "did you mean programs/persistent-config?", "use programs/"),
        ("- {rul: programs/persistent-config, reason: so it is}", "unknown key rul; did you mean rule?", "use rule"),
        ("- {rule: programs/persistent-config}", "not a waiver: reason missing", "use {rule: ID"),
        ("- {rule: programs/persistent-config, reason: ok}", "at least two words", "explain why"),
        ("- {rule: values/unknown-key, reason: we know better}", "cannot be waived", "fix the values"),
    ],
)
def test_an_invalid_waiver_is_reported_with_its_line(run: Run, waiver: str, message: str, fix: str) -> None:
    [found] = run(f"rocm: {{}}\n# waivers.yaml\n# why\n{waiver}")
    assert (found.rule, message in found.message, fix in found.fix) == ("values/unused-waiver", True, True), found
    assert found.line >= 1 + waiver.startswith("- {rul")
    assert found.file.endswith("waivers.yaml")


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("openwebui.persistantConfig", "openwebui.persistentConfig"),
        ("openwebUI.persistentconfig", "openwebui.persistentConfig"),
        ("openwebui.url", ""),
    ],
)
def test_a_typo_in_the_key_of_a_waiver_is_named(run: Run, key: str, meant: str) -> None:
    waiver = f"- {{rule: programs/persistent-config, key: {key}, reason: the page wins here}}"
    found = run(f"openwebui: {{persistentConfig: true}}\n# waivers.yaml\n{waiver}")
    [unused] = [finding for finding in found if finding.rule == "values/unused-waiver"]
    assert (f"did you mean {meant}?" in unused.message, unused.fix) == (
        (True, f"use key: {meant}")
        if meant
        else (False, "remove the waiver: it would hide the next mistake of this kind")
    )


def test_what_was_not_checked_can_be_waived(tmp_path: Path) -> None:
    (tmp_path / "v.yaml").write_text((HERE / "base.yaml").read_text() + "openwebui: {image: {tag: mine}}\n")
    [tag, cluster] = sorted(finding.rule for finding in checks.run([tmp_path / "v.yaml"]).findings)[::-1]
    assert (tag, cluster) == ("versions/known-bad", "cluster/not-given")
    waiver = "- {rule: %s, reason: nothing to check here}\n"
    (tmp_path / "waivers.yaml").write_text(waiver % tag + waiver % cluster)
    result = checks.run([tmp_path / "v.yaml"])
    assert (result.findings, result.counted["waived"]) == ([], 2)


def test_a_waiver_without_a_key_hides_no_error_of_its_rule(run: Run) -> None:
    text = f"global: {{existingSecret: gone}}\n{WAIVED % 'kubernetes/missing-reference'}"
    assert [finding.rule for finding in run(text, cluster=None, also="not-checked")] == ["cluster/not-given"]
    secret = "  - {apiVersion: v1, kind: Secret, metadata: {name: other, namespace: ai-server}}\n"
    [unused, missing] = sorted(run(text, cluster=secret), key=lambda finding: finding.rule, reverse=True)
    assert (missing.rule, missing.severity) == ("kubernetes/missing-reference", "error")
    assert (unused.rule, unused.fix) == ("values/unused-waiver", f"use key: {missing.key}")


def test_several_tags_without_a_version_take_one_line(run: Run) -> None:
    [line] = run("openwebui: {image: {tag: mine}}\nlitellm: {image: {tag: ours}}", also="not-checked")
    assert "open-webui:mine have no version, so they were not compared" in line.message


@pytest.mark.parametrize(
    ("program", "argument", "known"),
    [
        ("vllm", "--swap-space=4", False),
        ("vllm", "--max-model-length", False),
        ("vllm", "--disable_log_stats", True),
        ("vllm", "--no-enable-chunked-prefill", True),
        ("comfyui", "--lowvram", True),
        ("comfyui", "--low-vram-mode", False),
    ],
)
def test_a_flag_that_the_program_does_not_know_is_noticed(run: Run, program: str, argument: str, known: bool) -> None:
    found = run(at(f"thor.{program}.extraArgs", [argument]))
    assert [finding.rule for finding in found] == ([] if known else ["programs/unknown-flag"])


@pytest.mark.parametrize("flag", ["--trust-remote-code", "--trust_remote_code", "--trust-remote"])
def test_a_flag_is_known_by_every_spelling_that_the_program_takes(run: Run, flag: str) -> None:
    [found] = run(at("thor.vllm.extraArgs", [flag]))
    assert found.rule == "security/dangerous-flag"


@pytest.mark.parametrize("version", ["1.36", "v1.36.3", "1.36.3", "v1.36.3+k3s1"])
def test_a_version_of_kubernetes_may_be_written_as_people_do(run: Run, version: str) -> None:
    assert run("rocm: {}", kube_version=version) == []


def test_the_oldest_node_says_the_version_unless_one_is_asked_for() -> None:
    kubelets = ["v1.36.3", "v1.31.4+k3s1", "v1.28.0", "fake"]
    assert [chosen(text, kubelets) for text in ("", "1.35")] == ["1.31.4", "1.35.0"]
    assert chosen("") == "1.36.3"


@pytest.mark.parametrize("options", [{"release": "Home"}, {"release": "a" * 54}, {"namespace": "a_b"}])
def test_an_invalid_release_name_is_misuse(run: Run, options: dict[str, str]) -> None:
    with pytest.raises(UserError, match=r"is not a valid (release|namespace) name"):
        run("rocm: {}", **options)


def test_a_typo_does_not_hide_what_else_is_wrong_with_its_entry(run: Run) -> None:
    found = run("rocm: {nodes: {hallo: {rendergroup: 991}}}")
    assert {finding.rule for finding in found} == {"values/unknown-key", "cluster/no-such-node"}


def test_a_rejected_field_of_a_container_is_reported_once(run: Run) -> None:
    found = run("rocm: {pod: {extraContainers: [{name: a, ports: [{containerPort: x}]}]}}")
    assert [finding.rule for finding in found] == ["values/wrong-type"]


def crash(view: ValuesView) -> list[Violation]:
    raise TypeError("nothing to see")


def test_a_rule_that_crashes_is_one_finding_among_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(
        all_rules(), "versions/floating-tag", replace(all_rules()["versions/floating-tag"], checks=(crash,))
    )
    (tmp_path / "v.yaml").write_text("openwebui: {persistentConfig: true}")
    found = checks.run([HERE / "base.yaml", tmp_path / "v.yaml"]).findings
    [error, warning] = [finding for finding in found if finding.severity != "not-checked"]
    assert (error.rule, error.severity, warning.rule) == (
        "versions/floating-tag",
        "error",
        "programs/persistent-config",
    )
    assert "a bug in ai-server" in error.message
    assert "nothing to see" in error.message


def test_a_rule_that_crashes_fails_a_test(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        all_rules(), "versions/floating-tag", replace(all_rules()["versions/floating-tag"], checks=(crash,))
    )
    with pytest.raises(TypeError, match="nothing to see"):
        run("rocm: {port: 8080}")


WAIVED = "# waivers.yaml\n- {rule: %s, reason: this is meant here}"


def test_a_waiver_of_what_could_not_be_looked_at_is_not_unused(run: Run) -> None:
    text = f"rocm: {{}}\n{WAIVED % 'cluster/no-such-node'}"
    assert run(text, cluster=None) == []
    assert [finding.rule for finding in run(text)] == ["values/unused-waiver"]


def test_what_could_not_be_checked_is_not_waived(run: Run) -> None:
    found = run(f"rocm: {{}}\n{WAIVED % 'cluster/no-such-node'}", cluster=None, also="not-checked")
    assert [finding.severity for finding in found] == ["not-checked"]


def test_a_warning_about_values_can_be_waived(run: Run) -> None:
    text = f"rocm: {{port: 8081}}\n---\nlitellm: {{port: 4001}}\n{WAIVED % 'values/two-documents'}"
    assert run(text) == []


def test_an_unused_waiver_next_to_a_shared_base_is_not_reported(tmp_path: Path) -> None:
    for folder, text in (("shared", (HERE / "base.yaml").read_text()), ("home", "rocm: {port: 8081}\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "v.yaml").write_text(text)
    (tmp_path / "shared" / "waivers.yaml").write_text("- {rule: versions/floating-tag, reason: another site has one}")
    files = [tmp_path / folder / "v.yaml" for folder in ("shared", "home")]
    assert [finding.rule for finding in checks.run(files).findings if finding.severity != "not-checked"] == []


@pytest.mark.parametrize(
    "text",
    [
        "rocm: {server: {flags: {min-p: 1e-5}}}",
        "rocm: {models: {chat: {ctxSize: 1e4}}}",
        "rocm: {models: {chat: {ctxSize: 8_192}}}",
        "rocm: {models: {chat: {file: gguf/flask-tutor-instruct-large-7b.gguf}}}",
        "openwebui: {persistence: {storageClass: nas}, pod: {annotations: {checksum/secret: 9f86d081884c7d659a2f, commit: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b}}}",
        "litellm: {ingress: {tlsSecret: litellm-tls-secret-2024}}",
        "litellm: {extraEnv: {A_TOKEN: {valueFrom: {secretKeyRef: {name: token-2024-production, key: api_key}}}}}",
        "litellm: {extraEnv: {HEADER: Basic authentication, SESSION: 123e4567-e89b-12d3-a456-426614174000}}",
        "litellm: {extraEnv: {HINT: 'your password: see below', SCRIPT: 'echo ${API_KEY:-none} $DB_PASSWORD: x'}}",
        "rocm: {extraArgs: [--hf-token, $(HF_TOKEN)]}",
        "litellm: {image: {tag: 'v1@sha256:abc'}, extraEnv: {A_URL: 'http://a.lan:8080/x@y', B: 'tls-secret: mine'}}",
        "extraObjects: [{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {token: ''}, stringData: {b: $(B)}}]",
        "extraObjects: [{apiVersion: a/v1, kind: ExternalSecret, metadata: {name: a}, spec: {data: [{secretKey: db}]}}]",
        "litellm: {extraEnv: {DB_PASSWORD: os.environ/OTHER, B_PASSWORD: $(OTHER), ENABLE_PASSWORD: 'true'}}",
    ],
)
def test_what_only_looks_wrong_is_silent(run: Run, text: str) -> None:
    assert [str(finding) for finding in run(text) if finding.rule.startswith(("security/secret", "values/"))] == []


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("rocm: {envFrom: {a: b}}", "use a list, with each entry on a line that starts with '- '"),
        ("thor: {vllm: {kvCacheMemory: 16}}", "use 16Gi: without a unit it would be bytes"),
        ("rocm.port: 8090", "use rocm: with port: below it"),
        ("foo: 1", "keys of the file: extraObjects, global, gpu, litellm, openwebui, rocm, thor"),
        ("global: {pod: {extraContainers: [{image: x}]}}", "add name: to global.pod.extraContainers[0]"),
    ],
)
def test_a_fix_can_be_followed(run: Run, text: str, fix: str) -> None:
    assert fix in [finding.fix for finding in run(text) if finding.rule.startswith("values/")]


SECRET = [
    "AWS_SECRET_ACCESS_KEY: wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz9",
    "SMTP_PASS: hunter2",
    "MY_PWD: abc",
    "ENCRYPTION_KEY: Vq8zP2nK4tXwVq8z",
    "GITHUB_PAT: Vq8zP2nK4tXwVq8z",
    "PASSPHRASE: correct horse battery",
    "HEADERS: Bearer Vq8zP2nK4tXwVq8z",
    "HEADERS: Basic bWU6aHVudGVyMg==",
    "HOOK: https://hooks.slack.com/services/T024BE7LD/B024BE7LD/Vq8zP2nK4tXw",
    "REDIS_URL: 'redis://:Vq8zP2nK@cache.lan'",
    "URL: https://a.lan/?api-key=9f86d081884c7d65",
]


@pytest.mark.parametrize("variable", SECRET)
def test_a_secret_is_found_by_its_name_or_its_form(run: Run, variable: str) -> None:
    found = run(f"litellm:\n  extraEnv:\n    {variable}\n")
    assert [(finding.rule, finding.line) for finding in found if finding.rule.startswith("security/")] == [
        ("security/secret-in-values", 3)
    ]


@pytest.mark.parametrize("component", ["rocm", "litellm", "openwebui"])
def test_the_global_values_of_a_component_are_helms_own(run: Run, component: str) -> None:
    found = {finding.key: finding for finding in run(f"{component}: {{global: {{modelsPath: /srv}}, foo: 1}}")}
    other = found.pop(f"{component}.foo")
    assert found.keys() == {f"{component}.global"}
    assert "global" not in other.fix.removeprefix(f"keys of {component}: ").split(", ")


@pytest.mark.parametrize("name", ["OPENAI_API_KEY=sk-hunter2", "OPENAI_API_KEY:sk-hunter2"])
def test_a_secret_in_a_name_is_neither_shown_nor_kept_in_another_name(run: Run, name: str) -> None:
    [found] = run(f'openwebui: {{extraEnv: {{"{name}": ""}}}}')
    assert (found.rule, found.changes) == ("security/secret-in-values", ())
    assert "hunter2" not in f"{found} {found.key} {found.fix}"
