"""The plan of a llama-server against what the real one took on a GPU: measured.jsonl (b11434, CUDA 13.0, H200)."""

import json
from pathlib import Path
from typing import Any

import pytest

from ai_server.memory.llamacpp import terms
from ai_server.memory.model import ModelFacts
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.terms import MIB
from tests.memory.made import described

Row = dict[str, Any]
ROWS: list[Row] = [json.loads(line) for line in (Path(__file__).parent / "measured.jsonl").read_text().splitlines()]
BOUNDED = ("gemma4", "bert", "qwen35moe")
"""Models whose compute buffers have upper bounds instead of formulas."""
EXACT = 0.011


def name(row: Row) -> str:
    """The id of a row: its place in the file, its model and what its settings are about."""
    kind = "-".join([f"{row['cacheTypeK']}-fa-{row['flashAttn']}-{row['pool']}", *row["extra"]])
    slots = f"{row['parallel']}{'u' if row['unified'] else ''}"
    return f"measured.jsonl:{ROWS.index(row) + 1}-{row['model']}-c{row['ctx']}-np{slots}-ub{row['ubatch']}-{kind}"


each = pytest.mark.parametrize("row", ROWS, ids=name)


def planned(row: Row) -> dict[tuple[str, str], float]:
    """MiB by name and place of each term."""
    settings = LlamaSettings(
        ctx_size=row["ctx"],
        parallel=row["parallel"],
        kv_unified=row["unified"],
        batch_size=row["batch"],
        ubatch_size=row["ubatch"],
        cache_type_k=row["cacheTypeK"],
        cache_type_v=row["cacheTypeV"],
        flash_attn=row["flashAttn"] != "off",
        swa_full=row["swaFull"],
        embedding=row["embedding"],
        n_gpu_layers=None if row["nGpuLayers"] == "all" else int(row["nGpuLayers"]),
        n_cpu_moe=int(dict(zip(row["extra"][::2], row["extra"][1::2], strict=True)).get("--n-cpu-moe", 0)),
        load_mode=row["loadMode"],
        cache_ram_mib=row["cacheRamMiB"],
        accelerator="cuda" if row["pool"] == "vmm" else "rocm",
    )
    sizes: dict[tuple[str, str], float] = {}
    for term in terms(ModelFacts.of(described("measured_models.yaml")[row["model"]]), settings):
        sizes[term.name, term.where] = sizes.get((term.name, term.where), 0) + term.bytes / MIB
    return sizes


def both(sizes: dict[tuple[str, str], float], term: str) -> float:
    """The MiB of a term on the GPU and on the host."""
    return sum(size for (each_name, _), size in sizes.items() if each_name == term)


@each
def test_weights_are_exact(row: Row) -> None:
    """On the GPU with its padding, and on the host."""
    sizes, buffers = planned(row), row["modelMiB"]
    assert both(sizes, "weights") == pytest.approx(buffers["CUDA0"], abs=EXACT)
    host = buffers.get("CUDA_Host", buffers.get("CPU_Mapped"))
    assert both(sizes, "weights on the host") == pytest.approx(host, abs=EXACT)


@each
def test_caches_and_states_are_exact(row: Row) -> None:
    """KV cache with full attention and with windows, recurrent state, output buffer."""
    sizes = planned(row)
    assert both(sizes, "KV cache") == pytest.approx(row["kvMiB"], abs=EXACT)
    assert both(sizes, "KV cache of windows") == pytest.approx(row["swaMiB"], abs=EXACT)
    assert both(sizes, "recurrent state") == pytest.approx(row["recurrentMiB"], abs=EXACT)
    assert both(sizes, "output buffer") == pytest.approx(sum(row["outputMiB"].values()), abs=EXACT)


@each
@pytest.mark.parametrize(("term", "buffer"), [("compute buffer", "CUDA0"), ("compute buffer on the host", "CUDA_Host")])
def test_compute_buffers_are_close(row: Row, term: str, buffer: str) -> None:
    """Within 5 % or 16 MiB; an upper bound is never below, and at most 25 % or 128 MiB above."""
    plan, measured = both(planned(row), term), row["computeMiB"][buffer]
    if row["model"] in BOUNDED:
        # The server rounds each tensor up; those bytes are not planned.
        assert measured - 0.5 <= plan <= measured + max(measured * 0.25, 128)
    else:
        assert plan == pytest.approx(measured, abs=max(measured * 0.05, 16))


@each
def test_the_process_is_close_on_the_gpu(row: Row) -> None:
    """Within 1 % or 200 MiB, after loading and after requests."""
    sizes = planned(row)
    later = sizes["GPU workspace of requests", "device"]
    whole = sum(size for (_, where), size in sizes.items() if where == "device")
    assert whole - later == pytest.approx(row["gpuProcessMiB"], abs=max(row["gpuProcessMiB"] * 0.01, 200))
    if "afterRequests" in row:
        measured = row["afterRequests"]["gpuProcessMiB"]
        assert whole == pytest.approx(measured, abs=max(measured * 0.01, 200))


@each
def test_the_host_needs_no_more_than_planned(row: Row) -> None:
    """Resident memory before and after requests, the prompt cache and checkpoints included."""
    sizes = planned(row)
    assert sum(size for (_, where), size in sizes.items() if where == "host") >= row["hostRssMiB"]
    if "afterRequests" in row:
        assert sum(size for (_, where), size in sizes.items() if where == "host") >= row["afterRequests"]["hostRssMiB"]
