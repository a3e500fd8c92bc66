"""A headless Chromium, and the page of a release as people use it: sign-in, pictures of the screen."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ai_server.errors import UserError
from ai_server.lab.containers.engine import apt_install

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, ViewportSize

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-dev-shm-usage",
    # a microphone that plays a tone, and no question whether the page may use it
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
VIEW: "ViewportSize" = {"width": 1280, "height": 800}
PATIENCE_MS = 60_000
TRIES = 4


def chromium() -> Path:
    """Chromium or Chrome from PATH, else Debian's, installed. UserError if there is none."""
    for name in NAMES:
        if path := shutil.which(name):
            return Path(path)
    if not Path("/etc/debian_version").exists() or os.geteuid() != 0:
        raise UserError("no browser was found", hint=f"install one of: {', '.join(NAMES)}")
    apt_install("chromium")
    return Path(shutil.which("chromium") or "/usr/bin/chromium")


@contextmanager
def browser(*arguments: str) -> Iterator["BrowserContext"]:
    """A browser without a history, which is closed at the end. arguments: further ones for Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Chromium's sandbox does not start as root
        started = playwright.chromium.launch(
            executable_path=chromium(), args=[*QUIET, *arguments], chromium_sandbox=os.geteuid() != 0
        )
        context = started.new_context(viewport=VIEW, ignore_https_errors=True)
        context.set_default_timeout(PATIENCE_MS)
        try:
            yield context
        finally:
            started.close()


def sign_in(context: "BrowserContext", address: str, email: str, password: str) -> "Page":
    """Opens the page and signs in, and returns it when it can be asked."""
    page = context.new_page()
    page.goto(address)
    fill_in(page, email, password)
    dismiss_news(page)
    return page


def fill_in(page: "Page", email: str, password: str) -> None:
    """Fills in the form of the sign-in, and waits until the page can be asked."""
    page.locator("#email").fill(email)
    page.locator("#password").fill(password)
    page.locator("button[type=submit]").click()
    page.locator("#chat-input").wait_for()


def dismiss_news(page: "Page", patience_ms: int = 2_000) -> None:
    """Closes the list of changes that Open WebUI shows an account once, if it appears in time."""
    from playwright.sync_api import TimeoutError as TooLateError

    try:
        page.get_by_role("button", name="Okay, Let's Go!").click(timeout=patience_ms)
    except TooLateError:
        return


def send(page: "Page", question: str) -> None:
    """Writes a question and sends it."""
    from playwright.sync_api import TimeoutError as TooLateError

    for _ in range(TRIES):
        page.locator("#chat-input").fill(question)
        try:
            page.locator("#send-message-button").click(timeout=PATIENCE_MS / TRIES)
            page.locator(".user-message", has_text=question).last.wait_for(timeout=PATIENCE_MS / TRIES)
            return
        except TooLateError:  # the page was not ready yet, or shows its news
            dismiss_news(page)
    raise UserError(f"the page did not take the question {question!r}", code=1)


def ask(page: "Page", question: str) -> str:
    """Asks the selected model, and returns its answer when it is complete, or the error that the page shows."""
    answers = page.locator(".chat-assistant")
    before = answers.count()
    send(page, question)
    answers.nth(before).wait_for(state="attached")  # one without words is hidden
    page.get_by_role("button", name="Regenerate").nth(before).wait_for(state="attached")
    return answers.nth(before).inner_text()
