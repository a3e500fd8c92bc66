"""check --online: what a registry says of an image, by a registry that speaks the real protocol on loopback."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ai_server import registry
from ai_server.errors import UserError

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def platform(name: str) -> dict[str, object]:
    digest = f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"
    return {"mediaType": MANIFEST, "digest": digest, "size": 7, "platform": {"architecture": name, "os": "linux"}}


IMAGES = {
    "/v2/team/both/manifests/1.0": {"schemaVersion": 2, "mediaType": INDEX, "manifests": [platform("amd64"), platform("arm64"), platform("unknown")]},
    "/v2/team/one/manifests/1.0": {"schemaVersion": 2, "mediaType": INDEX, "manifests": [platform("amd64")]},
    "/v2/team/plain/manifests/1.0": {"schemaVersion": 2, "mediaType": MANIFEST, "config": {}, "layers": []},
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


@pytest.mark.parametrize(("image", "found"), [("both", ["amd64", "arm64"]), ("one", ["amd64"]), ("plain", [])])
def test_an_images_processors_are_those_of_its_index(address: str, image: str, found: list[str]) -> None:
    assert registry.platforms(f"{address}/team/{image}:1.0", insecure=True) == found


def test_an_image_that_is_not_there_is_said_in_a_line(address: str) -> None:
    with pytest.raises(UserError, match="cannot be asked") as error:
        registry.platforms(f"{address}/team/gone:1.0", insecure=True)
    assert "\n" not in error.value.message


def test_a_registry_that_does_not_answer_is_said_in_a_line() -> None:
    with pytest.raises(UserError, match="cannot be asked"):
        registry.platforms("127.0.0.1:1/team/both:1.0", insecure=True)
