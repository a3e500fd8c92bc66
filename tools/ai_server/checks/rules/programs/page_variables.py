"""Variables of Open WebUI whose value does not fit the rest of the release."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.facts.rows import among, is_off
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.kube.addresses import host_of
from ai_server.kube.manifests import folder

WORKING_DIRECTORY = PurePosixPath("/app/backend")
"""That of the image: relative paths start there."""
DATA = "/app/backend/data"
WRITTEN = (
    "AUDIT_LOGS_FILE_PATH",
    "HF_HOME",
    "HF_HUB_CACHE",
    "SENTENCE_TRANSFORMERS_HOME",
    "STATIC_DIR",
    "TIKTOKEN_CACHE_DIR",
    "TMPDIR",
    "WHISPER_MODEL_DIR",
    "XDG_CACHE_HOME",
)
"""The folders and files that Open WebUI writes."""
COOKIES = ("WEBUI_SESSION_COOKIE_SECURE", "WEBUI_AUTH_COOKIE_SECURE")
PROVIDERS = {
    "GOOGLE_CLIENT_ID": "accounts.google.com",
    "MICROSOFT_CLIENT_ID": "login.microsoftonline.com",
    "GITHUB_CLIENT_ID": "github.com",
    "FEISHU_CLIENT_ID": "accounts.feishu.cn",
}


@rule("programs/database-path")
def database_path(view: RenderView) -> Iterator[Violation]:
    """Looks for a volume at the path of each file that must be kept, and of each folder that Open WebUI writes."""
    for server in programs(view, "openwebui"):
        for name, path in _files(server):
            if not _is_kept(server, path):
                message = f"{path} is in no volume that is kept, so the page cannot write there or loses its data"
                yield Violation(server.env_key(name), message)
        read_only = (server.container.get("securityContext") or {}).get("readOnlyRootFilesystem")
        for name in WRITTEN if read_only else ():
            written = str(server.env.get(name) or "")
            given = written.startswith("/") and view.given(*server.env_key(name))
            if given and not _mount(server, PurePosixPath(written)):
                message = f"Open WebUI cannot write to {written}: it is in no volume, and the rest is read-only"
                yield Violation(server.env_key(name), message, f"use a folder below {DATA} or /tmp")


def _files(server: ProgramContainer) -> Iterator[tuple[str, PurePosixPath]]:
    """The files that variables name: SQLite's, and that of an index by Milvus Lite."""
    url, index = server.env.get("DATABASE_URL"), server.env.get("MILVUS_URI")
    if isinstance(url, str) and url.startswith("sqlite"):
        yield "DATABASE_URL", WORKING_DIRECTORY / url.partition("?")[0].partition(":///")[2]
    if isinstance(index, str) and index and "://" not in index and server.env.get("VECTOR_DB") == "milvus":
        yield "MILVUS_URI", WORKING_DIRECTORY / index


def _is_kept(server: ProgramContainer, path: PurePosixPath) -> bool:
    """Whether the nearest mount above a path is writable and not the pod's own scratch space."""
    nearest = _mount(server, path)
    volume = next((volume for volume in server.pod.volumes if volume["name"] == nearest.get("name")), {})
    scratch = "emptyDir" in volume and volume["name"] != "openwebui-data"
    return bool(nearest) and not nearest.get("readOnly") and not scratch


def _mount(server: ProgramContainer, path: PurePosixPath) -> dict[str, Any]:
    """The nearest mount at or above a path; {} if there is none."""
    mounts = {PurePosixPath(folder(mount)): mount for mount in server.mounts}
    return next((mounts[parent] for parent in (path, *path.parents) if parent in mounts), {})


@rule("programs/secure-cookie")
def secure_cookie(view: RenderView) -> Iterator[Violation]:
    """Compares the cookie settings with the page's address, and with those of the providers that people sign in at."""
    for server in programs(view, "openwebui"):
        url = str(server.env.get("WEBUI_URL") or "")
        for variable in COOKIES:
            if url.startswith("http://") and not is_off(server.env.get(variable, "")):
                message = f"browsers send no such cookie to {url}"
                yield Violation(server.env_key(variable), message)
        same_site = "WEBUI_SESSION_COOKIE_SAME_SITE"
        if (
            str(server.env.get(same_site)).lower() == "strict"
            and url
            and (elsewhere := _provider_elsewhere(server, url))
        ):
            message = f"browsers do not send a strict cookie when they return from {elsewhere}: signing in fails"
            yield Violation(server.env_key(same_site), message).use("lax")


def _provider_elsewhere(page: ProgramContainer, url: str) -> str:
    """A provider on another site than the page; "" if there is none. The last two names of a host make a site."""
    if not among(page.env.get("ENABLE_OAUTH_SIGNUP", ""), ("true",)):
        return ""
    of_others = [host for name, host in PROVIDERS.items() if page.env.get(name)]
    named = host_of(str(page.env.get("OPENID_PROVIDER_URL") or ""))
    hosts = [*of_others, *([named] if named else [])]
    return next((host for host in hosts if host.split(".")[-2:] != host_of(url).split(".")[-2:]), "")
