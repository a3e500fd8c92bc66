"""A version that is known to be bad."""

from ai_server.checks.findings import said
from ai_server.checks.rules import Rule

RULE = Rule(
    "A version that is compromised, vulnerable or known to err",
    needs="chart",
    why="The list is charts/ai-server/files/known-bad-versions.yaml: id, repository, range, reason, version to take,"
    " source, date. Helm refuses them too. A tag that is no version, such as one of your own builds, is not judged.",
    wrong="litellm:\n  image: {tag: v1.107.0}",
    right="litellm:\n  image: {tag: v1.108.14}",
)
check = said(__name__)
