"""files/memory-check.sh in a real shell: sparse model files, and a folder in place of /proc and /sys."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ai_server.paths import CHART
from tests.contract.test_scripts import SHELL

SCRIPT = (CHART / "files" / "memory-check.sh").read_text()
MIB, GIB = 2**20, 2**30
BUSYBOX = shutil.which("busybox")
SHELLS = [[SHELL], pytest.param([BUSYBOX, "sh"], marks=pytest.mark.skipif(not BUSYBOX, reason="no busybox here"))]


class Node:
    """A node with memory and model files, on which the script runs."""

    def __init__(self, folder: Path, shell: list[str]) -> None:
        self.folder, self.shell = folder, shell
        self.text("sys/class/drm/version", "drm 1.1.0\n")

    def text(self, path: str, content: str) -> None:
        """A file with text, such as one of /proc."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    def memory(self, available: float, total: float = 125, path: str = "proc/meminfo") -> None:
        """/proc/meminfo, of sizes in GiB."""
        total_kb, kb = int(total * GIB / 1024), int(available * GIB / 1024)
        self.text(path, f"MemTotal:       {total_kb} kB\nMemFree:     1024 kB\nMemAvailable:   {kb} kB\n")

    def model(self, name: str, gib: float) -> str:
        """The path of a new sparse file of some GiB."""
        file = self.folder / "models" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as content:
            content.truncate(int(gib * GIB))
        return str(file)

    def check(self, *words: object, sleep: str = ":") -> "subprocess.CompletedProcess[str]":
        """Runs the script with arguments. sleep: what happens each time that it waits, without waiting."""
        command = [*self.shell, "-c", f"sleep() {{ {sleep}; }}\n{SCRIPT}", "memory-check", *map(str, words)]
        env = {"PATH": "/usr/bin:/bin", "NODE_NAME": "aimax", "SYSTEM": str(self.folder)}
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def llama(*models: list[object], request: float = 0, most: int = 0) -> list[object]:
    """The arguments for a llama-server. request: in GiB."""
    return ["program", "llama-server", int(request * GIB), 0, most, *(word for model in models for word in model)]


def model(name: str, *files: str, more: float = 0) -> list[object]:
    return ["model", name, int(more * GIB), *(word for file in files for word in ("file", file))]


@pytest.fixture(params=SHELLS, ids=["dash", "busybox"])
def node(tmp_path: Path, request: pytest.FixtureRequest) -> Node:
    return Node(tmp_path, request.param)


def test_models_that_fit_pass(node: Node) -> None:
    node.memory(78)
    run = node.check(*llama(model("gpt-oss-120b", node.model("a.gguf", 60), more=2)))
    assert (run.returncode, run.stderr) == (0, "")
    assert (
        run.stdout == "gpt-oss-120b (60 GiB) needs at least 62 GiB with caches, and node aimax has 78 GiB available\n"
    )


def test_models_that_do_not_fit_stop_the_pod_with_what_is_missing(node: Node) -> None:
    node.memory(78)
    models = [model("gpt-oss-120b", node.model("a", 60), more=9.5), model("qwen3-coder", node.model("b", 18), more=9.5)]
    run = node.check(*llama(*models))
    assert (run.returncode, run.stderr) == (1, "")
    assert run.stdout.splitlines()[-1] == (
        "19 GiB short: gpt-oss-120b (60 GiB) and qwen3-coder (18 GiB) need at least 97 GiB with caches, and node aimax has "
        "78 GiB available: load fewer models (modelsMax), use smaller models or caches, or stop what else runs there; "
        "memoryCheck: false skips this check"
    )


def test_a_memory_request_counts_if_it_is_larger(node: Node) -> None:
    node.memory(78)
    run = node.check(*llama(model("gpt-oss-120b", node.model("a", 60)), request=97))
    assert run.returncode == 1
    assert "19 GiB short: the pod of gpt-oss-120b (60 GiB) requests 97 GiB of memory, and node" in run.stdout
    assert "lower the memory request" in run.stdout


def test_programs_of_one_pod_add_up(node: Node) -> None:
    node.memory(78)
    others = ["program", "comfyui", 24 * GIB, 0, 0, "program", "speech", 4 * GIB, 0, 0]
    run = node.check(*llama(model("gpt-oss-120b", node.model("a", 60)), request=16), *others)
    assert run.returncode == 1
    assert "10 GiB short: gpt-oss-120b (60 GiB), comfyui (24 GiB) and speech (4 GiB) need at least 88 GiB" in run.stdout


def test_all_files_of_a_model_count(node: Node) -> None:
    node.memory(20)
    files = [node.model(name, 6.5) for name in ("model.gguf", "mmproj.gguf", "draft.gguf", "an adapter's.gguf")]
    run = node.check(*llama(model("all", *files)))
    assert "6 GiB short: all (26 GiB) needs at least 26 GiB" in run.stdout


def test_all_parts_of_a_split_file_count(node: Node) -> None:
    node.memory(50)
    for part in range(1, 13):
        node.model(f"big-{part:05}-of-00012.gguf", 5)
    run = node.check(*llama(model("big", f"{node.folder}/models/big-00001-of-00012.gguf")))
    assert "10 GiB short: big (60 GiB)" in run.stdout


def test_a_missing_file_is_named_and_is_no_failure(node: Node) -> None:
    node.memory(20)
    node.model("big-00001-of-00003.gguf", 5)
    node.model("big-00003-of-00003.gguf", 5)
    files = [f"{node.folder}/models/big-00001-of-00003.gguf", f"{node.folder}/models/gone-00001-of-00003.gguf"]
    run = node.check(*llama(model("big", files[0]), model("gone", files[1])))
    missing = [line.split()[4].rsplit("/", 1)[1] for line in run.stdout.splitlines()[:-1]]
    assert (run.returncode, missing) == (0, ["big-00002-of-00003.gguf,", "gone-00001-of-00003.gguf,"])
    assert "big (10 GiB) and gone (0 GiB) need at least 10 GiB" in run.stdout


def test_a_link_counts_as_the_file_behind_it(node: Node) -> None:
    node.memory(20)
    link = node.folder / "link.gguf"
    link.symlink_to(node.model("blob", 30))
    assert "10 GiB short: linked (30 GiB)" in node.check(*llama(model("linked", str(link)))).stdout


@pytest.mark.parametrize(
    ("most", "who", "need"),
    [
        (1, "b (30 GiB)", 32),
        (2, "b (30 GiB) and a (20 GiB)", 52),
        (0, "b (30 GiB), a (20 GiB), c (20 GiB) and d (5 GiB)", 77),
        (9, "b (30 GiB), a (20 GiB), c (20 GiB) and d (5 GiB)", 77),
    ],
)
def test_a_router_needs_the_largest_models_that_may_be_in_memory_together(
    node: Node, most: int, who: str, need: int
) -> None:
    node.memory(100)
    sizes = {"a": 20.0, "b": 30.0, "c": 20.0, "d": 5.0}
    models = [model(name, node.model(name, gib), more=2 if name == "b" else 0) for name, gib in sizes.items()]
    assert f"{who} need" in node.check(*llama(*models, most=most)).stdout
    assert f" at least {need} GiB" in node.check(*llama(*models, most=most)).stdout


VLLM = ("program", "vllm", 0, 4 * GIB, 0)


def test_vllm_reads_the_safetensors_of_its_folder(node: Node) -> None:
    node.memory(40)
    for name in ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"):
        node.model(f"qwen/{name}", 10)
    for name in ("consolidated.safetensors", "original/model.safetensors", "pytorch_model.bin"):
        node.model(f"qwen/{name}", 100)
    run = node.check(*VLLM, *model("qwen3-32b", f"{node.folder}/models/qwen", more=20))
    assert (run.returncode, run.stderr) == (1, "")
    assert "4 GiB short: qwen3-32b (20 GiB) needs at least 44 GiB" in run.stdout


@pytest.mark.parametrize("name", ["consolidated.safetensors", "pytorch_model.bin"])
def test_vllm_reads_weights_in_other_files(node: Node, name: str) -> None:
    node.memory(40)
    node.model(f"other/{name}", 10)
    assert "other (10 GiB) needs" in node.check(*VLLM, *model("other", f"{node.folder}/models/other")).stdout


def test_a_folder_without_weights_is_named(node: Node) -> None:
    node.memory(40)
    node.text("models/empty/config.json", "{}")
    run = node.check(*VLLM, *model("empty", f"{node.folder}/models/empty"))
    assert run.returncode == 0
    assert "models/empty/model.safetensors, so its size is missing" in run.stdout


def test_vllm_without_a_size_takes_its_share_of_all_memory(node: Node) -> None:
    node.memory(60, total=128)
    words = (*VLLM, "share", 500, *model("small", node.model("small", 10)))
    assert "4 GiB short: small (10 GiB) needs at least 64 GiB" in node.check(*words).stdout


def test_memory_that_an_earlier_pod_still_releases_is_waited_for(node: Node) -> None:
    node.memory(10)
    node.memory(100, path="later")
    words = llama(model("big", node.model("big", 60)))
    run = node.check(*words, sleep=f"cp {node.folder}/later {node.folder}/proc/meminfo")
    assert run.returncode == 0
    assert run.stdout.startswith("waiting up to 30 s for memory that an earlier pod may still release\nbig (60 GiB)")


def test_the_wait_is_bounded(node: Node) -> None:
    node.memory(10)
    run = node.check(*llama(model("big", node.model("big", 60))), sleep="echo slept $1")
    assert run.stdout.count("slept 5\n") == 6
    assert run.stdout.count("waiting") == 1


def test_what_fits_is_not_waited_for(node: Node) -> None:
    node.memory(100)
    assert "slept" not in node.check(*llama(model("a", node.model("a", 1))), sleep="echo slept").stdout


def test_memory_that_the_firmware_sets_aside_for_an_amd_gpu_is_available(node: Node) -> None:
    node.memory(20, total=32)
    for name, gib in {"mem_info_vram_total": 96, "mem_info_vram_used": 6}.items():
        node.text(f"sys/class/drm/card1/device/{name}", f"{gib * GIB}\n")
    assert "node aimax has 110 GiB available" in node.check(*llama(model("a", node.model("a", 60)))).stdout


def test_what_zfs_can_give_back_is_available(node: Node) -> None:
    node.memory(20)
    stats = {"size": 64 * GIB, "c_min": 4 * GIB, "c_max": 64 * GIB}
    lines = "".join(f"{name:31} 4    {value}\n" for name, value in stats.items())
    node.text("proc/spl/kstat/zfs/arcstats", f"13 1 0x01 147 39984 4 9\nname   type data\n{lines}")
    assert "node aimax has 80 GiB available" in node.check(*llama(model("a", node.model("a", 60)))).stdout


def test_a_kernel_that_does_not_say_what_is_available_does_not_stop_the_pod(node: Node) -> None:
    node.text("proc/meminfo", "MemTotal: 1000 kB\nMemFree: 1 kB\n")
    run = node.check(*llama(model("a", node.model("a", 60))))
    assert (run.returncode, run.stdout) == (0, "/proc/meminfo has no MemAvailable, so the memory is not checked\n")


def test_sizes_below_a_gib_are_shown(node: Node) -> None:
    node.memory(0.25)
    run = node.check(*llama(model("small", node.model("small", 0.5), more=256 / 1024)))
    assert "0.5 GiB short: small (0.5 GiB) needs at least 0.8 GiB with caches, and node aimax has 0.2 GiB" in run.stdout
