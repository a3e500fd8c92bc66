"""check --online reads the platforms of an image from a registry, here one on loopback with the real protocol."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ai_server.errors import UserError
from ai_server.kube import registry
from tests.tools.checks.conftest import Run, run

__all__ = ["run"]

LOGIN = base64.b64encode(b"user:password").decode()
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def platform(name: str) -> dict[str, object]:
    digest = f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"
    return {"mediaType": MANIFEST, "digest": digest, "size": 7, "platform": {"architecture": name, "os": "linux"}}


IMAGES = {
    "/v2/team/both/manifests/1.0": {"schemaVersion": 2, "mediaType": INDEX, "manifests": [platform("amd64"), platform("arm64"), platform("unknown")]},
    "/v2/team/one/manifests/1.0": {"schemaVersion": 2, "mediaType": INDEX, "manifests": [platform("amd64")]},
    "/v2/team/plain/manifests/1.0": {"schemaVersion": 2, "mediaType": MANIFEST, "config": {"digest": "sha256:abc"}, "layers": []},
    "/v2/team/plain/blobs/sha256:abc": {"architecture": "arm64", "os": "linux"},
    "/v2/team/bare/manifests/1.0": {"schemaVersion": 2, "mediaType": MANIFEST, "config": {}, "layers": []},
    "/v2/guarded/one/manifests/1.0": {"manifests": [platform("amd64")]},
    "/v2/private/one/manifests/1.0": {"manifests": [platform("amd64")]},
    "/v2/basic/one/manifests/1.0": {"manifests": [platform("amd64")]},
    "/v2/guarded/moved/manifests/1.0": {"config": {"digest": "sha256:abc"}},
    "/storage": {"architecture": "arm64"},
}  # fmt: skip


TOKENS = {"": "anonymous", f"Basic {LOGIN}": "known"}
"""The token server's answer to an authorization."""


class Registry(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        given = self.headers.get("Authorization", "")
        wanted = {"guarded": "Bearer anonymous", "private": "Bearer known", "basic": f"Basic {LOGIN}"}
        name = next((name for name in wanted if f"/{name}/" in self.path), "")
        if self.path == "/token?service=here&scope=pull" and given in TOKENS:
            self.answer(200, {"token": TOKENS[given]})
        elif name and given != wanted[name]:
            realm = f'Bearer realm="http://{self.headers["Host"]}/token",service="here",scope="pull"'
            self.answer(401, {}, {"WWW-Authenticate": 'Basic realm="here"' if name == "basic" else realm})
        elif self.path == "/v2/guarded/moved/blobs/sha256:abc":
            self.answer(307, {}, {"Location": "/storage"})
        elif self.path == "/storage" and given:
            self.answer(400, {})
        elif self.path == "/v2/team/tricky/manifests/1.0":
            self.answer(401, {}, {"WWW-Authenticate": f'Bearer realm="file://{__file__}"'})
        else:
            found = IMAGES.get(self.path)
            self.answer(200 if found else 404, found or {"errors": [{"code": "MANIFEST_UNKNOWN"}]})

    def answer(self, status: int, content: dict[str, object], headers: dict[str, str] | None = None) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        media_type = str(content.get("mediaType", "application/json"))
        for key, value in {"Content-Type": media_type, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("image", "found"), [("both", ["amd64", "arm64"]), ("one", ["amd64"]), ("plain", ["arm64"]), ("bare", [])]
)
def test_an_images_processors_are_those_of_its_index_or_its_configuration(
    address: str, image: str, found: list[str]
) -> None:
    assert registry.platforms(f"{address}/team/{image}:1.0", insecure=True) == found


@pytest.mark.parametrize(
    ("image", "url"),
    [
        ("busybox", "registry-1.docker.io/v2/library/busybox/manifests/latest"),
        ("docker.io/busybox:1.37", "registry-1.docker.io/v2/library/busybox/manifests/1.37"),
        ("vllm/vllm-openai:v1", "registry-1.docker.io/v2/vllm/vllm-openai/manifests/v1"),
        ("ghcr.io/ggml-org/llama.cpp:server", "ghcr.io/v2/ggml-org/llama.cpp/manifests/server"),
        ("registry.lan:5000/a/b:1@sha256:2", "registry.lan:5000/v2/a/b/manifests/sha256:2"),
        ("localhost/a:1", "localhost/v2/a/manifests/1"),
    ],
)
def test_an_image_is_asked_for_where_a_container_runtime_finds_it(
    monkeypatch: pytest.MonkeyPatch, image: str, url: str
) -> None:
    urls: list[str] = []
    monkeypatch.setattr(registry, "_get", lambda url, _: urls.append(url) or {})
    registry.platforms(image)
    assert urls == [f"https://{url}"]


def test_a_missing_image_is_reported_in_a_line(address: str) -> None:
    with pytest.raises(UserError, match="cannot be asked") as error:
        registry.platforms(f"{address}/team/gone:1.0", insecure=True)
    assert "\n" not in error.value.message


def test_a_registry_that_does_not_answer_is_reported_in_a_line() -> None:
    with pytest.raises(UserError, match="cannot be asked"):
        registry.platforms("127.0.0.1:1/team/both:1.0", insecure=True)


def test_a_registry_that_wants_a_token_gets_one_without_a_login(address: str) -> None:
    assert registry.platforms(f"{address}/guarded/one:1.0", insecure=True) == ["amd64"]


def test_the_storage_of_a_blob_does_not_see_the_token(address: str) -> None:
    assert registry.platforms(f"{address}/guarded/moved:1.0", insecure=True) == ["arm64"]


@pytest.mark.parametrize("kind", ["private", "basic"])
@pytest.mark.parametrize("kept", ["in the file", "by its helper", "by the helper of all"])
def test_a_private_image_is_asked_for_with_the_login_of_docker(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, kept: str
) -> None:
    helper = tmp_path / "docker-credential-test"
    helper.write_text(f"""#!/bin/sh
[ "$(cat)" = {address} ] && echo '{{"Username": "user", "Secret": "password"}}'
""")
    helper.chmod(0o755)
    configs = {
        "in the file": {"auths": {address: {"auth": LOGIN}}},
        "by its helper": {"auths": {address: {}}, "credHelpers": {address: "test"}},
        "by the helper of all": {"credsStore": "test"},
    }
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/config.json").write_text(json.dumps(configs[kept]))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert registry.platforms(f"{address}/{kind}/one:1.0", insecure=True) == ["amd64"]


def test_a_private_image_without_a_login_cannot_be_asked_for(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(UserError, match="cannot be asked: HTTP Error 401"):
        registry.platforms(f"{address}/private/one:1.0", insecure=True)


def test_a_registry_cannot_have_a_file_read(address: str) -> None:
    with pytest.raises(UserError, match=r"file:.* is not an HTTP URL"):
        registry.platforms(f"{address}/team/tricky:1.0", insecure=True)


OWN = "rocm: {build: 11434, image: {repository: %s/team/own, tag: '1.0'}}"


def test_an_online_check_judges_a_custom_image(run: Run, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(IMAGES, "/v2/team/own/manifests/1.0", IMAGES["/v2/team/plain/manifests/1.0"])
    monkeypatch.setitem(IMAGES, "/v2/team/own/blobs/sha256:abc", IMAGES["/v2/team/plain/blobs/sha256:abc"])
    monkeypatch.setattr(registry, "platforms", partial(registry.platforms, insecure=True))
    found = run(OWN % address, online=True)
    assert [(finding.rule, finding.line) for finding in found] == [("cluster/architecture", 1)]


def test_a_registry_that_cannot_be_asked_leaves_the_image_unchecked_and_the_rest_checked(run: Run) -> None:
    found = run(OWN % "127.0.0.1:1" + "\nopenwebui: {prt: 1}", online=True, also="not-checked")
    assert [finding.rule for finding in found if finding.severity == "error"] == ["values/unknown-key"]
    assert [finding.message for finding in found if "cannot be asked" in finding.message] != []
