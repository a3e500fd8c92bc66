"""docs/proof.md has the last full result of each suite, and a disagreement without a reason fails."""

import pytest

from tests.agreement import proof
from tests.agreement.proof import Result, Suite, with_section

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
