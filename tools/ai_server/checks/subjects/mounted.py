"""Paths that a program is to read, and whether its container has them."""

import re
from pathlib import PurePosixPath

from ai_server.checks import facts
from ai_server.checks.subjects.pods import ContainerSubject
from ai_server.kube.manifests import folder

PATHS = re.compile(r"""(?:^|[=,]|"(?:model|path)"\s*:\s*")(/[^",=]*)""")
"""The paths in the value of a flag: alone, in a list, after the name of an adapter, or as the model of JSON."""
SCALE = re.compile(r":-?[0-9.]+$")
"""The strength of an adapter, which follows its path."""


def unmounted(container: ContainerSubject, value: object) -> bool:
    """Whether a value contains a full path that is below no mount, and not in a folder of the program's image; False
    for a custom image, which may have it.
    """
    of_image = facts.table("image_folders")
    if not container.image.name.endswith(tuple(of_image["public"])):
        return False
    folders = [
        *map(folder, container.mounts),
        *(name for part in ("programs", "files") for name in of_image[part].get(container.program, [])),
    ]
    paths = [PurePosixPath(SCALE.sub("", path)) for path in PATHS.findall(str(value))]
    return any(not any(path.is_relative_to(mounted) for mounted in folders) for path in paths)
