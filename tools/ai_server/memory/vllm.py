"""What a vLLM keeps in memory, term by term, and what must be free when it starts. Sources: vLLM 0.30.0.

Only the KV cache and the weights can be compared with vLLM without a GPU; they are exact. Activations, CUDA graphs and
what CUDA itself takes are upper bounds, whose source names the measurements that they were compared with.
"""

from math import ceil

from ai_server.memory.figures import cuda
from ai_server.memory.folder import FolderFacts
from ai_server.memory.settings import VllmSettings
from ai_server.memory.terms import GIB, MIB, Term
from ai_server.memory.vllm_kv import batched_tokens, number_bytes

LEAST_GRAPHS, MOST_GRAPHS = int(0.1 * GIB), 3 * GIB
WORKSPACE = 394 * MIB
MULTIMODAL_CACHE = 4 * GIB
SAMPLER_COPIES = 5
"""Copies of the logits, at 4 bytes a number, that sampling has at once: plain, sorted, indices (8 bytes), sums."""
SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
"""Bytes of the numbers of unquantized tensors, which vLLM casts to the model's type."""


def terms(facts: FolderFacts, settings: VllmSettings, pool_bytes: int) -> list[Term]:
    """What a vLLM takes of one GPU, or of unified memory, and of the host. pool_bytes: what vLLM sees as total memory.

    If the utilization decides, the KV pool is what the other terms leave of it, so that they are certain together.
    """
    device = [_weights(facts, settings), _activations(facts, settings, pool_bytes)]
    device += [_context(), *_graphs(settings)]
    if settings.kv_cache_bytes:
        pool = Term("KV cache", settings.kv_cache_bytes, "device", "--kv-cache-memory-bytes: exactly that")
    else:
        device = [Term(term.name, term.bytes, term.where, term.source) for term in device]
        rest = start_condition(settings, pool_bytes) - sum(term.bytes for term in device)
        source = (
            "total x --gpu-memory-utilization, less the rest: determine_available_memory in v1/worker/gpu_worker.py"
        )
        pool = Term("KV cache", max(0, rest), "device", source)
    return [device[0], pool, *device[1:], *_host(facts, settings)]


def start_condition(settings: VllmSettings, pool_bytes: int) -> int:
    """The bytes that must be free when vLLM starts, even with kv_cache_bytes: request_memory in v1/worker/utils.py.

    On GPUs that share the machine's memory, free is what the kernel reports as available (MemorySnapshot.measure in
    utils/mem_utils.py), of a total that is the GPU's.
    """
    return ceil(pool_bytes * settings.gpu_memory_utilization)


def _weights(facts: FolderFacts, settings: VllmSettings) -> Term:
    """Unquantized tensors take the model's type; others are as in the file. One GPU of several gets its share."""
    total = facts.weights
    if not facts.quantization:
        size = number_bytes(facts, settings)
        total = sum(bytes // SIZES[kind] * size if kind in SIZES else bytes for kind, bytes in facts.weights_by_type)
    share = ceil(total / settings.tensor_parallel)
    # layers that only speculative decoding loads
    skipped = ceil(facts.speculative / settings.tensor_parallel)
    return Term(
        "weights", share, "device", "the tensors of *.safetensors", max(0, share - skipped) if skipped else None
    )


def _activations(facts: FolderFacts, settings: VllmSettings, pool_bytes: int) -> Term:
    """The peak of a step with max_num_batched_tokens: the residual stream, the widest part of a layer, and the sampler.

    Measured: 1.26 GiB for Llama 3 8B with 8192 tokens and 256 sequences (vllm#10511), where this is 1.5 GiB.
    """
    length = settings.max_model_len or facts.context
    tokens = batched_tokens(settings, pool_bytes, length)
    hidden, size = facts.hidden_size, number_bytes(facts, settings)
    heads = max((layers.key * facts.num_attention_heads for layers in facts.layers), default=0)
    # an MLP has its two inputs and their product at once, attention queries and outputs, and keys and values
    wide = max(3 * facts.intermediate_size, 4 * heads, 4 * hidden)
    layer = tokens * (4 * hidden + ceil(wide / settings.tensor_parallel)) * size
    sampler = settings.max_num_seqs * facts.vocab_size * 4 * SAMPLER_COPIES
    encoder = GIB if facts.multimodal else 0
    source = "max_num_batched_tokens x the widest layer, and max_num_seqs x the vocabulary; vllm#10511"
    return Term("activations", layer + sampler + encoder, "device", source, 0)


def _context() -> Term:
    """What CUDA takes, and the buffer that FlashInfer allocates for itself (VLLM_FLASHINFER_WORKSPACE_BUFFER_SIZE)."""
    term = cuda()
    source = f"{term.source}; FlashInfer's workspace of 394 MiB: vllm/envs.py"
    return Term(term.name, term.bytes + WORKSPACE, term.where, source, term.certain)


def _graphs(settings: VllmSettings) -> list[Term]:
    """CUDA graphs: measured 0.11 GiB for 30 graphs (aivrar/vllm-windows-build#4), 0.73 GiB for 86 (vllm#39559)."""
    if settings.enforce_eager:
        return []
    most = min(512, 2 * settings.max_num_seqs)
    captured = len([size for size in (1, 2, 4) if size <= most]) + len(range(8, min(most + 1, 256), 8))
    captured += len(range(256, most + 1, 16))
    bytes = LEAST_GRAPHS + (MOST_GRAPHS - LEAST_GRAPHS) * captured // 51
    return [
        Term(
            "CUDA graphs",
            bytes,
            "device",
            "up to 3 GiB for 51 sizes: _set_cudagraph_sizes in config/vllm.py",
            LEAST_GRAPHS,
        )
    ]


def _host(facts: FolderFacts, settings: VllmSettings) -> list[Term]:
    """What vLLM keeps on the host besides its processes: pictures that it has read, and shared memory."""
    found = []
    if facts.multimodal:
        source = "--mm-processor-cache-gb, 4 by default: config/multimodal.py"
        found.append(Term("cache of pictures", MULTIMODAL_CACHE, "host", source, 0))
    if settings.shm_bytes:
        found.append(Term("/dev/shm", settings.shm_bytes, "host", "shmSize", 0))
    return found
