"""The formats of findings: for people, for scripts, for code scanning and for pull requests."""

import json
import os
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from ai_server import checks
from ai_server.checks import all_rules
from ai_server.checks.core.model import Finding
from ai_server.checks.core.secrets import Mask, secrets_in
from ai_server.checks.engine.quote import WIDEST_LINE, Quote
from ai_server.cli import app, report
from ai_server.paths import REPOSITORY
from tests.tools.checks.conftest import HERE

COMMAND = Path(sys.executable).with_name("ai-server")
WRONG = "rocm:\n  prt: 8080\nopenwebui: {persistentConfig: true}\n"
"""An error in line 2, a warning in line 3."""


def check(folder: Path, *options: str, text: str = WRONG) -> Result:
    """Runs the command in this process, which saves its start."""
    (folder / "v.yaml").write_text(text)
    with chdir(folder):
        return CliRunner().invoke(
            app, ["check", "-f", str(HERE / "base.yaml"), "-f", "v.yaml", *options], catch_exceptions=False
        )


def test_text_quotes_the_line_and_points_at_the_column(tmp_path: Path) -> None:
    lines = check(tmp_path).stdout.splitlines()
    assert lines[0] == "v.yaml:2:3 error rocm.prt: unknown key; did you mean port? [values/unknown-key]"
    assert lines[1:4] == ["      prt: 8080", "      ^", "    use port"]
    assert lines[-1].startswith("1 error, 1 warning, 1 not checked (")


def test_a_long_line_is_cut_around_the_column() -> None:
    line = f"openwebui: {{url: {'x' * 500}, prt: 1}}"
    found = Finding("values/unknown-key", "error", "long.yaml", 1, line.index("prt") + 1, "", "")
    shown = Quote({"long.yaml": [line]}, Mask())(found)
    assert len(shown[0]) <= WIDEST_LINE
    assert shown[0][shown[1].index("^") :].startswith("prt")


def test_json_holds_every_finding_with_its_place(tmp_path: Path) -> None:
    said = json.loads(check(tmp_path, "-o", "json").stdout)
    assert [(finding["rule"], finding["line"]) for finding in said["findings"]][:2] == [
        ("values/unknown-key", 2),
        ("programs/persistent-config", 3),
    ]
    assert said["checked"]["pods"] == 3
    assert {pod["level"] for pod in said["podSecurity"]} <= {"privileged", "baseline", "restricted"}


def test_sarif_has_what_code_scanning_needs(tmp_path: Path) -> None:
    said = json.loads(check(tmp_path, "-o", "sarif").stdout)
    [run] = said["runs"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert said["version"] == "2.1.0"
    assert [ids[result["ruleIndex"]] for result in run["results"]] == [result["ruleId"] for result in run["results"]]
    [first] = [result for result in run["results"] if result["level"] == "error"]
    place = first["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "v.yaml"}, "region": {"startLine": 2, "startColumn": 3}}


def test_every_page_that_sarif_points_to_is_there(tmp_path: Path) -> None:
    found = [Finding(rule, "error", "v.yaml", 1, 1, "", "") for rule in [*all_rules(), "cluster/not-given"]]
    pages = [
        rule["helpUri"].rpartition("blob/main/")[2]
        for rule in report.sarif(found)["runs"][0]["tool"]["driver"]["rules"]
    ]
    assert [page for page in pages if not (REPOSITORY / page).is_file()] == []


def test_github_gets_a_line_for_each_finding(tmp_path: Path) -> None:
    lines = check(tmp_path, "-o", "github").stdout.splitlines()
    assert lines[0] == (
        "::error file=v.yaml,line=2,col=3,title=values/unknown-key::rocm.prt: unknown key; did you mean port?%0Ause port"
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
    assert check(tmp_path, text=warning).exit_code == 0
    assert check(tmp_path, "--strict", text=warning).exit_code == 1


def test_a_rule_explains_itself(tmp_path: Path) -> None:
    done = check(tmp_path, "--explain", "values/unknown-key")
    assert done.exit_code == 0
    assert done.stdout.startswith("# values/unknown-key")
    assert "## Wrong" in done.stdout


def test_an_unknown_rule_gets_the_nearest_id(tmp_path: Path) -> None:
    command = [COMMAND, "check", "--explain", "values/unknown-keys"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "did you mean values/unknown-key" in done.stderr


def test_pod_security_says_each_level_and_why(tmp_path: Path) -> None:
    said = check(tmp_path, "--pod-security", text="rocm: {port: 8080}\n").stdout
    assert "Deployment/ai-server-litellm: restricted, as expected" in said
    assert "Deployment/ai-server-rocm-halo: privileged\n    volume models is the node's folder /data/ai-models" in said


def test_waivers_are_read_from_the_folder_of_the_values(tmp_path: Path) -> None:
    waiver = [{"rule": "programs/persistent-config", "reason": "settings are made in the page here"}]
    (tmp_path / "waivers.yaml").write_text(yaml.safe_dump(waiver))
    assert check(tmp_path, "--strict", text="openwebui: {persistentConfig: true}\n").exit_code == 0


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
    assert done.exit_code == 1
    assert SECRETS[text] not in done.stdout + done.stderr


HIDDEN = {
    "a typo beside it": ("litellm: {prt: 1, extraEnv: {SMTP_PASS: hunter2x}}", "hunter2x"),
    "a short password": ("openwebui: {extraEnv: {WEBUI_ADMIN_PASSWORD: Sommer2024}, prt: 1}", "Sommer2024"),
    "a number": ("litellm: {extraEnv: {DB_PASSWORD: 98765432109}}", "98765432109"),
    "an octal number": ("litellm: {extraEnv: {DB_PASSWORD: 0123456}}", "123456"),
    "a wrong type": ("rocm: {extraEnv: [{name: DB_PASSWORD, value: Vq8zP2nK4}]}", "Vq8zP2nK4"),
    "a text for a Secret": ("litellm: {models: {c: {model: openai/x, apiKeySecret: Vq8zP2nK4tXw}}}", "Vq8zP2nK4tXw"),
    "a key twice": ("litellm: {extraEnv: {API_KEY: Vq8zP2nK4tXwLm5R, API_KEY: Jd7hB3vC9qWnZt6P}}", "Vq8zP2nK4tXwLm5R"),
    "the second of them": ("litellm: {extraEnv: {API_KEY: Vq8zP2nK4tXwLm5R, API_KEY: Jd7hB3vC9qWn}}", "Jd7hB3vC9qWn"),
    "a second document": ("rocm: {prt: {DB_PASS: Vq8zP2nK4}}\n---\nrocm: {prt: 1}", "Vq8zP2nK4"),
    "a bearer": ("litellm: {prt: 1, extraEnv: {HEADERS: 'Authorization: Bearer Vq8zP2nK4tXwLm5R'}}", "Vq8zP2nK4tXw"),
    "basic authorization": ("litellm: {prt: 1, extraEnv: {HEADERS: 'Basic bWU6aHVudGVyMg=='}}", "bWU6aHVudGVyMg"),
    "a webhook": (
        "litellm: {p: 1, extraEnv: {X: 'https://hooks.slack.com/services/T02/B02/Vq8zP2nK4tX'}}",
        "Vq8zP2nK4tX",
    ),
    "a password without a user": ("litellm: {prt: 1, extraEnv: {REDIS_URL: 'redis://:Vq8zP2nK@a.lan'}}", "Vq8zP2nK"),
    "a password of a flag": ("rocm: {pod: {extraContainers: [{args: ['--password=Vq8zP2nK']}]}}", "Vq8zP2nK"),
    "a password after a flag": ("rocm: {pod: {extraContainers: [{args: [--password, Vq8zP2nK]}]}}", "Vq8zP2nK"),
    "a key in an address": (
        "litellm: {models: {c: {apiBas: 'https://x.com?api-key=9f86d081884c7d65'}}}",
        "9f86d081884c7d65",
    ),
    "a key of AWS": ("litellm: {e: {AWS_SECRET_ACCESS_KEY: wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz9}}", "wJalrXUtnFEMI"),
    "no YAML": ("litellm: {extraEnv: {DB_PASSWORD: Vq8zP2nK4", "Vq8zP2nK4"),
    "no YAML, in two colons": ("litellm:\n  extraEnv:\n    DB_PASSWORD: Vq8zP2nK4: x", "Vq8zP2nK4"),
    "no YAML, without a space": ("litellm:\n  extraEnv:\n    DB_PASSWORD:Vq8zP2nK4\n    A: b", "Vq8zP2nK4"),
    "no YAML, by its first letter": ("litellm: {extraEnv: {DB_PASSWORD: '@Vq8zP2nK4'}, x: @b}", "Vq8zP2nK4"),
    "an at sign": ("litellm: {extraEnv: {DB_PASSWORD: @Vq8zP2nK4}}", "Vq8zP2nK4"),
    "variables": ("# mine\nDB_PASSWORD=Vq8zP2nK4", "Vq8zP2nK4"),
    "a glued variable": ("litellm: {extraEnv: DB_PASSWORD=Vq8zP2nK4}", "Vq8zP2nK4"),
    "a variable with a colon": ("litellm: {extraEnv: PGPASSWORD:hunter2zz}", "hunter2zz"),
    "a variable with a space": ("litellm: {extraEnv: MY_PASSWORD hunter2zz}", "hunter2zz"),
    "a pair in quotes": ('litellm: {extraEnv: "MY_TOKEN: hunter2zz"}', "hunter2zz"),
    "a block of pairs": ("litellm:\n  extraEnv: |\n    A: b\n    DB_PASSWORD: hunter2zz", "hunter2zz"),
    "a pair in a command": ('litellm: {command: [sh, -c, "A=b; PGPASSWORD: hunter2zz x"]}', "hunter2zz"),
    "a pair of a model": ('litellm: {models: {x: "model:openai/x apiKey:hunter2zz"}}', "hunter2zz"),
    "a flag in a text": ("litellm: {extraArgs: --master_key hunter2zz --x 1}", "hunter2zz"),
    "a flag of a model": ("rocm: {models: {chat: {flags: {api-key: hunter2zz}}}}", "hunter2zz"),
    "a key of a model": ("litellm: {models: {x: {model: openai/x, apiKey: hunter2zz}}}", "hunter2zz"),
    "signs in a password": ("litellm: {extraEnv: {URL: 'postgresql://u:p@ss/w0rd@db'}}", "w0rd"),
    "a password of a registry": ("litellm: {image: {repository: 'user:hunter2zz@reg.io/litellm'}}", "hunter2zz"),
    "variables of another chart": (
        "tika: {enabled: true}\nextraEnvVars: [{name: DB_PASS, value: Vq8zP2nK4}]",
        "Vq8zP2nK4",
    ),
    "the name of a setting": ("litellm: {litellmSettings: {sk-9f8e7d6c5b4a3f2e1d0c: x}}", "9f8e7d6c"),
    "the name of a model": ("litellm: {models: {sk-9f8e7d6c5b4a3f2e1d0c: {model: openai/x}}}", "9f8e7d6c"),
    "an item next to a key": ("thor: {vllm: {extraArgs: [--api-key, Vq8zP2nK4tXw, --seed 1]}}", "Vq8zP2nK4tXw"),
    "a manifest": ("apiVersion: v1\nkind: Secret\nstringData: {a: hunter2zz}", "hunter2zz"),
    "a manifest in base64": ("extraObjects: [{kind: Secret, prt: 1, data: {a: aHVudGVyMg==}}]", "aHVudGVyMg"),
    "a short key": ("openwebui: {prt: 1, secretKey: zq9}", "zq9"),
    "no YAML in a list": ("rocm: {env: [{name: X_TOKEN, value: Vq8zP2nK4tXwLm5R]}", "Vq8zP2nK4tXwLm5R"),
}
"""Values with a secret and something else that is wrong, and what must not be printed."""


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
@pytest.mark.parametrize("name", HIDDEN)
def test_a_secret_is_never_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, name: str) -> None:
    text, secret = HIDDEN[name]
    (tmp_path / "v.yaml").write_text(text)
    result = checks.run([HERE / "base.yaml", tmp_path / "v.yaml"])
    report.findings(result.findings, result, form, pod_security=False)
    said = capsys.readouterr().out
    assert [finding for finding in result.findings if finding.severity == "error"]
    assert secret not in said


def test_what_a_rule_says_itself_is_not_masked() -> None:
    said = 'add to rocm.pod.tolerations: {key: rocm-inference, value: "true"}; put it in a Secret: apiKeySecret'
    assert Mask(secrets_in({"DB_PASSWORD": "Vq8zP2nK4"}, {})).message(said) == said


@pytest.mark.parametrize(
    ("line", "column", "shown", "place"),
    [
        ("DB_PASS: Vq8zP2nK, prt: 1", 19, "DB_PASS: ***, prt: 1", 14),
        ("prt: 1, DB_PASS: Vq8zP2nK", 0, "prt: 1, DB_PASS: ***", 0),
        ("DB_PASS: Vq8zP2nK", 12, "DB_PASS: ***", 9),
    ],
)
def test_the_caret_stays_where_it_belongs(line: str, column: int, shown: str, place: int) -> None:
    assert Mask().line(line, column) == (shown, place)


def test_a_line_is_quoted_from_what_was_read(tmp_path: Path) -> None:
    odd = "# coding: nonsense\nlitellm: {extraEnv: {NAME: 'a\u2028 b'}}\nrocm:\n  prt: 8080\n"
    for name, stdin in (("v.yaml", ""), ("/dev/stdin", odd)):
        (tmp_path / "v.yaml").write_text(odd)
        command = [COMMAND, "check", "-f", HERE / "base.yaml", "-f", name]
        done = subprocess.run(command, cwd=tmp_path, input=stdin, capture_output=True, text=True, check=False)
        assert done.stdout.splitlines()[1:3] == ["      prt: 8080", "      ^"]


def test_only_the_severity_is_coloured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    found = Finding("values/unknown-key", "error", "error.yaml", 1, 1, "", "an error")
    report._styled()(str(found), "error", len(found.where))
    assert capsys.readouterr().out.startswith("error.yaml:1:1 \x1b[1;31merror\x1b[0m an error")


def test_the_text_of_very_many_findings_is_cut(tmp_path: Path) -> None:
    text = "rocm:\n" + "".join(f"  k{number}: 1\n" for number in range(700))
    done = check(tmp_path, text=text)
    assert "and 201 more: --output json prints all of them" in done.stdout
    assert len(json.loads(check(tmp_path, "-o", "json", text=text).stdout)["findings"]) == 701


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_ties_are_in_the_same_order_whatever_the_hashes(tmp_path: Path, form: str) -> None:
    (tmp_path / "v.yaml").write_text("x: &a {prt: 1}\nrocm: {nodes: {a: *a, b: *a, c: *a, halo: *a}}\n")
    said = {
        subprocess.run(
            [COMMAND, "check", "-f", HERE / "base.yaml", "-f", "v.yaml", "-o", form],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=False,
        ).stdout
        for seed in ("0", "1", "2", "3")
    }
    assert len(said) == 1


def test_sarif_has_a_place_for_each_result_and_the_rest_as_notifications() -> None:
    found = [
        Finding("values/unknown-key", "error", "my values.yaml", 2, 3, "rocm.prt", "unknown key", "use port"),
        Finding("cluster/not-given", "not-checked", "", 0, 0, "", "no cluster was given"),
    ]
    said = report.sarif(found)
    [run] = said["runs"]
    assert sarif_faults(said) == []
    assert [result["locations"][0]["physicalLocation"]["artifactLocation"] for result in run["results"]] == [
        {"uri": "my%20values.yaml"}
    ]
    [invocation] = run["invocations"]
    assert invocation["executionSuccessful"] is True
    assert [notification["message"]["text"] for notification in invocation["toolExecutionNotifications"]] == [
        "no cluster was given"
    ]


def test_the_sarif_of_a_run_is_valid(tmp_path: Path) -> None:
    assert sarif_faults(json.loads(check(tmp_path, "-o", "sarif").stdout)) == []


def sarif_faults(said: Any) -> list[str]:
    """Everything missing that SARIF 2.1.0 (sections 3.13 to 3.58) or GitHub's code scanning requires."""
    return [error.message for error in Draft202012Validator(SARIF).iter_errors(said)]


def _needs(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _each(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


TEXT = {"type": "string", "minLength": 1}
NUMBER = {"type": "integer", "minimum": 0}
ONE = {"type": "integer", "minimum": 1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
SARIF_PLACE = _needs(
    physicalLocation=_needs(
        artifactLocation=_needs(uri={"type": "string", "pattern": "^[^ ]+$"}),
        region=_needs(startLine=ONE, startColumn=ONE),
    )
)
SARIF_RESULT = _needs(
    ruleId=TEXT,
    ruleIndex=NUMBER,
    kind={"const": "fail"},
    level=LEVEL,
    message=_needs(text=TEXT),
    locations=_each(SARIF_PLACE, minItems=1),
)
SARIF_NOTE = _needs(descriptor=_needs(id=TEXT, index=NUMBER), level=LEVEL, message=_needs(text=TEXT))
SARIF_RUN = _needs(
    tool=_needs(
        driver=_needs(name=TEXT, rules=_each(_needs(id=TEXT, shortDescription=_needs(text=TEXT), helpUri=TEXT)))
    ),
    results=_each(SARIF_RESULT),
    invocations=_each(
        _needs(executionSuccessful={"type": "boolean"}, toolExecutionNotifications=_each(SARIF_NOTE)), minItems=1
    ),
)
SARIF = _needs(version={"const": "2.1.0"}, runs=_each(SARIF_RUN, minItems=1))
