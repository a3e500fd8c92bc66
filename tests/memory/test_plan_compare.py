"""Plans before and after a change: signs, sums, verdicts, equal bars, all four forms."""

import io
import json
import re
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest
from rich.cells import cell_len
from rich.console import Console

from ai_server.cli.plans.compare import counted, pairs
from ai_server.cli.plans.compare_picture import compared_html, compared_svg
from ai_server.cli.plans.compare_text import compared_json, compared_text
from ai_server.cli.plans.words import amount, difference
from ai_server.memory.plan import NodePlan
from tests.memory.plans import HALO, OVER, PC, PI, THOR, llama, many, one, pods, system
from tests.memory.svg_boxes import overlaps, rectangles, texts

[MEMORY] = HALO.pools
SMALLER = replace(PC, pools=(PC.pools[0], replace(PC.pools[1], segments=(llama("coder-14b", 8.4, 1.5),))))
LARGER = replace(
    HALO,
    pools=(
        replace(
            MEMORY,
            segments=(
                system(),
                pods(),
                llama("gpt-oss-120b", 59, 6.5),
                MEMORY.segments[4],
                llama("gemma3-27b", 15.4, 2.1),
                llama("llama-3.3-70b", 40, 5),
                llama("qwen3-coder-30b-a3b-instruct", 17.3, 3.0, "name", loaded=False),
            ),
        ),
    ),
)
BEFORE, AFTER = [HALO, THOR, PC, PI], [LARGER, THOR, SMALLER, replace(OVER, node="new")]


def printed(before: list[NodePlan], after: list[NodePlan], width: int = 0, encoding: str = "utf-8") -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    compared_text(before, after, Console(file=file, width=width or None, force_terminal=bool(width), color_system=None))
    file.seek(0)
    return file.read()


@pytest.mark.parametrize(
    "row",
    [
        r"c  gpt-oss-120b +llama-server +\+4\.2 GiB  62\.7 GiB → 66\.9 GiB",
        r"e  gemma3-27b +llama-server +\+18\.9 GiB  no longer in turn with others",
        r"f  llama-3\.3-70b +llama-server +\+46\.4 GiB  new",
        r"h  gpt-oss-20b +llama-server +-14\.3 GiB  removed",
        r"qwen3-coder-30b-a3b-instruct +llama-server +0 MiB  24\.7 GiB → 21\.7 GiB \(in turn with others\)",
        r"planned +\+55\.2 GiB  3 unchanged",
        r"coder-14b +llama-server +-1\.5 GiB  12\.8 GiB → 11\.3 GiB",
    ],
)
def test_each_difference_has_its_sign(row: str) -> None:
    assert re.search(row, printed(BEFORE, AFTER))


def test_a_change_and_its_reverse_have_opposite_signs() -> None:
    there, back = ({pair.plan.node: pair for pair in pairs(*both)} for both in ((BEFORE, AFTER), (AFTER, BEFORE)))
    for node, pair in there.items():
        assert [pool.difference for pool in pair.pools] == [-pool.difference for pool in back[node].pools]
    assert [pool.difference for pool in there["aimax"].pools] == [LARGER.pools[0].used - MEMORY.used]


def test_the_differences_of_segments_make_that_of_the_pool() -> None:
    for pair in pairs(BEFORE, AFTER):
        for pool in pair.pools:
            sides = [side.used if side else 0 for side in (pool.before, pool.after)]
            assert pool.difference == sides[1] - sides[0] == sum(change.difference for change in pool.changes)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([HALO], [replace(OVER, node="aimax")], "fits → does not fit"),
        ([HALO], [LARGER], "fits → does not fit"),
        ([PC], [SMALLER], "fits, as before"),
        ([PC], [PC], "fits, no change"),
        ([], [PC], "new: fits"),
        ([OVER], [], "removed (was: does not fit)"),
    ],
)
def test_a_change_of_the_verdict_is_said(before: list[NodePlan], after: list[NodePlan], words: str) -> None:
    assert words in printed(before, after)
    assert words in {box.words for box in texts(compared_svg(before, after))}
    assert words in compared_html(before, after)


def test_both_bars_have_one_scale_and_the_same_letters() -> None:
    lines = printed([HALO], [LARGER]).splitlines()
    before, after = (line for line in lines if re.match("  (before|after ) ", line))
    assert before.index("┃") == after.index("┃")
    assert [letter for letter in before if letter in "abcdefgh"][-5:] == ["a", "b", "c", "h", "d"]
    assert [letter for letter in after.removeprefix("  after") if letter in "abcdefgh"] == list("abcdef")


def test_nodes_without_a_change_take_a_line() -> None:
    lines = printed([*many(1000)], [*many(1000)]).splitlines()
    assert lines[0].startswith("1,000 nodes: node-0000, ")
    assert [line for line in lines if "┃" in line] == []
    assert rectangles(compared_svg([THOR], [THOR]), "vllm") == []


def test_nodes_that_change_in_the_same_way_are_one() -> None:
    after = [replace(LARGER, node=plan.node) for plan in many(500)]
    [pair] = pairs(many(500), after)
    assert len(pair.nodes) == 500


def test_models_of_one_name_are_compared_in_their_order() -> None:
    [pair] = pairs([one(("a", 1), ("a", 2), size=9)], [one(("a", 1), ("a", 4), size=9)])
    assert [difference(change.difference) for change in pair.pools[0].changes] == ["0 MiB", "+2.0 GiB"]


def test_a_larger_machine_is_a_change() -> None:
    [pair] = pairs([one(("a", 1), size=8)], [one(("a", 1), size=16)])
    assert not pair.same
    assert pair.pools[0].difference == 0


def test_json_has_both_plans_and_integers_of_bytes() -> None:
    data = json.loads(compared_json(BEFORE, AFTER))
    nodes = {node["node"]: node for node in data["nodes"]}
    assert nodes["aimax"]["before"]["verdict"] == "fits"
    assert nodes["aimax"]["after"]["verdict"] == "does not fit"
    assert (nodes["new"]["before"], nodes["rpi1"]["after"]) == (None, None)
    [pool] = nodes["aimax"]["pools"]
    assert pool["difference"] == sum(segment["difference"] for segment in pool["segments"])
    [removed] = [segment for segment in pool["segments"] if segment["after"] is None]
    assert removed["difference"] == -removed["before"] < 0
    assert data["summary"]["after"] == {"nodes": 4, "fits": 1, "tight": 1, "unknown": 0, "does not fit": 2}


def test_json_lists_each_node_once() -> None:
    data = json.loads(compared_json(many(20), [replace(LARGER, node=plan.node) for plan in many(30)]))
    assert [node["node"] for node in data["nodes"]] == [plan.node for plan in many(30)]


@pytest.mark.parametrize("width", [30, 44, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    shown = printed(BEFORE, AFTER, width)
    assert [line for line in shown.splitlines() if cell_len(line) > width] == []


def test_an_encoding_without_blocks_gets_ascii() -> None:
    shown = printed(BEFORE, AFTER, encoding="ascii")
    assert shown.isascii()
    assert "fits -> does not fit" in shown


def test_no_label_of_the_picture_overlaps_another() -> None:
    assert overlaps(compared_svg(BEFORE, AFTER)) == []
    assert overlaps(compared_svg(AFTER, BEFORE)) == []


def test_the_picture_has_two_bars_on_one_scale() -> None:
    limits = rectangles(compared_svg([HALO], [LARGER]), "free")
    assert len({(box.left, box.right) for box in limits}) == 1
    assert len(limits) == 2


def test_the_page_has_a_table_of_differences() -> None:
    page = compared_html(BEFORE, AFTER)
    [pair] = [pair for pair in pairs(BEFORE, AFTER) if pair.plan.node == "aimax"]
    for change in pair.pools[0].changes:
        if change.before and change.after and change.after.loaded and change.before.loaded:
            cells = (amount(counted(change.before)), amount(counted(change.after)), difference(change.difference))
            assert "".join(f'<td class="amount">{cell}</td>' for cell in cells) in page
    assert "(18.9 GiB)" in page


def test_names_are_escaped() -> None:
    evil = one(("<script>&</script>", 5), size=24, node="<i>")
    for shown in (
        compared_svg([], [evil]),
        compared_html([], [evil]),
        compared_html([evil], [one(size=24, node="<i>")]),
    ):
        assert "<script>" not in shown
        assert "<i>" not in shown
    fromstring(compared_svg([evil], []))
