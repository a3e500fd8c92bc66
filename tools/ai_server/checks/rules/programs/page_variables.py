"""Variables of Open WebUI whose value does not fit the rest of the release."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.facts.rows import among, is_off
from ai_server.checks.subjects.pods import folder
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.kube.addresses import host_of

WORKING_DIRECTORY = PurePosixPath("/app/backend")
"""That of the image: relative paths start there."""
COOKIES = ("WEBUI_SESSION_COOKIE_SECURE", "WEBUI_AUTH_COOKIE_SECURE")
PROVIDERS = {
    "GOOGLE_CLIENT_ID": "accounts.google.com",
    "MICROSOFT_CLIENT_ID": "login.microsoftonline.com",
    "GITHUB_CLIENT_ID": "github.com",
    "FEISHU_CLIENT_ID": "accounts.feishu.cn",
}


@rule("programs/database-path")
def database_path(view: RenderView) -> Iterator[Violation]:
    """Looks for a volume at the path of a SQLite file."""
    for server in programs(view, "openwebui"):
        url = server.env.get("DATABASE_URL")
        if isinstance(url, str) and url.startswith("sqlite"):
            path = WORKING_DIRECTORY / url.partition("?")[0].partition(":///")[2]
            if not _is_kept(server, path):
                message = f"{path} is in no volume that is kept, so the page cannot write there or loses its data"
                yield Violation(server.env_key("DATABASE_URL"), message)


def _is_kept(server: ProgramContainer, path: PurePosixPath) -> bool:
    """Whether the nearest mount above a path is writable and not the pod's own scratch space."""
    mounts = {PurePosixPath(folder(mount)): mount for mount in server.mounts}
    nearest = next((mounts[parent] for parent in path.parents if parent in mounts), {})
    return bool(nearest) and not nearest.get("readOnly") and nearest["name"] != "openwebui-tmp"


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
