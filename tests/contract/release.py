"""A rendered release whose gateway and page run on this machine."""

from dataclasses import dataclass
from pathlib import Path

import httpx

from ai_server.kube.manifests import Manifests
from tests.contract.backend import Backend
from tests.here.machine import KEY, LocalPod
from tests.here.programs import Server


@dataclass(frozen=True)
class Release:
    """The render, its pod here, the two programs, and what each asked (see watched.py)."""

    manifests: Manifests
    pod: LocalPod
    gateway: Server
    page: Server
    watch: dict[str, Path]
    vllm: Backend

    def client(self, token: str = "") -> httpx.Client:
        """A client of the page."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.page.origin, headers=headers, timeout=60, trust_env=False)

    def sign_in(self, email: str, password: str = KEY) -> httpx.Client:
        """A client of the page with an account's session."""
        with self.client() as client:
            answer = client.post("/api/v1/auths/signin", json={"email": email, "password": password})
            answer.raise_for_status()
            return self.client(answer.json()["token"])
