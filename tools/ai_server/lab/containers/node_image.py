"""The node image of kind clusters: kindest/node if it can be pulled, else Debian with pinned Kubernetes programs."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ai_server.errors import UserError
from ai_server.lab import programs
from ai_server.lab.containers import images, recipes
from ai_server.lab.containers.engine import docker, pipe
from ai_server.lab.containers.images import KEY, REPOSITORY, go_programs
from ai_server.lab.programs.network import answers
from ai_server.paths import IMAGES
from ai_server.progress import progress

NODE_PROGRAMS = ("kubeadm", "kubelet", "kubectl")
COMPONENTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "etcd", "coredns")
PUBLISHED = "published-node"
REGISTRY = "https://registry-1.docker.io"
UNLOADED = f"{REPOSITORY}/kind-node-unloaded:1"


def reference() -> str:
    """The name of the node image that is built from its parts; its tag is the Kubernetes version."""
    return f"{REPOSITORY}/kind-node:v{programs.pins()['kubelet'].version}"


def ensure() -> str:
    """The name of a node image; builds one if the engine has none."""
    from filelock import FileLock

    from ai_server.paths import cache

    folder = cache() / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".node.lock"):
        if images.recipe_of(reference()) == _key():
            return reference()
        if published := _published():
            return published
        images.ensure(["system"])
        paths = programs.ensure([*NODE_PROGRAMS, *COMPONENTS, "local-path-provisioner"])
        with progress(f"build image kind-node {reference().rpartition(':')[2]}"):
            _make(paths)
    return reference()


def _published() -> str:
    """The name of the image based on kindest/node; if that is not available, "" after printing the reason."""
    image = images.images()[PUBLISHED]
    if images.recipe_of(image.reference) == images.key(image):
        return image.reference
    reason = ""
    if docker("info", "--format", "{{.CgroupVersion}}").strip() != "2":
        reason = "kindest/node needs cgroup v2"
    elif not answers(REGISTRY):
        reason = f"{REGISTRY.removeprefix('https://')} cannot be reached"
    else:
        try:
            return images.ensure([PUBLISHED])[PUBLISHED]
        except UserError as error:
            reason = error.message.splitlines()[-1]
    print(f"the node image must be built from its parts: {reason}", file=sys.stderr)
    return ""


def _key() -> str:
    digest = hashlib.sha256(images.key(images.images()["system"]).encode())
    images.add_files(digest, [IMAGES / "node", IMAGES / "go"])
    for name in (*NODE_PROGRAMS, *COMPONENTS, "local-path-provisioner"):
        digest.update(f"{name}={programs.pins()[name].version}".encode())
    return digest.hexdigest()


def _make(paths: dict[str, Path]) -> None:
    with tempfile.TemporaryDirectory(prefix="ai-server-node-") as scratch:
        work = Path(scratch)
        inside = [images.images()["system"].reference, *_component_images(paths, work)]
        context = work / "node"
        shutil.copytree(IMAGES / "node", context)
        for name in NODE_PROGRAMS:
            shutil.copy(paths[name], context)
        go_programs(["nvidia-runtime"], context)
        (context / "version").write_text(f"v{programs.pins()['kubelet'].version}\n")
        recipes.build(UNLOADED, context)
    _load(inside)


def _component_images(paths: dict[str, Path], work: Path) -> list[str]:
    """Builds the images that this kubeadm needs from the given programs, and returns their names."""
    wanted = subprocess.run(
        [paths["kubeadm"], "config", "images", "list", f"--kubernetes-version=v{programs.pins()['kubeadm'].version}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    made = []
    for name in wanted:
        program = name.rpartition("/")[2].partition(":")[0]
        base = images.images()["system"].reference if program == "kube-proxy" else "scratch"  # it calls iptables
        folder = _context(work, program, base)
        if program == "pause":
            go_programs(["pause"], folder)
        else:
            shutil.copy(paths[program], folder / program)
        recipes.build(name, folder)
        made.append(name)
    provisioner = f"{REPOSITORY}/local-path-provisioner:{programs.pins()['local-path-provisioner'].version}"
    folder = _context(work, "local-path-provisioner", "scratch")
    shutil.copy(paths["local-path-provisioner"], folder)
    recipes.build(provisioner, folder)
    return [*made, provisioner]


def _context(work: Path, program: str, base: str) -> Path:
    folder = work / program
    folder.mkdir()
    target = "/usr/local/bin" if base != "scratch" or program.startswith(("kube", "etcd")) else ""
    lines = [f"FROM {base}", f"COPY {program} {target}/{program}", f'ENTRYPOINT ["{target}/{program}"]']
    (folder / "Dockerfile").write_text("\n".join(lines) + "\n")
    return folder


def _load(inside: list[str]) -> None:
    """Loads images into the store of the node image, so that a cluster pulls nothing."""
    container = docker("run", "--detach", "--privileged", "--entrypoint", "sleep", UNLOADED, "infinity").strip()
    try:
        docker("exec", "--detach", container, "containerd")
        _wait_for_containerd(container)
        importing = ["docker", "exec", "--interactive", container, "ctr", "--namespace", "k8s.io", "images", "import"]
        pipe(["docker", "save", *inside], [*importing, "--all-platforms", "--no-unpack", "-"])
        docker("exec", container, "pkill", "containerd")
        entrypoint = 'ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]'
        changes = [f"LABEL {KEY}={_key()}", entrypoint, "CMD []"]
        flags = [part for change in changes for part in ("--change", change)]
        docker("commit", *flags, container, reference())
    finally:
        docker("rm", "--force", container)


def _wait_for_containerd(container: str) -> None:
    from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

    again = retry(
        retry=retry_if_exception_type(UserError), stop=stop_after_delay(30), wait=wait_fixed(0.5), reraise=True
    )
    again(docker)("exec", container, "ctr", "version")
