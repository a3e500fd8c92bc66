"""The Docker engine: uses a running one; otherwise starts one, on Debian as root, and stops it again."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from ai_server.errors import UserError
from ai_server.paths import IMAGES, cache
from ai_server.progress import progress

SYS_RESOURCE_BIT = 24  # include/uapi/linux/capability.h
START_SECONDS = 60
LAST_LINES = 8


def docker(*arguments: str | Path, stdin: bytes | None = None, timeout_seconds: float | None = None) -> str:
    """Runs a docker command and returns its output; UserError with its last lines if it fails."""
    command = ["docker", *map(str, arguments)]
    try:
        run = subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=timeout_seconds)
    except FileNotFoundError:
        raise UserError("the docker command is missing", hint="install Docker, or use the kwok backend") from None
    except subprocess.TimeoutExpired:
        raise UserError(f"docker {arguments[0]} did not finish within {timeout_seconds:.0f} s") from None
    if run.returncode != 0:
        lines = (run.stderr or run.stdout).decode(errors="replace").strip().splitlines()[-LAST_LINES:]
        raise UserError(f"docker {arguments[0]} failed:\n" + "\n".join(lines))
    return run.stdout.decode()


def pipe(producer: Sequence[str | Path], consumer: Sequence[str | Path]) -> None:
    """Pipes one command into another, for images, which do not fit into memory. UserError if one of them fails."""
    with subprocess.Popen([*map(str, producer)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as first:
        second = subprocess.run([*map(str, consumer)], stdin=first.stdout, capture_output=True, check=False)
        if first.stdout:
            first.stdout.close()  # else a producer whose consumer failed would wait for ever
        errors = (first.stderr.read() if first.stderr else b"") + second.stderr
    if first.returncode or second.returncode:
        last = errors.decode(errors="replace").strip().splitlines()[-LAST_LINES:]
        raise UserError(f"{producer[0]} | {consumer[0]} failed:\n" + "\n".join(last))


def runs() -> bool:
    """Whether an engine is running."""
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


def why_not() -> str:
    """Why no engine is running and none can be started; "" if one is running or can be started."""
    if runs():
        return ""
    if not Path("/etc/debian_version").exists() or not shutil.which("apt-get"):
        return "no container engine is running, and this command only starts one on Debian: start Docker"
    if os.geteuid() != 0:
        return "no container engine is running, and starting one needs root: start Docker"
    return ""


def ensure() -> None:
    """Makes sure that an engine is running; UserError with the reason if that is impossible."""
    if reason := why_not():
        raise UserError(reason, hint="or use the kwok backend, which needs no engine")
    if not runs():
        with progress("start a container engine"):
            if not shutil.which("dockerd"):
                apt_install("docker.io", "iptables")
            _start()


def stop_if_ours() -> bool:
    """Stops the engine that ensure() started, unless it still runs containers; returns whether it did."""
    pid_file = _folder() / "dockerd.pid"
    if not pid_file.is_file() or (runs() and docker("ps", "--quiet").strip()):
        return False
    pid = int(pid_file.read_text())
    if "dockerd" in _command_of(pid):
        os.kill(pid, signal.SIGTERM)
        _wait_until(lambda: "dockerd" not in _command_of(pid))
    pid_file.unlink(missing_ok=True)
    return True


def apt_install(*packages: str) -> None:
    """Installs Debian packages; UserError with the last lines of apt-get if it fails."""
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        run = subprocess.run(["apt-get", *command], capture_output=True, text=True, check=False)
        if run.returncode != 0:
            last = "\n".join(run.stderr.strip().splitlines()[-LAST_LINES:])
            hint = f"install {' and '.join(packages)} by hand, then try again"
            raise UserError(f"apt-get {command[0]} failed:\n{last}", hint=hint)


def _start() -> None:
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    runtime = shutil.copy(IMAGES / "runc-without-sys-resource", folder)
    config = folder / "daemon.json"
    reduced = {"default-runtime": "reduced", "runtimes": {"reduced": {"path": str(runtime)}}}
    config.write_text(json.dumps({} if _may_raise_limits() else reduced))
    log = folder / "dockerd.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["dockerd", "--config-file", str(config)], stdout=output, stderr=output, start_new_session=True
        )
    (folder / "dockerd.pid").write_text(str(process.pid))
    if not _wait_until(lambda: runs() or process.poll() is not None) or process.poll() is not None:
        stop_if_ours()
        last = "\n".join(log.read_text(errors="replace").splitlines()[-LAST_LINES:])
        raise UserError(f"the container engine did not start:\n{last}", hint=f"its log is {log}")


def _may_raise_limits() -> bool:
    status = Path("/proc/self/status").read_text()
    bounding = next(line.split()[1] for line in status.splitlines() if line.startswith("CapBnd"))
    return bool(int(bounding, 16) >> SYS_RESOURCE_BIT & 1)


def _wait_until(condition: Callable[[], bool]) -> bool:
    from tenacity import RetryError, retry, retry_if_result, stop_after_delay, wait_fixed

    again = retry(
        retry=retry_if_result(lambda met: not met), stop=stop_after_delay(START_SECONDS), wait=wait_fixed(0.5)
    )
    try:
        return bool(again(condition)())
    except RetryError:
        return False


def _command_of(pid: int) -> str:
    """The command line of a process, "" if it has ended: its number may belong to another process by now."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def _folder() -> Path:
    return cache() / "engine"
