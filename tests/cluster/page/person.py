"""What a person does in the page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_server.lab import browser

CALL = """async ([path, body]) => {
  const headers = {Authorization: `Bearer ${localStorage.token}`, 'Content-Type': 'application/json'};
  const options = body ? {method: 'POST', headers, body: JSON.stringify(body)} : {headers};
  const answer = await fetch(path, options);
  return [answer.status, await answer.json().catch(() => null)];
}"""


@dataclass
class Person:
    """Somebody who is signed in: the open page at its address."""

    page: Any
    address: str

    @classmethod
    def signed_in(cls, context: Any, address: str, email: str, password: str) -> "Person":
        """Opens the address and signs in."""
        context.set_default_timeout(browser.PATIENCE_MS)
        return cls(browser.sign_in(context, address, email, password), address)

    def call(self, path: str, body: Any = None) -> tuple[int, Any]:
        """The status and the JSON of a request that the page itself could make: with the session of the browser."""
        status, content = self.page.evaluate(CALL, [path, body])
        return status, content

    def new_chat(self, model: str) -> None:
        """Opens an empty chat with a model."""
        self.page.goto(f"{self.address}/?models={model}")
        self.page.get_by_role("button", name=f"Selected model: {model}").wait_for()

    def ask(self, question: str) -> str:
        """Asks, and returns the complete answer, or the error that the page shows."""
        return browser.ask(self.page, question)

    def models(self) -> list[str]:
        """The models that the selector offers."""
        self.page.goto(self.address)
        self.page.locator("#model-selector-model-button").click()
        offered = self.page.locator("button[data-value]")
        offered.first.wait_for()
        names = {option.get_attribute("data-value") for option in offered.all()}
        self.page.keyboard.press("Escape")
        return sorted(names)

    def attach(self, file: Path) -> str:
        """Adds a file to the message, waits until the page has read it, and returns its id."""
        with self.page.expect_response(
            lambda answer: "/api/v1/files/" in answer.url and answer.request.method == "POST"
        ) as uploaded:
            self.page.locator("input[type=file]").first.set_input_files(file)
        attached = self.page.get_by_role("button", name=file.name)
        attached.wait_for()
        attached.locator(".spinner_ajPY").wait_for(state="detached")
        return str(uploaded.value.json()["id"])

    def pieces_of(self, file_id: str) -> str:
        """The pieces of a file that a search in it can find."""
        query = {"collection_names": [f"file-{file_id}"], "query": "boiler", "k": 100}
        return "\n".join(self.call("/api/v1/retrieval/query/collection", query)[1]["documents"][0])

    def titles(self) -> list[str]:
        """The titles of the chats, the newest first."""
        status, chats = self.call("/api/v1/chats/?page=1")
        assert status == 200
        return [chat["title"] for chat in chats]
