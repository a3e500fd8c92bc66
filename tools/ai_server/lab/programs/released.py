"""Released binaries of the pinned programs, downloaded from their publishers; only the right checksum is accepted."""

import platform
import re
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from ai_server.lab.programs.network import DownloadError, download
from ai_server.lab.programs.pinned import Program

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def download_program(program: Program, folder: Path) -> Path:
    """Downloads the released binary of a program into a folder. DownloadError with the reason if there is none."""
    if not program.url:
        raise DownloadError(f"no binary of {program.name} is released")
    address = _fill(program, program.url)
    binary = folder / program.executable
    with tempfile.TemporaryFile(dir=folder) as content:
        wanted = program.sha256.get(here()) or _published_sha256(program, folder)
        if download(address, content) != wanted:
            raise DownloadError(f"{address} does not have the expected checksum")
        content.seek(0)
        with binary.open("wb") as target:
            if program.member:
                _unpack(content, _fill(program, program.member), target, address)
            else:
                shutil.copyfileobj(content, target)
    binary.chmod(0o755)
    return binary


def _unpack(archive: IO[bytes], member: str, target: IO[bytes], address: str) -> None:
    try:
        with tarfile.open(fileobj=archive) as files:
            if file := files.extractfile(member):
                shutil.copyfileobj(file, target)
    except (KeyError, tarfile.TarError):
        raise DownloadError(f"{address} has no file {member}") from None


def host_of(program: Program) -> str:
    """The host from which a program is downloaded."""
    return urlsplit(program.url).hostname or ""


def _published_sha256(program: Program, folder: Path) -> str:
    """The checksum that the publisher offers next to the binary, if programs.yaml pins none."""
    if not program.sums:
        raise DownloadError(f"no checksum of {program.name} is pinned for {here()}")
    address = _fill(program, program.sums)
    with tempfile.TemporaryFile(dir=folder) as content:
        download(address, content)
        content.seek(0)
        lines = content.read().decode(errors="replace").splitlines()
    file = _fill(program, program.url).rpartition("/")[2]
    # "<sum>  <file>" for each file, or the sum of the only file
    for line in lines:
        if re.fullmatch(rf"[0-9a-f]{{64}}(\s+\*?(\S*/)?{re.escape(file)})?", line.strip()):
            return line.split()[0]
    raise DownloadError(f"{address} has no checksum of {file}")


def here() -> str:
    """The platform of this machine, in the form of programs.yaml and most publishers: linux-amd64."""
    return "-".join(_system_and_architecture())


def _system_and_architecture() -> tuple[str, str]:
    return platform.system().lower(), ARCHITECTURES.get(platform.machine(), platform.machine())


def _fill(program: Program, pattern: str) -> str:
    system, architecture = _system_and_architecture()
    return pattern.format(name=program.name, version=program.version, os=system, arch=architecture)
