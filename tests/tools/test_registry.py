"""check --online: what a registry says of an image, by a registry that speaks the real protocol on loopback."""

import hashlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ai_server.errors import UserError
from ai_server.kube import registry
from tests.tools.checks.conftest import Run, run

__all__ = ["run"]

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
}  # fmt: skip


class Registry(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = IMAGES.get(self.path)
        body = json.dumps(found or {"errors": [{"code": "MANIFEST_UNKNOWN"}]}).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", str((found or {}).get("mediaType", "application/json")))
        self.send_header("Content-Length", str(len(body)))
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


def test_an_image_that_is_not_there_is_said_in_a_line(address: str) -> None:
    with pytest.raises(UserError, match="cannot be asked") as error:
        registry.platforms(f"{address}/team/gone:1.0", insecure=True)
    assert "\n" not in error.value.message


def test_a_registry_that_does_not_answer_is_said_in_a_line() -> None:
    with pytest.raises(UserError, match="cannot be asked"):
        registry.platforms("127.0.0.1:1/team/both:1.0", insecure=True)


OWN = "rocm: {image: {repository: %s/team/own, tag: '1.0'}}"


def test_a_check_online_judges_an_own_image(run: Run, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(IMAGES, "/v2/team/own/manifests/1.0", IMAGES["/v2/team/plain/manifests/1.0"])
    monkeypatch.setitem(IMAGES, "/v2/team/own/blobs/sha256:abc", IMAGES["/v2/team/plain/blobs/sha256:abc"])
    monkeypatch.setattr(registry, "platforms", partial(registry.platforms, insecure=True))
    found = run(OWN % address, online=True)
    assert [(each.rule, each.line) for each in found] == [("cluster/architecture", 1)]


def test_a_registry_that_cannot_be_asked_leaves_the_image_unchecked_and_the_rest_checked(run: Run) -> None:
    found = run(OWN % "127.0.0.1:1" + "\nopenwebui: {prt: 1}", online=True, also="not-checked")
    assert [each.rule for each in found if each.severity == "error"] == ["values/unknown-key"]
    assert [each.message for each in found if "cannot be asked" in each.message] != []
