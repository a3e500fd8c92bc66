"""How findings are printed: for people, for machines, for code scanning and for pull requests."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ai_server.checks import all_rules
from ai_server.checks.findings import Finding
from ai_server.cli import report
from tests.tools.checks.conftest import HERE

COMMAND = Path(sys.executable).with_name("ai-server")
WRONG = "rocm:\n  prt: 8080\nopenwebui: {persistentConfig: true}\n"
"""An error in line 2, a warning in line 3."""


def check(folder: Path, *options: str, text: str = WRONG) -> subprocess.CompletedProcess[str]:
    (folder / "v.yaml").write_text(text)
    command = [COMMAND, "check", "-f", HERE / "base.yaml", "-f", "v.yaml", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_text_quotes_the_line_and_points_at_the_column(tmp_path: Path) -> None:
    lines = check(tmp_path).stdout.splitlines()
    assert lines[0] == "v.yaml:2:3 error rocm.prt: unknown key; did you mean port? [values/unknown-key]"
    assert lines[1:4] == ["      prt: 8080", "      ^", "    write port"]
    assert lines[-1].startswith("1 error, 1 warning, 1 not checked (")


def test_text_has_no_colour_where_nobody_sees_it(tmp_path: Path) -> None:
    assert "\x1b" not in check(tmp_path).stdout


def test_a_long_line_is_cut_around_the_column(tmp_path: Path) -> None:
    (tmp_path / "long.yaml").write_text(f"openwebui: {{url: {'x' * 500}, prt: 1}}\n")
    column = 500 + len("openwebui: {url: , ") + 1
    shown = report.quoted(Finding("values/unknown-key", "error", str(tmp_path / "long.yaml"), 1, column, "", ""))
    assert len(shown[0]) <= report.WIDEST_LINE
    assert shown[0][shown[1].index("^") :].startswith("prt")


def test_json_holds_every_finding_with_its_place(tmp_path: Path) -> None:
    said = json.loads(check(tmp_path, "-o", "json").stdout)
    assert [(each["rule"], each["line"]) for each in said["findings"]][:2] == [
        ("values/unknown-key", 2),
        ("programs/persistent-config", 3),
    ]
    assert said["checked"]["pods"] == 3
    assert {each["level"] for each in said["podSecurity"]} <= {"privileged", "baseline", "restricted"}


def test_sarif_has_what_code_scanning_needs(tmp_path: Path) -> None:
    said = json.loads(check(tmp_path, "-o", "sarif").stdout)
    [run] = said["runs"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert said["version"] == "2.1.0"
    assert [ids[each["ruleIndex"]] for each in run["results"]] == [each["ruleId"] for each in run["results"]]
    [first] = [each for each in run["results"] if each["level"] == "error"]
    place = first["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "v.yaml"}, "region": {"startLine": 2, "startColumn": 3}}


def test_every_page_that_sarif_points_to_is_there(tmp_path: Path) -> None:
    from ai_server.paths import DOCS

    found = [Finding(rule, "error", "v.yaml", 1, 1, "", "") for rule in all_rules()]
    pages = [
        rule["helpUri"].rpartition("docs/")[2] for rule in report.sarif(found)["runs"][0]["tool"]["driver"]["rules"]
    ]
    assert [page for page in pages if not (DOCS / page).is_file()] == []


def test_github_gets_a_line_for_each_finding(tmp_path: Path) -> None:
    lines = check(tmp_path, "-o", "github").stdout.splitlines()
    assert lines[0] == (
        "::error file=v.yaml,line=2,col=3,title=values/unknown-key::rocm.prt: unknown key; did you mean port?%0Awrite port"
    )
    assert lines[1].startswith("::warning file=v.yaml,line=3,")


def test_what_github_would_read_as_its_own_is_escaped() -> None:
    found = Finding("values/unknown-key", "error", "a,b:c.yaml", 1, 1, "", "100 %\nand more")
    assert report.annotation(found) == (
        "::error file=a%2Cb%3Ac.yaml,line=1,col=1,title=values/unknown-key::100 %25%0Aand more"
    )


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_the_same_run_prints_the_same(tmp_path: Path, form: str) -> None:
    assert check(tmp_path, "-o", form).stdout == check(tmp_path, "-o", form).stdout


def test_a_warning_is_an_error_when_it_must_be(tmp_path: Path) -> None:
    warning = "openwebui: {persistentConfig: true}\n"
    assert check(tmp_path, text=warning).returncode == 0
    assert check(tmp_path, "--strict", text=warning).returncode == 1


def test_a_rule_explains_itself(tmp_path: Path) -> None:
    done = check(tmp_path, "--explain", "values/unknown-key")
    assert done.returncode == 0
    assert done.stdout.startswith("# values/unknown-key")
    assert "Wrong:" in done.stdout


def test_a_rule_that_is_none_names_the_nearest(tmp_path: Path) -> None:
    done = check(tmp_path, "--explain", "values/unknown-keys")
    assert done.returncode == 2
    assert "did you mean values/unknown-key" in done.stderr


def test_pod_security_says_each_level_and_why(tmp_path: Path) -> None:
    said = check(tmp_path, "--pod-security", text="rocm: {port: 8080}\n").stdout
    assert "Deployment/ai-server-litellm: restricted, as it should be" in said
    assert "Deployment/ai-server-rocm-halo: privileged\n    volume models is the node's folder /data/ai-models" in said


def test_waivers_are_read_beside_the_values(tmp_path: Path) -> None:
    waiver = [{"rule": "programs/persistent-config", "reason": "settings are made in the page here"}]
    (tmp_path / "waivers.yaml").write_text(yaml.safe_dump(waiver))
    assert check(tmp_path, "--strict", text="openwebui: {persistentConfig: true}\n").returncode == 0


SECRETS = {
    "litellm:\n  extraEnv: {OPENAI_API_KEY: sk-proj-Zk3bQ9xT7mLw2RvY8nHc5JdF}\n": "Zk3bQ9xT",
    "litellm: {prt: 1, extraEnv: {DATABASE_URL: 'postgresql://me:Vq8zP2nK4tXw@db.lan/x'}}\n": "Vq8zP2nK",
    "openwebui: {extraEnv: {WEBUI_SECRET_KEY: 9f86d081884c7d659a2feaa0c55ad015}}\n": "9f86d081",
    "litellm:\n  models: {cloud: {model: openai/x, apiKeySecret: sk-proj-Zk3bQ9xT7mLw2RvY8nHc5JdF}}\n": "Zk3bQ9xT",
}
"""Values with a secret, and a part of it that must not be printed."""


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_found_and_not_printed(tmp_path: Path, form: str, text: str) -> None:
    done = check(tmp_path, "-o", form, text=text)
    assert done.returncode == 1
    assert SECRETS[text] not in done.stdout + done.stderr
