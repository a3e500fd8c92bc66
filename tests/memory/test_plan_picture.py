"""Plans as a picture and as a page: labels that do not overlap, sums, escaping, both colour schemes."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_server.cli.plans.cards import cards
from ai_server.cli.plans.letters import shortened, spread, width, wrapped
from ai_server.cli.plans.page import html
from ai_server.cli.plans.picture import NARROW, WIDE, picture, svg
from ai_server.cli.plans.style import RULES
from ai_server.cli.plans.words import amount, summary
from ai_server.memory.plan import NodePlan
from tests.memory.plans import HALO, LAB, OVER, PC, THOR, UNKNOWN, many, one
from tests.memory.svg_boxes import NAMESPACE, overlaps, rectangles, texts

EVIL = one(("<script>alert('&\"')</script>", 12), ("a\x00b\x1b]c", 1), ("]]>", 2), size=24, node="<b>&n</b>")
FAR = one(("mistral", 60), size=4)
HARD = {
    "lab": LAB,
    "thousand": many(1000),
    "twenty": [
        replace(plan, node=f"{plan.node}-{number}", board=str(number)) for number in range(4) for plan in LAB[:5]
    ],
    "long names": [
        one(("a-very-long-name-" * 12, 20), ("-".join("abcdefgh" * 9), 0.01), ("W" * 80, 3), size=24, node="n" * 253),
        replace(HALO, board="A board " * 40, ways=("unbroken" * 60, "Set a value. " * 30), notes=("x" * 400,)),
    ],
    "crowd": [one(*((f"model-{number}", 0.01 + number % 5 / 9) for number in range(80)), size=24)],
    "tiny between": [one(("a", 10), *((f"t{number}", 0.001) for number in range(9)), ("b", 10), size=24)],
    "other letters": [one(("模型" * 20, 8), ("Модель" * 9, 5), ("😀" * 12, 5), size=24, node="höhe")],
    "far over": [one(("a", 500), size=2), one(("b", 3), ("c", 0.5), size=0.5, node="m")],
    "nothing": [],
    "no pools": [NodePlan("n", "", ())],
    "no size": [replace(UNKNOWN, pools=(replace(UNKNOWN.pools[0], size=0),))],
    "empty": [one(size=0), one(("zero", 0), size=16, node="m")],
    "escaped": [EVIL],
}


@pytest.mark.parametrize("breadth", [WIDE, NARROW])
@pytest.mark.parametrize("name", HARD)
def test_no_label_overlaps_another(name: str, breadth: int) -> None:
    assert overlaps(picture(cards(HARD[name]), "Memory plan", summary(HARD[name]), breadth)) == []


names = st.text(st.characters(codec="utf-8"), max_size=60)
segments = st.lists(st.tuples(names, st.floats(0, 200)), max_size=25)
plans = st.lists(
    st.builds(lambda parts, size, node: one(*parts, size=size, node=node), segments, st.floats(0, 200), names),
    max_size=4,
)


@settings(max_examples=60)
@given(plans, st.sampled_from([WIDE, NARROW]))
def test_no_label_overlaps_another_whatever_the_plan(drawn: list[NodePlan], breadth: int) -> None:
    assert overlaps(picture(cards(drawn), "Memory plan", summary(drawn), breadth)) == []


def test_bars_of_all_nodes_share_a_scale() -> None:
    drawing = svg([THOR, PC])
    [vllm] = rectangles(drawing, "vllm")[-1:]
    [comfyui] = rectangles(drawing, "comfyui")[-1:]
    [limit] = [box for box in rectangles(drawing, "free") if box.right > 700]
    per_gib = (limit.right - limit.left) / 122.8
    assert (vllm.right - vllm.left) / per_gib == pytest.approx(56.4, abs=0.3)
    assert (comfyui.right - comfyui.left) / per_gib == pytest.approx(46, abs=0.3)


def test_amounts_shown_are_those_of_the_data() -> None:
    shown = " ".join(box.words for box in texts(svg(LAB)))
    for plan in LAB:
        for pool in plan.pools:
            assert f"{amount(pool.used).removesuffix(' GiB')} of {amount(pool.size)}" in shown
            assert f"{amount(abs(pool.free))} {'short' if pool.free < 0 else 'free'}" in shown
            for segment in pool.loaded:
                assert amount(segment.bytes) in shown


def test_what_does_not_fit_is_marked_from_the_limit_on() -> None:
    [*_, over] = rectangles(svg([OVER]), "over")
    [limit] = rectangles(svg([OVER]), "free")
    [pool] = OVER.pools
    assert over.left == pytest.approx(limit.right, abs=1)
    assert (over.right - over.left) / (WIDE - 32) == pytest.approx(-pool.free / pool.used, abs=0.01)
    assert "over" not in {box.words for box in rectangles(svg([HALO]), "over")}


def test_a_label_on_a_pattern_has_a_plate_of_its_colour() -> None:
    assert rectangles(svg([THOR]), "plate") == []
    [name] = [box for box in texts(svg([FAR])) if box.words == "mistral"]
    [plate] = rectangles(svg([FAR]), "plate")
    assert plate.left <= name.left < name.right <= plate.right
    assert "llama-server" in plate.words


def test_each_verdict_has_a_word_and_a_shape_of_its_own() -> None:
    root = fromstring(svg([HALO, THOR, OVER, UNKNOWN]))
    shapes = [element[0] for element in root.findall(f"{NAMESPACE}g")]
    assert len({(shape.tag, shape.get("d")) for shape in shapes}) == 4
    words = {box.words for box in texts(svg(LAB))}
    assert {"fits", "tight", "does not fit", "unknown"} <= words


def test_a_segment_without_room_has_a_key_that_the_legend_explains() -> None:
    words = [box.words for box in texts(svg([HALO]))]
    for key, name in zip("abcd", ("system", "other pods", "gpt-oss-20b", "bge-m3"), strict=True):
        assert words.count(key) == 2
        assert any(text.startswith(f"{name} ") for text in words)
    assert "gpt-oss-120b" in words


def test_those_who_do_not_see_the_picture_get_all_of_it() -> None:
    root = fromstring(svg(LAB))
    title, text = (root.find(f"{NAMESPACE}{tag}") for tag in ("title", "desc"))
    assert title is not None
    assert text is not None
    assert root.get("aria-labelledby", "").split() == [title.get("id"), text.get("id")]
    assert "6 nodes: 3 fit" in (title.text or "")
    assert "halo2 (AMD Strix Halo, 128 GB): does not fit. memory: 147.9 of 124.0 GiB, 23.9 GiB short" in (
        text.text or ""
    )


@pytest.mark.parametrize("name", HARD)
def test_a_picture_is_well_formed_and_needs_nothing_from_elsewhere(name: str) -> None:
    drawing = svg(HARD[name])
    fromstring(drawing)
    assert not re.search(r"<(script|image|use|a)\b|@import|url\((?!#)|href", drawing)
    assert re.findall(r"https?://[^\"']+", drawing) == ["http://www.w3.org/2000/svg"]


def test_names_are_escaped() -> None:
    assert "<script>" not in svg([EVIL])
    assert "<script>" not in html([EVIL])
    assert "&lt;b&gt;&amp;n&lt;/b&gt;" in html([EVIL])
    assert fromstring(svg([EVIL])).find(f".//{NAMESPACE}script") is None


def test_the_same_plans_give_the_same_bytes() -> None:
    assert svg(LAB) == svg(list(LAB))
    assert html(LAB) == html(list(LAB))


def test_a_page_has_no_open_elements_and_no_id_twice() -> None:
    parser = Elements()
    parser.feed(html([*LAB, EVIL]))
    assert parser.open == []
    assert len(parser.ids) == len(set(parser.ids)) > 0
    assert parser.elsewhere == []


def test_a_page_has_a_table_with_every_term_and_the_sums() -> None:
    page = html([THOR])
    [pool] = THOR.pools
    for segment in pool.segments:
        assert f'<th scope="row">{segment.name}</th>' in page
        for term in segment.terms:
            row = f'<th scope="row">{term.name}</th><td></td><td class="amount">{amount(term.bytes)}</td><td>{term.where}</td>'
            assert row in page
    assert f'<th scope="row">planned</th><td></td><td class="amount">{amount(pool.used)}</td>' in page


def test_a_thousand_nodes_make_a_small_picture() -> None:
    assert len(svg(many(1000))) < len(svg(LAB))


@pytest.mark.parametrize("shade", [2, 3], ids=["light", "dark"])
def test_text_has_the_contrast_of_aa_and_lines_that_of_graphics(shade: int) -> None:
    colours = {(row[0], row[1]): row[shade] for row in RULES}
    page, text = colours[".page", "fill"], colours["text", "fill"]
    for selector in (".soft", ".fits", ".tight", ".not", ".unknown", "text"):
        assert contrast(colours[selector, "fill"], page) >= 4.5
    for (selector, what), colour in colours.items():
        if what == "stroke" and selector not in (".mark", ".bound"):
            assert contrast(colour, page) >= 3, selector
            assert contrast(text, colours.get((selector, "fill"), page)) >= 4.5, selector
    for selector in (".fits", ".tight", ".not", ".unknown"):
        assert contrast(colours[".mark", "stroke"], colours[selector, "fill"]) >= 3


def contrast(one_colour: str, other: str) -> float:
    """The contrast of two colours, as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one_colour), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_keys_keep_their_order_and_their_distance() -> None:
    assert spread([10, 11, 12, 50], 10, 0, 100) == [1, 11, 21, 50]
    assert spread([95, 96], 10, 0, 100) == [90, 100]
    assert spread([0, 0], 10, 0, 100) == [0, 10]
    assert spread([], 10, 0, 100) == []


def test_a_name_that_is_too_wide_keeps_its_start_and_its_end() -> None:
    short = shortened("a-long-name-of-a-model-q4", 12, 80)
    assert re.fullmatch("a-lo.*….*-q4", short)
    assert width(short, 12) <= 80


def test_sentences_go_on_in_the_next_line_and_lose_nothing() -> None:
    sentence = "several words and one-that-is-far-too-long-for-a-line"
    lines = wrapped(sentence, 12, 60)
    assert all(width(line, 12) <= 60 for line in lines)
    assert "".join(lines) == sentence.replace(" ", "")


class Elements(HTMLParser):
    """The elements that are open, the ids, and what is loaded from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.elsewhere: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta",):
            self.open.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.elsewhere += [tag for name, _ in attrs if name in ("src", "href", "srcset")]
        self.elsewhere += [tag] if tag in ("script", "link", "iframe") else []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
