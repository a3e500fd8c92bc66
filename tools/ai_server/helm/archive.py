"""Packs a chart into an archive: one file, where a copy of its folder is eighty, which takes three times as long."""

import gzip
import tarfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

UNUSED = ("values.schema.json", "README.md")
"""Files that a render does not need; on the schema, Helm would spend more time than on everything else."""
LEFT_OVER = ("~", ".orig", ".bak", ".swp", ".tmp")
"""The ends of names of files that editors leave, as in .helmignore, which Helm does not read for an archive."""


def pack(chart: Path, archive: Path, replaced: Mapping[str, str], *, templates: bool = True) -> None:
    """Writes the chart to an archive, with other texts for some files, by their paths.

    templates: False to leave out the other templates of objects.
    """
    with (
        gzip.GzipFile(archive, "wb", compresslevel=0, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for file in sorted(chart.rglob("*")):
            name = file.relative_to(chart).as_posix()
            of_object = file.suffix == ".yaml" and "templates" in file.relative_to(chart).parts
            unused = file.name in UNUSED or file.name.startswith(".") or file.name.endswith(LEFT_OVER)
            if not file.is_file() or unused or (of_object and not templates and name not in replaced):
                continue
            content = replaced[name].encode() if name in replaced else file.read_bytes()
            entry = tarfile.TarInfo(f"{chart.name}/{name}")
            entry.size = len(content)
            tar.addfile(entry, BytesIO(content))
