"""Plans as text and JSON: widths, sums, colours, groups of equal nodes."""

import io
import json
import re
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from ai_server.cli.plans.as_json import as_json
from ai_server.cli.plans.bars import bar, shares
from ai_server.cli.plans.text import text
from ai_server.cli.plans.words import amount, difference, grouped, summary
from ai_server.memory.plan import NodePlan, Pool, Segment
from ai_server.memory.terms import GIB, MIB, Term
from tests.memory.plans import HALO, LAB, OVER, PC, THOR, UNKNOWN, many, one

CODES = re.compile(r"\x1b\[[0-9;]*m")
LONG = one(("a-model-with-" + "a-very-long-name-" * 6, 20), ("b", 0.01), ("模型-" * 12, 3), size=24)


def printed(*plans: NodePlan, terms: bool = False, encoding: str = "utf-8") -> str:
    """What a pipe or a file gets."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    text(plans, Console(file=file), terms=terms)
    file.seek(0)
    return file.read()


def on_terminal(*plans: NodePlan, width: int = 80, colour: bool = True, terms: bool = False) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=width, color_system="truecolor", no_color=not colour)
    text(plans, console, terms=terms)
    return file.getvalue()


def bars(shown: str) -> list[str]:
    return [line for line in shown.splitlines() if line.startswith("  a") and line[3] in "█▓=#bc░:"]


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 MiB"),
        (1, "<1 MiB"),
        (MIB, "1 MiB"),
        (512 * MIB, "512 MiB"),
        (GIB - 1, "1.0 GiB"),
        (GIB, "1.0 GiB"),
        (int(19.34 * GIB), "19.3 GiB"),
        (2000 * GIB, "2000.0 GiB"),
        (-GIB, "-1.0 GiB"),
        (-3 * MIB, "-3 MiB"),
    ],
)
def test_an_amount_is_in_gib_with_one_decimal_or_in_mib(size: int, shown: str) -> None:
    assert amount(size) == shown


def test_a_difference_has_a_sign() -> None:
    assert [difference(size) for size in (GIB, -GIB, 0)] == ["+1.0 GiB", "-1.0 GiB", "0 MiB"]


@pytest.mark.parametrize("cells", [1, 2, 7, 40, 200])
@pytest.mark.parametrize("amounts", [[1], [5, 0, 5], [1, 1000], [1] * 30, [10**12, 1, 1, 1], [0, 0, 3]], ids=str)
def test_shares_fill_the_bar_and_each_amount_has_a_cell_if_there_are_enough(amounts: list[int], cells: int) -> None:
    parts = shares(amounts, cells)
    assert sum(parts) == cells
    assert min(parts) >= 0
    assert all((part > 0) == (size > 0) for part, size in zip(parts, amounts, strict=True)) or cells < len(amounts)


@pytest.mark.parametrize("plan", LAB, ids=lambda plan: plan.node)
def test_a_bar_is_as_wide_as_the_terminal(plan: NodePlan) -> None:
    for width in (40, 80, 120, 200):
        shown = bars(CODES.sub("", on_terminal(plan, width=width)))
        assert [len(line) for line in shown] == [width] * len(plan.pools)


def test_a_bar_without_a_terminal_has_80_columns() -> None:
    assert {len(line) for line in bars(printed(*LAB))} == {80}


def test_the_limit_is_at_the_end_if_all_fits_and_inside_if_not() -> None:
    fits, over = (bars(printed(plan))[0] for plan in (HALO, OVER))
    assert fits.endswith("·┃")
    assert over.index("┃") == pytest.approx(2 + 124 / 147.9 * 77, abs=1)
    assert over[-1] != "┃"


def test_the_excess_is_named_below_the_bar_where_it_is() -> None:
    lines = printed(OVER).splitlines()
    [place] = [number for number, line in enumerate(lines) if "┃" in line]
    assert "23.9 GiB short" in lines[place + 1]
    assert lines[place + 1].index("└") == lines[place].index("┃")


def test_what_is_not_certain_has_a_fill_of_its_own() -> None:
    [line] = bars(printed(UNKNOWN))
    assert 0.3 < line.count("░") / len(line) < 0.36
    assert "unknown" in printed(UNKNOWN)
    assert "up to 10.6 GiB short" in printed(UNKNOWN)
    assert "░░ is not certain" in printed(UNKNOWN)
    assert "░" not in printed(HALO)


@pytest.mark.parametrize("terms", [False, True])
@pytest.mark.parametrize("width", [30, 44, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int, terms: bool) -> None:
    shown = CODES.sub("", on_terminal(*LAB, *many(5), LONG, width=width, terms=terms))
    assert [line for line in shown.splitlines() if cell_len(line) > width] == []


def test_a_file_gets_no_colour_and_no_broken_sentences() -> None:
    shown = printed(*LAB, terms=True)
    assert "\x1b" not in shown
    assert HALO.notes[0] in shown


def test_a_terminal_gets_colour_unless_it_is_not_wanted() -> None:
    coloured, plain = on_terminal(OVER), on_terminal(OVER, colour=False)
    assert re.search(r"\x1b\[[0-9;]*38;", coloured)
    assert not re.search(r"\x1b\[[0-9;]*[34]\d[;m]", plain)
    assert "does not fit" in CODES.sub("", coloured)


@pytest.mark.parametrize("colour", [True, False])
def test_neighbours_in_a_bar_differ_in_colour_or_in_fill(colour: bool) -> None:
    [line] = bars(CODES.sub("", on_terminal(THOR, HALO, colour=colour)).split("aimax")[0])
    fills = {key: line[line.index(key) + 1] for key in "acd"}
    assert fills == {"a": "█", "c": "█", "d": "█" if colour else "▓"}
    [line] = bars(CODES.sub("", on_terminal(HALO, colour=colour)))
    assert line[line.index("c") + 1] != line[line.index("d") + 1]


def test_an_encoding_without_blocks_gets_ascii() -> None:
    plan = replace(OVER, node="höhe", board="模型")
    shown = printed(plan, encoding="ascii")
    assert "|" in bars(shown)[0]
    assert "h?he" in shown
    assert shown.isascii()


def test_control_characters_of_names_do_not_reach_the_terminal() -> None:
    shown = printed(one(("evil\x1b[2Jname\n", 1), size=4))
    assert "evil?[2Jname" in shown


def test_all_terms_and_their_sources_are_shown_on_request() -> None:
    short, long = printed(THOR), printed(THOR, terms=True)
    for segment in THOR.pools[0].segments:
        for term in segment.terms:
            assert re.search(
                rf"{re.escape(term.name)} +{amount(term.bytes)} +{term.where} .*{re.escape(term.source)}", long
            )
            assert f"{term.where} " not in short


def test_sums_are_those_of_the_data() -> None:
    shown = printed(THOR, terms=True)
    [pool] = THOR.pools
    assert f"memory: {pool.used / GIB:.1f} of 122.8 GiB" in shown
    for segment in pool.segments:
        assert re.search(rf"{segment.name}.* {amount(segment.bytes)} ", shown)


def test_models_that_take_turns_are_listed_apart_and_not_counted() -> None:
    shown = printed(HALO)
    before, after = shown.split("loaded in turn with these, so not counted:")
    assert "gemma3-27b" not in before
    assert "gemma3-27b" in after
    assert "89.2 of 124.0 GiB" in before


def test_each_pool_of_a_node_has_a_bar() -> None:
    assert len(bars(printed(PC))) == 2
    assert "GPU 0: 12.8 of 23.6 GiB" in printed(PC)


def test_a_pool_of_unknown_size_has_no_limit() -> None:
    plan = replace(HALO, pools=(replace(HALO.pools[0], size=0),))
    assert "size unknown" in printed(plan)
    assert "┃" not in printed(plan)


def test_equal_nodes_are_one_with_their_number() -> None:
    assert len(bars(printed(*many(1000)))) == 1
    assert "1,000 nodes: node-0000, node-0001, node-0002 ... node-0999" in printed(*many(1000))


def test_nodes_that_differ_in_a_byte_are_not_one() -> None:
    extra = replace(HALO.pools[0], size=HALO.pools[0].size + 1)
    assert len(grouped([HALO, replace(HALO, pools=(extra,))])) == 2


def test_the_last_line_counts_the_verdicts() -> None:
    assert printed(*LAB).splitlines()[-1] == "6 nodes: 3 fit, 1 tight, 1 unknown, 1 does not fit"
    assert summary([OVER, OVER]) == "2 nodes: 2 do not fit"
    assert summary([]) == "no nodes to plan"


def test_more_segments_than_letters_and_cells_are_shown() -> None:
    crowd = one(*((f"m{number}", 0.1) for number in range(120)), size=24)
    assert len(printed(crowd).splitlines()) > 120
    assert bar(crowd.pools[0], 77).cells == 77


def test_json_holds_all_that_a_plan_is_made_of() -> None:
    plans = [*LAB, *many(3)]
    assert [rebuilt(node) for node in json.loads(as_json(plans))["nodes"]] == plans


def test_json_sums_are_integers_of_bytes() -> None:
    [node] = json.loads(as_json([OVER]))["nodes"]
    [pool] = node["pools"]
    assert pool["free"] == pool["size"] - pool["used"] < 0
    assert pool["used"] == sum(segment["bytes"] for segment in pool["segments"])
    assert all(isinstance(pool[key], int) for key in ("size", "used", "certain", "free"))
    assert json.loads(as_json(LAB))["summary"] == {"nodes": 6, "fits": 3, "tight": 1, "unknown": 1, "does not fit": 1}


def rebuilt(node: dict) -> NodePlan:
    pools = tuple(
        Pool(
            pool["name"],
            pool["size"],
            tuple(
                Segment(
                    segment["name"],
                    segment["kind"],
                    tuple(
                        Term(
                            term["name"],
                            term["bytes"],
                            term["where"],
                            term["source"],
                            None if term["certain"] == term["bytes"] else term["certain"],
                        )
                        for term in segment["terms"]
                    ),
                    segment["known"],
                    segment["loaded"],
                )
                for segment in pool["segments"]
            ),
        )
        for pool in node["pools"]
    )
    return NodePlan(node["node"], node["board"], pools, tuple(node["ways"]), tuple(node["notes"]))
