"""A version that is known to be bad."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from ai_server.checks.engine.model import Violation, not_checked
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.pods import pods
from ai_server.paths import CHART
from ai_server.reading.yamlfile import read_values


@rule("versions/known-bad")
def check(view: RenderView) -> Iterator[Violation]:
    """Each image of a program of the list whose tag the chart could not judge."""
    version, ranges = known()
    images = [container.image for pod in pods(view) for container in pod.containers]
    for name, tag in sorted({(image.name, image.tag) for image in images}):
        if any(repository.search(name) for repository in ranges):
            view.count("versions")
            if not version.search(tag):
                yield not_checked(f"no version can be seen in {name}:{tag}, which may be one of the known bad ones")


@cache
def known() -> tuple[re.Pattern[str], list[re.Pattern[str]]]:
    """Of the list: what a version in a tag looks like, and the repositories whose versions are judged."""
    listed: dict[str, Any] = read_values(CHART / "files" / "known-bad-versions.yaml").values
    ranges = dict.fromkeys(each["repository"] for each in listed["versions"] if "range" in each)
    return re.compile(listed["version"]), [re.compile(each) for each in ranges]
