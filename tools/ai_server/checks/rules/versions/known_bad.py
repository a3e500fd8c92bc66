"""A version that is known to be bad."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from ai_server.checks.engine.findings import Context, Found, not_checked, said
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.images import images
from ai_server.paths import CHART
from ai_server.reading.yamlfile import read_values

RULE = Rule(
    "A version that is compromised, vulnerable or known to err",
    needs="chart",
    why="The list is charts/ai-server/files/known-bad-versions.yaml: id, repository, range, reason, version to take,"
    " source, date. Helm refuses them too. A tag in which no version can be seen, such as one of your own builds, is"
    " told as not checked.",
    wrong="litellm:\n  image: {tag: v1.107.0}",
    right="litellm:\n  image: {tag: v1.108.14}",
)
of_the_chart = said(__name__)


def check(context: Context) -> Iterator[Found]:
    """What the chart refuses, and each image of a program of the list whose tag it could not judge."""
    yield from of_the_chart(context)
    version, ranges = known()
    for name, tag in sorted({(image.name, image.tag) for image in images(context)}):
        if any(repository.search(name) for repository in ranges):
            context.count("versions")
            if not version.search(tag):
                yield not_checked(f"no version can be seen in {name}:{tag}, which may be one of the known bad ones")


@cache
def known() -> tuple[re.Pattern[str], list[re.Pattern[str]]]:
    """Of the list: what a version in a tag looks like, and the repositories whose versions are judged."""
    listed: dict[str, Any] = read_values(CHART / "files" / "known-bad-versions.yaml").values
    ranges = dict.fromkeys(each["repository"] for each in listed["versions"] if "range" in each)
    return re.compile(listed["version"]), [re.compile(each) for each in ranges]
