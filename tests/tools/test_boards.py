"""The table of boards is complete, and each of its figures has a source."""

import re
from copy import deepcopy
from typing import Any

import pytest

from ai_server.kube.boards import (
    LLAMA_CPP,
    BadBoard,
    Board,
    Image,
    boards,
    image_for,
    image_of_tag,
    images,
    read_boards,
)
from ai_server.paths import DOCS, REPOSITORY
from tests.at import at
from tests.conftest import Rendered
from tests.render.common import container

BOARDS = list(boards().values())
TABLE: dict[str, Any] = {
    "sources": {"here": {"what": "a page", "url": "https://example.com", "date": "2026-11-26"}},
    "images": {
        "server": {"accelerator": "cpu", "platforms": ["amd64"], "source": "here"},
        "server-rocm": {"accelerator": "rocm", "platforms": ["amd64"], "source": "here"},
    },
    "boards": {
        "pc": {
            "name": "a PC",
            **{
                key: {"value": 1, "source": "here"} for key in ("memory", "unified", "bandwidth", "platforms", "target")
            },
            "accelerators": {"cpu": {"image": "server", "source": "here"}},
        }
    },
}


def name(board: Board) -> str:
    return board.id


def test_the_boards_of_the_field_are_there() -> None:
    expected = {"strix-halo", "thor", "dgx-spark", "rtx-3090", "rtx-4090", "rtx-5090", "r9700", "arc-b580", "arc-a770"}
    assert set(boards()) == expected | {"mac", "cpu"}


@pytest.mark.parametrize("board", BOARDS, ids=name)
def test_every_figure_of_a_board_is_given(board: Board) -> None:
    without_gpu = set(board.accelerators) == {"cpu"}
    missing = [figure.source.name for figure in board.figures if figure.value in (None, "", ())]
    assert missing == ([board.memory.source.name] if without_gpu else [])
    assert bool(board.accelerators) is not board.external


@pytest.mark.parametrize("board", BOARDS, ids=name)
def test_less_memory_is_usable_than_there_is(board: Board) -> None:
    assert board.usable is None or board.memory.value is None or board.usable.value < board.memory.value


@pytest.mark.parametrize("board", BOARDS, ids=name)
def test_every_image_is_built_for_the_boards_processor(board: Board) -> None:
    images = [image.value for image in board.accelerators.values()]
    assert [image.name for image in images if not set(board.platforms.value) <= set(image.platforms)] == []


@pytest.mark.parametrize("board", BOARDS, ids=name)
def test_every_source_has_an_address_and_a_date(board: Board) -> None:
    sources = {figure.source for figure in board.figures}
    assert [source for source in sources if not re.fullmatch(r"2026-\d\d-\d\d", source.date)] == []
    assert [source for source in sources if not source.url.startswith("https://") or not source.what] == []


def test_no_source_is_left_over() -> None:
    text = (REPOSITORY / "tools" / "ai_server" / "kube" / "boards.yaml").read_text()
    names = re.findall(r"^  ([a-z0-9-]+):$", text.partition("\nimages:")[0], re.MULTILINE)
    assert len(names) > 20
    assert [source for source in names if f"source: {source}" not in text] == []


@pytest.mark.parametrize("image", images().values(), ids=lambda image: image.name)
def test_the_chart_selects_the_image_of_the_table(rendered: Rendered, image: Image) -> None:
    settings = {"accelerator": image.accelerator, "cudaVersion": image.cuda or 13, "renderGroup": 991}
    manifests = rendered(at("gpu.models.chat.file", "chat.gguf"), at("gpu.nodes.pc", settings))
    assert (
        container(manifests, "ai-server-gpu-pc", "llama-server")["image"] == f"ghcr.io/{LLAMA_CPP}:{image.name}-b11434"
    )
    assert image_of_tag(f"{image.name}-b11434") == image == image_for(image.accelerator, image.cuda or 13)


def test_another_tag_is_none_of_the_images() -> None:
    assert [image_of_tag(tag) for tag in ("server-musa-b11434", "full-rocm", "light", "server-rocm-own")] == [None] * 4


def test_a_token_reads_all_weights_of_a_dense_model() -> None:
    assert boards()["strix-halo"].most_tokens_per_second(10) == 25.6


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("bandwidth",), None),
        (("memory", "source"), "gone"),
        (("colour",), {"value": "black", "source": "here"}),
        (("accelerators", "cpu", "image"), "server-tpu"),
        (("accelerators", "cpu", "image"), "server-rocm"),
        (("accelerators", "tpu"), {"image": "server", "source": "here"}),
    ],
)
def test_an_invalid_board_is_reported_with_its_name(path: tuple[str, ...], value: Any) -> None:
    table = deepcopy(TABLE)
    assert list(read_boards(table)) == ["pc"]
    *above, last = path
    part: Any = table["boards"]["pc"]
    for key in above:
        part = part[key]
    part[last] = value
    if value is None:
        del part[last]
    with pytest.raises(BadBoard, match=r"boards.yaml: pc: "):
        read_boards(table)


def test_the_page_has_a_row_for_each_board_and_the_readme_links_to_it() -> None:
    page = (DOCS / "hardware.md").read_text()
    assert [board.name for board in BOARDS if f"\n| {board.name} | " not in page] == []
    assert "(docs/hardware.md)" in (REPOSITORY / "README.md").read_text().partition("## Which hardware")[2]


def test_every_link_of_the_page_is_defined() -> None:
    page = (DOCS / "hardware.md").read_text()
    used, defined = (
        set(re.findall(r"\]\[([a-z0-9-]+)\]", page)),
        set(re.findall(r"^\[([a-z0-9-]+)\]: ", page, re.MULTILINE)),
    )
    assert len(used) > 20
    assert used == defined
