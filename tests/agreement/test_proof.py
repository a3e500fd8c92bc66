"""docs/proof.md has the last full result of each suite, and a disagreement without a reason fails."""

import re
from datetime import UTC, date, datetime

import pytest

from ai_server.checks.facts.pins import pins
from ai_server.lab.programs import pins as pins_of_lab
from tests.agreement import proof, test_api_server, test_programs, test_scheduler
from tests.agreement.proof import PAGE, Result, Suite, with_section

PROGRAMS = {suite.name: suite for suite in (test_programs.LLAMA, test_programs.VLLM, test_programs.LITELLM)}
SUITES = {suite.name: suite for suite in (test_api_server.SUITE, test_scheduler.SUITE)} | PROGRAMS

SUITE = Suite("kube-example", "`check` is compared with an example.", "pods", 2, 20)


def a_result() -> Result:
    result = Result(SUITE, {"kube-example": "1.2.3"})
    result.agree()
    result.disagree("missed: port", "port 70000")
    return result


def test_a_section_shows_what_was_compared_and_by_kind_what_differs() -> None:
    section = a_result().section()
    assert section.startswith("## kube-example\n\n`check` is compared with an example.\n")
    assert "| Compared | 2 pods |\n| Agree | 1 |\n| Disagree | 1 |\n" in section
    assert "| missed: port | 1 | a bug |" in section


def test_a_new_result_replaces_the_old_section_alone() -> None:
    page = "# Proof\n\nIntro.\n\n## b\n\nold\n\n## c\n\nkept\n"
    changed = with_section(page, "## b\n\nnew\n")
    assert changed == "# Proof\n\nIntro.\n\n## b\n\nnew\n\n## c\n\nkept\n"
    assert with_section(changed, "## a\n") == changed.replace("## b", "## a\n\n## b")


def test_a_disagreement_without_a_reason_is_a_bug() -> None:
    assert a_result().unexplained == {"missed: port": "port 70000"}


def test_a_reason_whose_disagreement_did_not_occur_is_out_of_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "reasons", lambda _suite: {"missed: port": "why", "missed: name": "why"})
    assert a_result().unused == {"missed: name"}


def rows(name: str) -> dict[str, str]:
    """The table at the beginning of a section of docs/proof.md; {} without the section."""
    section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return dict(re.findall(r"^\| (\w+) \| (.*) \|$", section[1], re.MULTILINE)) if section else {}


@pytest.mark.parametrize("name", SUITES)
def test_the_page_has_each_suite_at_its_full_size(name: str) -> None:
    compared = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", rows(name).get("Compared", ""))]
    # the last number is that of the cases: 1,600 workloads of 500 clusters
    assert compared[-1:] >= [SUITES[name].full]
    assert date(2026, 11, 1) < date.fromisoformat(rows(name)["Date"]) <= datetime.now(UTC).date()


@pytest.mark.parametrize("name", SUITES)
def test_the_page_is_about_the_pinned_versions(name: str) -> None:
    version = pins()[name].version if name in PROGRAMS else pins_of_lab()[name].version
    assert rows(name)["Versions"] == f"{name} {version}"
