"""Builds an image: from Debian packages, or from the folder of a Dockerfile after adding files to it."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from ai_server.errors import UserError
from ai_server.lab.containers import images, why_not
from ai_server.lab.containers.engine import LAST_LINES, apt_install, pipe
from ai_server.lab.containers.images import Image, go_build, go_programs
from ai_server.paths import IMAGES, REPOSITORY

TARGET = "x86_64-manylinux_2_28"
"""The platform of the Python packages: that of the image, not of the machine that builds it."""


def make(image: Image, key: str) -> None:
    """Builds an image, labelled with the hash of its recipe. UserError if it fails, which leaves no partial image."""
    if image.debian:
        _of_debian_packages(image, key)
    else:
        with tempfile.TemporaryDirectory(prefix="ai-server-image-") as scratch:
            context = Path(scratch) / "context"
            shutil.copytree(IMAGES / image.dockerfile, context)
            for name, source in image.files.items():
                shutil.copytree(REPOSITORY / source, context / name)
            if image.go:
                go_programs(image.go, context)
            if (context / "go.mod").is_file():
                go_build(context, ["tool"], context)
            if image.python:
                _python_packages(REPOSITORY / image.python, context)
            build(image.reference, context, key)


def build(reference: str, context: Path, key: str = "") -> None:
    """Runs docker build in a folder, without the network."""
    labels = ["--label", f"{images.KEY}={key}"] if key else []
    # the classic builder: Debian's engine has no buildx
    command = ["docker", "build", "--quiet", "--network", "none", "--tag", reference, *labels, str(context)]
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if run.returncode != 0:
        last = "\n".join((run.stdout + run.stderr).strip().splitlines()[-LAST_LINES:])
        raise UserError(f"cannot build the image {reference}:\n{last}")


def _of_debian_packages(image: Image, key: str) -> None:
    if not shutil.which("mmdebstrap"):
        if reason := why_not():
            raise UserError(reason)
        apt_install("mmdebstrap")
    changes = [f"LABEL {images.KEY}={key}"]
    changes += [f"ENTRYPOINT {json.dumps(image.entrypoint)}"] if image.entrypoint else []
    pipe(
        [
            "mmdebstrap",
            "--quiet",
            f"--variant={image.variant}",
            "--aptopt=Acquire::Check-Valid-Until false",
            *(f"--dpkgopt=path-exclude=/usr/share/{unread}/*" for unread in ("doc", "man", "locale", "i18n")),
            f"--include={','.join(image.packages)}",
            image.debian,
            "-",
        ],
        ["docker", "import", *[part for change in changes for part in ("--change", change)], "-", image.reference],
    )


def _python_packages(lock: Path, context: Path) -> None:
    uv = shutil.which("uv") or "uv"
    command = [uv, "pip", "install", "--quiet", "--python-version", "3.11", "--python-platform", TARGET]
    command += ["--only-binary", ":all:", "--no-deps", "--target", "site", "--requirements", str(lock)]
    run = subprocess.run(command, cwd=context, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise UserError(f"cannot download the packages of {lock.name}:\n{run.stderr.strip()[-1000:]}")
