"""The command: its output and its exit status, without a traceback."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ai_server.kube.live import why_not
from ai_server.paths import CHART, PROFILES, REPOSITORY

COMMAND = Path(sys.executable).with_name("ai-server")
HOMELAB = str(PROFILES / "homelab" / "values.yaml")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env={**os.environ, **environment},
    )


def test_check_of_good_values_says_what_it_looked_at() -> None:
    done = run("check", "-f", "values/homelab/values.yaml", "--cluster", "values/homelab/cluster.yaml")
    assert done.returncode == 0
    assert "no problems" in done.stdout
    assert "15 objects" in done.stdout


def test_check_of_a_typo_names_file_line_column_key_and_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "v.yaml").write_text("thor:\n  vllm:\n    gpuMemoryUtilisation: 0.5\n")
    done = run("check", "-f", HOMELAB, "-f", str(tmp_path / "v.yaml"))
    assert done.returncode == 1
    first = done.stdout.splitlines()
    expected = "v.yaml:3:5 error thor.vllm.gpuMemoryUtilisation: unknown key; did you mean gpuMemoryUtilization? [values/unknown-key]"
    assert first[0].endswith(expected)
    assert first[1:4] == ["        gpuMemoryUtilisation: 0.5", "        ^", "    use gpuMemoryUtilization"]


def test_check_speaks_json(tmp_path: Path) -> None:
    (tmp_path / "v.yaml").write_text("rocm: {backend: cuda, nodes: {halo: {}}}\n")
    done = run("check", "-f", str(tmp_path / "v.yaml"), "--output", "json")
    found = json.loads(done.stdout)["findings"]
    assert (found[0]["rule"], found[0]["line"], found[0]["key"]) == ("values/not-allowed", 1, "rocm.backend")


MISUSE = [
    (["check"], "--values"),
    (["check", "-f", "gone.yaml"], "file not found"),
    (["check", "-f", "values"], "is a folder"),
    (["check", "-f", HOMELAB, "--cluster", HOMELAB], "swap the files"),
    (["check", "-f", HOMELAB, "--kube-version", "1.29.0"], "choose from: 1.30"),
    (["check", "-f", HOMELAB, "--cluster", "gone.yaml", "--live"], "--cluster and --live were both given"),
    (["render", "--values", "gone.yaml"], "file not found"),
    (["cluster", "up", "--cluster", "gone.yaml"], "file not found"),
    (["cluster", "up", "--cluster", "x", "--backend", "minikube"], "unknown backend"),
    (["cluster", "down", "--name", "../x"], "is not a valid cluster name"),
    (["demo", "--profile", "nobody"], "choose from: everything, fleet"),
    (["nonsense"], "No such command"),
]


@pytest.mark.parametrize(("arguments", "message"), MISUSE, ids=[" ".join(case[0])[:40] for case in MISUSE])
def test_misuse_is_reported_in_a_line_with_exit_status_2(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_live_cluster_is_reported(tmp_path: Path) -> None:
    done = run("check", "-f", HOMELAB, "--live", KUBECONFIG=str(tmp_path / "none"))
    assert (done.returncode, "none cannot be read" in done.stderr) == (2, True)


def test_values_that_the_chart_rejects_are_reported_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "v.yaml").write_text("{}\n")
    done = run("render", "-f", str(tmp_path / "v.yaml"))
    assert (done.returncode, "no backend is configured" in done.stderr) == (1, True)


def test_render_prints_what_kubectl_can_apply() -> None:
    printed = run("render", "-f", HOMELAB).stdout
    objects = list(yaml.safe_load_all(printed))
    assert len(objects) == 15
    assert "\n  config.yaml: |\n" in printed
    assert all({"apiVersion", "kind", "metadata"} <= item.keys() for item in objects)


@pytest.mark.parametrize(("most", "shown"), [(2, True), (3, False), (0, False)])
def test_routes_say_which_models_are_in_memory_at_a_time(tmp_path: Path, most: int, shown: bool) -> None:
    (tmp_path / "v.yaml").write_text(f"rocm: {{nodes: {{aimax: {{modelsMax: {most}, pods: separate}}}}}}\n")
    output = run("routes", "-f", HOMELAB, "-f", str(tmp_path / "v.yaml")).stdout
    assert (
        "aimax-llamacpp keeps 2 of its 3 models in memory (modelsMax), at first bge-m3, gpt-oss-120b" in output
    ) == shown


def test_routes_are_a_table_or_json() -> None:
    assert "ai-server-rocm-aimax:8080" in run("routes", "-f", HOMELAB).stdout
    found = json.loads(run("routes", "-f", HOMELAB, "--output", "json").stdout)
    assert {route["model"] for route in found} >= {"gpt-oss-120b", "qwen3-32b", "whisper", "kokoro"}
    assert {"aimax", "thor"} == {node for route in found for node in route["nodes"]}


def test_diff_shows_just_what_changed(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("rocm: {startupSeconds: 60}\n")
    done = run("diff", HOMELAB, f"{HOMELAB},{tmp_path / 'more.yaml'}", "--output", "json")
    [change] = json.loads(done.stdout)
    assert change["object"] == "Deployment/ai-server-rocm-aimax"
    assert change["path"].endswith("containers[llama-server].startupProbe.failureThreshold")
    assert (change["before"], change["after"]) == (360, 12)


def test_diff_of_the_same_values_is_empty() -> None:
    assert run("diff", HOMELAB, HOMELAB, "--exit-code").stdout == "no difference\n"


def test_diff_can_set_the_exit_status(tmp_path: Path) -> None:
    off = tmp_path / "off.yaml"
    fallbacks = "litellm: {routing: {fallbacks: {gpt-oss-120b: [], qwen3-32b: []}}}\n"
    off.write_text("thor: {enabled: false}\n" + fallbacks + 'openwebui: {taskModel: ""}\n')
    done = run("diff", HOMELAB, f"{HOMELAB},{off}", "--exit-code")
    assert (done.returncode, "- Deployment/ai-server-thor-thor" in done.stdout) == (1, True)


def test_generate_check_passes_and_changes_nothing() -> None:
    done = run("generate", "--check")
    assert (done.returncode, done.stdout) == (0, "")


def test_new_secrets_are_new_each_time_and_have_every_key() -> None:
    one, other = (yaml.safe_load(run("secrets", "new", "--release", "x", "-n", "y").stdout) for _ in range(2))
    assert one["metadata"] == {"name": "x-keys", "namespace": "y"}
    assert one["stringData"].keys() == other["stringData"].keys() >= {"LITELLM_MASTER_KEY", "BACKEND_API_KEY"}
    assert all(one["stringData"][key] != other["stringData"][key] for key in one["stringData"])


def test_the_chart_makes_the_same_keys_as_the_command() -> None:
    from ai_server.helm.secret import KEYS

    template = (REPOSITORY / "charts/ai-server/templates/secret.yaml").read_text()
    for key, prefix in KEYS.items():
        assert f'"{key}" "{prefix}"' in template


def test_programs_are_listed_with_their_source() -> None:
    found = json.loads(run("programs", "--output", "json").stdout)
    assert {program["name"]: program["source"] for program in found}["helm"] in ("PATH", "get.helm.sh", "built")


def test_output_to_a_pipe_has_no_colour(tmp_path: Path) -> None:
    (tmp_path / "v.yaml").write_text("rocm: {backend: cuda}\n")
    for arguments in (
        ["check", "-f", str(tmp_path / "v.yaml")],
        ["routes", "-f", HOMELAB],
        ["diff", HOMELAB, HOMELAB],
    ):
        assert "\x1b" not in run(*arguments).stdout


def test_a_full_disk_is_reported_in_a_line() -> None:
    with Path("/dev/full").open("w") as full:
        command = [COMMAND, "render", "-f", REPOSITORY / "values" / "rocm-only" / "values.yaml"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "ai-server: No space left on device\n"


@pytest.mark.parametrize("text", ["not: [yaml", "[1]", "{}", "clusters: 5\n"])
def test_an_invalid_kubeconfig_is_reported_in_a_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "config").write_text(text)
    done = run("discover", KUBECONFIG=str(tmp_path / "config"))
    assert done.returncode == 2
    assert f"the kubeconfig {tmp_path / 'config'} cannot be read" in done.stderr
    assert "internal error" not in done.stderr


def test_a_cluster_that_does_not_answer_says_why_in_a_line(tmp_path: Path) -> None:
    cluster = {"name": "a", "cluster": {"server": "https://127.0.0.1:1"}}
    context = {"name": "a", "context": {"cluster": "a", "user": "a"}}
    config = {
        "clusters": [cluster],
        "contexts": [context],
        "users": [{"name": "a", "user": {}}],
        "current-context": "a",
    }
    (tmp_path / "config").write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **config}))
    done = run("check", "-f", HOMELAB, "--live", KUBECONFIG=str(tmp_path / "config"))
    assert done.stderr.splitlines()[0] == "ai-server: cannot read the cluster: Connection refused"


def test_a_server_that_refuses_is_quoted() -> None:
    from kubernetes.client.exceptions import ApiException

    refused = ApiException(status=403, reason="Forbidden")
    refused.body = json.dumps({"message": "nodes is forbidden: User x cannot list resource nodes"})
    assert why_not(refused) == "nodes is forbidden: User x cannot list resource nodes"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as in a wheel: with the chart inside, and without the repository."""
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(REPOSITORY / "tools" / "ai_server", site / "ai_server")
    shutil.copytree(CHART, site / "ai_server" / "chart")
    return site


def run_installed(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    start = [sys.executable, "-c", "from ai_server.cli import main; main()"]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run([*start, *arguments], capture_output=True, text=True, check=False, env=environment, cwd=site)


@pytest.mark.parametrize(
    "arguments",
    [
        "demo",
        "demo --profile x",
        "programs",
        "generate --check",
        "cluster up --backend kind --cluster c.yaml",
        "cluster status",
        "cluster down",
    ],
)
def test_an_installed_package_says_what_needs_a_clone(installed: Path, arguments: str) -> None:
    done = run_installed(installed, *arguments.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"ai-server: .* works only in a clone: git clone https://\S+\n", done.stderr)


def test_an_installed_package_checks_values(installed: Path) -> None:
    assert "no problems" in run_installed(installed, "check", "-f", HOMELAB).stdout


@pytest.mark.parametrize("command", ["render", "routes"])
def test_a_file_that_helm_rejects_gets_the_words_of_check(tmp_path: Path, command: str) -> None:
    (tmp_path / "my.yaml").write_text("rocm: {prt: 1}\n")
    run = subprocess.run([COMMAND, command, "-f", "my.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (1, "")
    assert "my.yaml:1:8 error rocm.prt: unknown key; did you mean port? [values/unknown-key]" in run.stderr
    assert "additional properties" not in run.stderr
