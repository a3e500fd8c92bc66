"""The page of a demo: where it is, how to sign in, and a picture of a chat."""

from dataclasses import dataclass, replace
from pathlib import Path

from ai_server.errors import UserError
from ai_server.helm.release import Release
from ai_server.lab import talk
from ai_server.lab.browser import ask, browser, sign_in

ACCOUNT = "admin@localhost"
"""openwebui.admin.email of the chart."""
QUESTION = "What can you do?"


@dataclass(frozen=True)
class PageSeen:
    """The page's address and account, the file of a picture of it, and why there is none."""

    address: str
    account: str
    password: str
    picture: Path | None = None
    why_no_picture: str = ""


def look(release: Release, address: str, picture: Path) -> PageSeen:
    """Opens the page as its administrator, asks the first model a question, and writes a picture of the answer."""
    from playwright.sync_api import Error as BrowserError

    password = talk.key(release, "WEBUI_ADMIN_PASSWORD")
    wait_for(address)
    seen = PageSeen(address, ACCOUNT, password)
    try:
        with browser() as context:
            page = sign_in(context, address, ACCOUNT, password)
            ask(page, QUESTION)
            page.screenshot(path=picture)
    except UserError as error:
        return replace(seen, why_no_picture=str(error))
    except BrowserError as error:
        return replace(seen, why_no_picture=f"the browser failed: {error.message.splitlines()[0]}")
    return replace(seen, picture=picture)


def wait_for(address: str, seconds: float = 180) -> None:
    """Waits until the page answers: in a sidecar, its pod is ready before it is. UserError if it does not."""
    import urllib.error
    import urllib.request

    from tenacity import RetryError, retry, retry_if_exception_type, stop_after_delay, wait_fixed

    @retry(retry=retry_if_exception_type(OSError), stop=stop_after_delay(seconds), wait=wait_fixed(1))
    def health() -> None:
        with urllib.request.urlopen(f"{address}/health", timeout=5):
            return

    try:
        health()
    except RetryError:
        raise UserError(f"the page at {address} did not answer within {seconds:.0f} s", code=1) from None
