"""The images of a kind cluster, as listed in ci/images/images.yaml; a changed recipe rebuilds its image."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ai_server.errors import UserError
from ai_server.lab.containers.engine import docker
from ai_server.paths import IMAGES
from ai_server.paths import REPOSITORY as REPOSITORY_FOLDER
from ai_server.paths import cache as cache_folder
from ai_server.progress import progress

KEY = "ai-server.recipe"
REPOSITORY = "localhost/ai-server"


@dataclass(frozen=True)
class Image:
    """An image and its recipe; the comment at the top of images.yaml explains the keys."""

    name: str
    tag: str
    debian: str = ""
    variant: str = ""
    packages: list[str] = field(default_factory=list, hash=False)
    entrypoint: list[str] = field(default_factory=list, hash=False)
    dockerfile: str = ""
    go: list[str] = field(default_factory=list, hash=False)
    python: str = ""
    files: dict[str, str] = field(default_factory=dict, hash=False)
    parents: list[str] = field(default_factory=list, hash=False)

    @property
    def reference(self) -> str:
        """The name of the image in the engine and in values."""
        return f"{REPOSITORY}/{self.name}:{self.tag}"


@cache
def images() -> dict[str, Image]:
    """Every image by its short name."""
    import yaml

    content: dict[str, dict[str, Any]] = yaml.safe_load((IMAGES / "images.yaml").read_text())
    return {name: Image(name, parents=body.pop("from", []), **body) for name, body in content.items()}


def ensure(names: Iterable[str]) -> dict[str, str]:
    """References by short name; builds the images that the engine does not have. UserError if a build fails."""
    from filelock import FileLock

    from ai_server.lab.containers import recipes

    folder = cache_folder() / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        for image in _with_parents(names):
            if recipe_of(image.reference) != key(image):
                with progress(f"build image {image.name} {image.tag}"):
                    recipes.make(image, key(image))
    return {name: images()[name].reference for name in names}


def recipe_of(reference: str) -> str:
    """The recipe from which the engine's image was built; "" if there is no such image."""
    try:
        recipe = docker("image", "inspect", "--format", f'{{{{index .Config.Labels "{KEY}"}}}}', reference)
    except UserError:
        return ""
    return recipe.strip()


def key(image: Image) -> str:
    """A hash of everything that goes into an image: its recipe, its files, its parents."""
    digest = hashlib.sha256(json.dumps(image.__dict__, sort_keys=True).encode())
    folders = [IMAGES / image.dockerfile] if image.dockerfile else []
    folders += [IMAGES / "go"] if image.go else []
    folders += [REPOSITORY_FOLDER / source for source in image.files.values()]
    locks = [REPOSITORY_FOLDER / image.python] if image.python else []
    add_files(digest, folders, locks)
    for parent in image.parents:
        digest.update(key(images()[parent]).encode())
    return digest.hexdigest()


def add_files(digest: "hashlib._Hash", folders: Iterable[Path], files: Iterable[Path] = ()) -> None:
    """Adds the names and contents of files, and of all files in folders, to a hash."""
    in_folders = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    for file in sorted(in_folders.union(files)):
        digest.update(file.relative_to(REPOSITORY_FOLDER).as_posix().encode() + b"\0" + file.read_bytes())


def _with_parents(names: Iterable[str]) -> Iterator[Image]:
    done: set[str] = set()
    for name in names:
        if name not in images():
            raise UserError(f"unknown image {name!r}", hint=f"choose from: {', '.join(images())}")
        for image_name in (*images()[name].parents, name):
            if image_name not in done:
                done.add(image_name)
                yield images()[image_name]


def go_programs(names: Iterable[str], target: Path) -> None:
    """Builds programs from ci/images/go into a folder."""
    go_build(IMAGES / "go", [f"./{name}" for name in names], target)


def go_build(module: Path, packages: list[str], target: Path) -> None:
    """Builds packages of the module in a folder into another folder; the package `tool` is all tools of its go.mod."""
    import os
    import subprocess

    from ai_server.lab.programs.builder import find_go

    command = [str(find_go()), "build", "-trimpath", "-ldflags", "-s -w", "-o", f"{target}/", *packages]
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly"}
    run = subprocess.run(command, cwd=module, env=environment, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise UserError(f"go build {' '.join(packages)} failed:\n{run.stderr.strip()[-2000:]}")
