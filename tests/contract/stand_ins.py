"""What of a rendered container the tests replace or leave out before they start the real program, and why.

In addition, `ai_server.local.container` and tests/here/machine.py replace what any machine without a cluster lacks: paths,
Secrets, ports and the addresses of Services; programs listen on 127.0.0.1 where their image decides.
"""

from ai_server.checks.facts.pins import pins

REPLACED_VARIABLES = {
    "litellm": {"LITELLM_LOG": "WARNING"},  # the rendered level hides the warnings that the tests look for
    "llama-server": {"LLAMA_ARG_DEVICE": "none"},  # the build has no GPU
}
WITHOUT_VARIABLES = {
    "litellm": ["DATABASE_URL"],  # there is no PostgreSQL
}
REPLACED_FLAGS = {"llama-server": {"--device": "none", "--device-draft": "none"}}
"""The values of flags, in arguments and presets: as above."""
WITHOUT_LINES = {
    "litellm": [r"^  database_url: .*\n"],  # as above
    # a projector of pictures has tensors of its own kind, which no file of a few kilobytes has
    "llama-server": [r"^mmproj = .*\n"],
}
"""Parts of files in ConfigMaps that are left out."""
NEEDS_SERVICES = {
    "everything": "its page keeps chats in PostgreSQL, vectors in pgvector, files in S3 and sessions in Redis",
}
"""Profiles whose page cannot start alone."""


def is_pinned(program: str, image: str) -> bool:
    """Whether a container's image has the version of the program that the tests run; another version has other flags."""
    return pins()[program].version in image
