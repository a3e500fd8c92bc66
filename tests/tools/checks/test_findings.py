"""What holds for all findings: the place that won, the order, the words, waivers, and what could not be looked at."""

from pathlib import Path

import pytest

from ai_server import checks
from ai_server.checks import all_rules, chart
from ai_server.checks.findings import Context
from ai_server.errors import UserError
from ai_server.kubeversion import chosen
from ai_server.profiles import load
from tests.tools.checks.conftest import HERE, Run

POD = "  - {apiVersion: v1, kind: Pod, metadata: {name: %s, labels: %s}, spec: {nodeName: halo, containers: [{name: a, resources: {requests: %s}}]}}\n"


def test_good_values_are_silent(run: Run) -> None:
    assert run("rocm: {port: 8080}") == []


def test_a_finding_names_the_file_that_won(run: Run) -> None:
    [found] = run("rocm: {backend: a}", "rocm: {backend: b}")
    assert Path(found.file).name == "v1.yaml"


def test_a_mistake_that_a_later_file_hides_is_told_where_it_stands(run: Run) -> None:
    [found] = run("openwebui: {persistence: large}", "openwebui: {persistence: {size: 20Gi}}")
    assert (Path(found.file).name, found.rule) == ("v0.yaml", "values/wrong-type")
    assert found.message.endswith("a later file replaces it, in this cluster")


def test_a_mistake_of_the_file_that_won_is_told_once(run: Run) -> None:
    [found] = run("rocm: {prt: 8080}", "rocm: {prt: 8081}")
    assert (Path(found.file).name, found.rule) == ("v1.yaml", "values/unknown-key")


def test_every_mistake_is_told_in_one_run_and_in_order(run: Run) -> None:
    found = run("rocm:\n  prt: 1\n  backend: x\nthor:\n  podss: 1\nlitellm: {image: {tag: v1.107.0}, replicas: 2}\n")
    assert [each.line for each in found] == [2, 3, 5, 6, 6]


def test_what_follows_from_a_misspelt_key_is_not_told_as_well(run: Run) -> None:
    found = run("rocm: {models: {more: {fil: gguf/more.gguf}}}")
    assert [each.rule for each in found] == ["values/unknown-key"]


def test_the_cluster_is_looked_at_though_the_chart_refuses_something(run: Run) -> None:
    found = run("litellm: {replicas: 2}\nrocm: {nodes: {halo: {node: hallo}}}")
    assert {each.rule for each in found} == {"programs/one-writer", "cluster/no-such-node"}


def test_two_pods_that_want_the_only_gpu_are_noticed(run: Run) -> None:
    [found] = run("rocm: {nodes: {second: {node: halo, renderGroup: 1}}}")
    assert (found.rule, "left on node halo: 0 of 1" in found.message) == ("cluster/no-gpu", True)


def test_what_runs_on_the_node_already_counts(run: Run) -> None:
    other = POD % ("other", "{}", "{memory: 110Gi}")
    assert [each.rule for each in run("rocm: {}", cluster=other)] == ["cluster/too-little"]


def test_the_releases_own_pods_do_not_count_against_it(run: Run) -> None:
    own = POD % ("mine", "{app.kubernetes.io/instance: ai-server}", "{memory: 110Gi}")
    assert run("rocm: {}", cluster=own) == []


def test_what_cannot_be_checked_is_said() -> None:
    found = checks.run([HERE / "base.yaml"]).findings
    assert ["no cluster was given" in each.message for each in found if each.severity == "not-checked"] == [True]


def test_a_key_with_dots_in_a_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "v.yaml").write_text("rocm: {models: {qwen2.5: {file: ''}}}")
    found = chart.keys_of(Context(load([tmp_path / "v.yaml"])), "rocm.models.qwen2.5.file")
    assert found == ("rocm", "models", "qwen2.5", "file")


@pytest.mark.parametrize("word", ["regex", "pattern", "instance", "dict", "str", "bool", "None", "#/", "$defs"])
def test_no_message_speaks_the_language_of_schemas(run: Run, word: str) -> None:
    wrong = [known.rule.wrong for known in all_rules().values() if not known.rule.wrong.startswith("apiVersion")]
    texts = [f"{each.message} {each.fix}" for text in wrong for each in run(text)]
    assert len(texts) > 50
    assert [text for text in texts if word in text.split()] == []


def test_a_waived_rule_is_silent_and_a_waiver_for_nothing_is_an_error(run: Run) -> None:
    waiver = "# waivers.yaml\n- {rule: programs/persistent-config, reason: the page wins here}"
    assert run(f"openwebui: {{persistentConfig: true}}\n{waiver}") == []
    assert [each.rule for each in run(f"rocm: {{}}\n{waiver}")] == ["values/unused-waiver"]


def test_a_waiver_of_another_key_does_not_cover(run: Run) -> None:
    waiver = "# waivers.yaml\n- {rule: versions/floating-tag, key: openwebui.image, reason: we build it ourselves}"
    found = run(f"litellm: {{image: {{tag: latest}}}}\n{waiver}")
    assert {each.rule for each in found} == {"versions/floating-tag", "values/unused-waiver"}


@pytest.mark.parametrize(
    ("waiver", "message"),
    [
        ("rule: x", "must be a list"),
        ("- {rule: programs/nothing, reason: because it is}", "no rule is called"),
        ("- {rule: programs/persistent-config}", "not a waiver"),
        ("- {rule: programs/persistent-config, reason: ok}", "without a reason"),
        ("- {rule: values/unknown-key, reason: we know better}", "cannot be waived"),
    ],
)
def test_a_broken_waiver_is_told(run: Run, waiver: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        run(f"rocm: {{}}\n# waivers.yaml\n{waiver}")


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
    found = run(f"thor: {{{program}: {{extraArgs: ['{argument}']}}}}")
    assert [each.rule for each in found] == ([] if known else ["programs/unknown-flag"])


@pytest.mark.parametrize("flag", ["--trust-remote-code", "--trust_remote_code", "--trust-remote"])
def test_a_flag_is_known_by_every_spelling_that_the_program_takes(run: Run, flag: str) -> None:
    [found] = run(f"thor: {{vllm: {{extraArgs: ['{flag}']}}}}")
    assert found.rule == "security/dangerous-flag"


@pytest.mark.parametrize("version", ["1.36", "v1.36.3", "1.36.3", "v1.36.3+k3s1"])
def test_a_version_of_kubernetes_may_be_written_as_people_do(run: Run, version: str) -> None:
    assert run("rocm: {}", kube_version=version) == []


def test_the_oldest_node_says_the_version_unless_one_is_asked_for() -> None:
    kubelets = ["v1.36.3", "v1.31.4+k3s1", "v1.28.0", "fake"]
    assert [chosen(text, kubelets) for text in ("", "1.35")] == ["1.31.4", "1.35.0"]
    assert chosen("") == "1.36.3"


@pytest.mark.parametrize("options", [{"release": "Home"}, {"release": "a" * 54}, {"namespace": "a_b"}])
def test_a_release_of_no_possible_name_is_misuse(run: Run, options: dict[str, str]) -> None:
    with pytest.raises(UserError, match="is no name for it"):
        run("rocm: {}", **options)
