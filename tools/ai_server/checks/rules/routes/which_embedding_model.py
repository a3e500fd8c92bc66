"""Several embedding models, and none of them named for the chat page's documents."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "Several embedding models, and none named for documents",
    needs="chart",
    why="Open WebUI finds documents only with the model that they were uploaded with: another one makes vectors of"
    " another length. If the first name were taken, a model that is added later could take its place, and every"
    " document would have to be uploaded again.",
    wrong="rocm:\n  models:\n    bge-m3: {file: gguf/bge-m3.gguf, mode: embedding}\n"
    "    minilm: {file: gguf/minilm.gguf, mode: embedding}",
    right="rocm:\n  models:\n    bge-m3: {file: gguf/bge-m3.gguf, mode: embedding}\n"
    "    minilm: {file: gguf/minilm.gguf, mode: embedding}\n"
    "openwebui:\n  documents: {embeddingModel: bge-m3}",
)
check = said(__name__)
