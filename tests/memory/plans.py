"""Plans of memory for tests of what shows them: machines that fit, are tight or over-committed, or are not known."""

from dataclasses import replace

from ai_server.memory.plan import Kind, NodePlan, Pool, Segment
from ai_server.memory.terms import GIB, MIB, Term, Where


def term(name: str, gib: float, where: Where = "device", source: str = "the file", least: float | None = None) -> Term:
    return Term(name, int(gib * GIB), where, source, None if least is None else int(least * GIB))


def system(gib: float = 8.0) -> Segment:
    return Segment("system", "system", (term("reserve", gib, "host", "reserve of system and kubelet"),), "request")


def pods(gib: float = 1.5) -> Segment:
    return Segment("other pods", "pods", (term("requests", gib, "host", "memory requests"),), "request")


def llama(name: str, weights: float, cache: float, known: str = "file", loaded: bool = True) -> Segment:
    terms = (
        term("weights", weights, source="tensors of the file, all shards"),
        term("KV cache", cache, source="llama-kv-cache.cpp, b11434: 65,536 cells in f16"),
        term("compute buffer", 0.86, source="measured on b11434: ub * (4 * act + 2 * mask)"),
        term("output buffer", 0.8 * MIB / GIB, "host", "n_vocab * slots * 4"),
        term("GPU context", 0.57, source="measured: 586 to 592 MiB"),
    )
    return Segment(name, "llama-server", terms, known, loaded)


HALO = NodePlan(
    "aimax",
    "AMD Strix Halo, 128 GB",
    (
        Pool(
            "memory",
            124 * GIB,
            (
                system(),
                pods(),
                llama("gpt-oss-120b", 59.0, 2.3),
                llama("gpt-oss-20b", 11.3, 1.6),
                llama("bge-m3", 1.1, 0.1),
                llama("qwen3-coder-30b-a3b-instruct", 17.3, 6.0, "name", loaded=False),
                llama("gemma3-27b", 15.4, 2.1, loaded=False),
            ),
        ),
    ),
    notes=("The largest three models are in memory together (modelsMax: 3); the others take turns.",),
)
VLLM = Segment(
    "qwen3-32b",
    "vllm",
    (
        term("weights", 19.8, source="safetensors files"),
        term("KV cache", 24.0, source="--kv-cache-memory-bytes 24Gi"),
        term("CUDA graphs", 3.0, source="vLLM 0.18, gpu_worker.py: 0.3 to 3 GiB", least=0.3),
        term("activations", 5.6, source="vLLM 0.18, profile_run: max_num_batched_tokens 8,192", least=1.0),
        term("/dev/shm", 4.0, "host", "shm_bytes"),
    ),
)
COMFYUI = Segment(
    "ComfyUI", "comfyui", (term("peak", 46.0, source="measured with FLUX.1 dev in fp8, 1024 x 1024"),), "measured"
)
SPEECH = Segment(
    "Speaches", "speaches", (term("faster-whisper-small", 1.3, "host"), term("kokoro", 0.4, "host")), "measured"
)
THOR = NodePlan(
    "thor",
    "Jetson AGX Thor, 128 GB",
    (Pool("memory", int(122.8 * GIB), (system(10), pods(0.75), VLLM, COMFYUI, SPEECH, llama("embed", 0.6, 0.03))),),
    ways=("Set thor.nodes.thor.vllm.kvCacheMemory to 20Gi: 4.0 GiB more stay free.",),
)
PC = NodePlan(
    "bigpc",
    "PC with an NVIDIA GeForce RTX 4090",
    (
        Pool("memory", int(62.6 * GIB), (system(4), pods(0.2), llama("coder-14b (host)", 0.3, 0))),
        Pool("GPU 0", int(23.6 * GIB), (llama("coder-14b", 8.4, 3.0),)),
    ),
)
OVER = NodePlan(
    "halo2",
    "AMD Strix Halo, 128 GB",
    (
        Pool(
            "memory", 124 * GIB, (system(), pods(), llama("gpt-oss-120b", 59.0, 4.5), llama("llama-3.3-70b", 52.0, 20))
        ),
    ),
    ways=(
        "Set rocm.models.llama-3.3-70b.ctxSize to 8192 (now 65536): 17.5 GiB less.",
        "Serve llama-3.3-70b on spark, which has 52.1 GiB free.",
    ),
)
UNKNOWN = NodePlan(
    "spark",
    "NVIDIA DGX Spark",
    (
        Pool(
            "memory",
            int(119.6 * GIB),
            (
                system(),
                Segment(
                    "my-model",
                    "llama-server",
                    (
                        term("weights", 80.2, source="size of the file"),
                        term("KV cache", 42.0, source="upper bound: full attention in all layers", least=0),
                    ),
                    "name",
                ),
            ),
        ),
    ),
    ways=("Run ai-server inspect on the node, and pass its file with --facts.",),
)
PI = NodePlan("rpi1", "Raspberry Pi 5, 8 GB", (Pool("memory", int(7.8 * GIB), (system(0.5), pods(1.1))),))
LAB = [HALO, THOR, PC, OVER, UNKNOWN, PI]


def many(count: int = 1000) -> list[NodePlan]:
    """Nodes with equal plans."""
    return [replace(HALO, node=f"node-{number:04}") for number in range(count)]


def one(*segments: tuple[str, float], size: float, kind: Kind = "llama-server", node: str = "n") -> NodePlan:
    """A node with one pool, of segments with their GiB."""
    parts = tuple(Segment(name, kind, (term("weights", gib),)) for name, gib in segments)
    return NodePlan(node, "", (Pool("memory", int(size * GIB), parts),))
