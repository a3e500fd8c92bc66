"""README and docs are tested: their examples work, their links lead somewhere, their commands exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ai_server import checks
from ai_server.helm.render import chart_defaults
from ai_server.kube.cluster_facts import EXPORT, read_facts
from ai_server.paths import DOCS, PROFILES, REPOSITORY

README = (REPOSITORY / "README.md").read_text()
PAGES = [*sorted(REPOSITORY.glob("*.md")), *sorted(DOCS.glob("*.md"))]
COMMAND = Path(sys.executable).with_name("ai-server")


def block(language: str, page: str = README) -> str:
    found = re.search(rf"```{language}\n(.*?)```", page, re.DOTALL)
    assert found
    return found.group(1)


def test_the_first_values_file_is_right(tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text(block("yaml"))
    result = checks.run([tmp_path / "my.yaml"])
    assert [str(finding) for finding in result.findings if finding.severity == "error"] == []
    assert result.counted["pods"] == 2


def test_the_mistake_shown_is_what_the_command_prints(tmp_path: Path) -> None:
    [shown] = re.findall(r"```\n(my\.yaml:.*?)\n```", README, re.DOTALL)
    wrong = block("yaml").replace("renderGroup: 991}", "rendergroup: 991}")
    lines = [line.split("   #")[0].rstrip() for line in wrong.splitlines()]
    (tmp_path / "my.yaml").write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        [COMMAND, "check", "-f", "my.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[:4] == [line.rstrip() for line in shown.splitlines()]


def test_the_cluster_file_that_is_written_by_hand_serves_a_check(tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").write_text(
        block("yaml", (DOCS / "check.md").read_text().partition("## A cluster file")[2])
    )
    result = checks.run([PROFILES / "rtx" / "values.yaml"], read_facts(tmp_path / "cluster.yaml"))
    assert {finding.severity for finding in result.findings} == {"not-checked"}


def test_the_export_that_the_docs_show_is_the_one_that_errors_name() -> None:
    assert f"    {EXPORT} > cluster.yaml\n" in (DOCS / "install.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert target.startswith("https://") or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_make_target_exists(page: Path) -> None:
    text = page.read_text()
    make = (REPOSITORY / "Makefile").read_text()
    for target in set(re.findall(r"`(?:KEEP=1 )?make ([a-z0-9-]+)", text)):
        assert f"\n{target}:" in make, target
    known = subprocess.run([COMMAND, "--help"], capture_output=True, text=True, check=True).stdout
    for command in set(
        re.findall(r"ai-server (check|render|routes|diff|generate|demo|programs|secrets|cluster)\b", text)
    ):
        assert f"\n  {command} " in known


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "values.md"], ids=lambda page: page.name)
def test_every_value_that_is_named_exists(page: Path) -> None:
    for path in set(re.findall(r"`((?:global|rocm|thor|litellm|openwebui)\.[A-Za-z.]+)`", page.read_text())):
        value = chart_defaults()
        for key in path.replace("nodes.NAME.", "").replace("models.NAME.", "server.").split("."):
            if key == "file":
                break
            assert key in value, path
            value = value[key]


def test_the_two_commands_come_first() -> None:
    commands = dict.fromkeys(re.findall(r"^    (make (?!setup)\w+)", README, re.MULTILINE))
    assert list(commands)[:2] == ["make demo", "make test"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_command_needs_uv_on_the_path(page: Path) -> None:
    assert "uv run" not in page.read_text()


def test_the_command_that_setup_prints_works() -> None:
    [command] = re.findall(r"^NEXT := (.*)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    done = subprocess.run(command.split(), cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, "no problems" in done.stdout) == (0, True), done.stdout


def test_the_chart_and_the_command_have_one_version() -> None:
    chart = yaml.safe_load((REPOSITORY / "charts" / "ai-server" / "Chart.yaml").read_text())
    shown = subprocess.run([COMMAND, "--version"], capture_output=True, text=True, check=True).stdout
    assert shown == f"ai-server {chart['version']}\n"


def test_what_the_chart_links_to_exists() -> None:
    text = (REPOSITORY / "charts" / "ai-server" / "Chart.yaml").read_text()
    paths = re.findall(r"ai-server/ai-server/(?:blob/|tree/)?main/(\S+)", text)
    assert len(paths) == 4
    assert [path for path in paths if not (REPOSITORY / path).exists()] == []
