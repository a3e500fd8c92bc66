"""Only released binaries with the right checksum are used; otherwise programs are built at once, with the reason."""

import hashlib
import io
import re
import socket
import tarfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from ai_server.helm.command import version_of
from ai_server.lab.programs import network, pinned, released, sources, store
from ai_server.paths import TOOLCHAIN
from tests.tools.empty_cache import empty_cache, kept

BINARY = b"#!/bin/sh\necho tiny v1.2.3\n"
SHA256 = hashlib.sha256(BINARY).hexdigest()
PINNED = {released.here(): SHA256}


@dataclass
class Server:
    """An HTTP server on loopback: files by path, and the requests."""

    address: str
    files: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    hangs_up: bool = False
    asked: list[str] = field(default_factory=list)

    def program(self, file: str = "/tiny", **fields: object) -> pinned.Program:
        return replace(pinned.Program("tiny", "1.2.3", ">=1.2", ["version"], ""), url=self.address + file, **fields)


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            if state.hangs_up:
                return
            if location := state.redirects.get(self.path):
                self.send_response(302)
                self.send_header("Location", location)
                self.end_headers()
                return
            content = state.files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write((content or b"")[: state.cut_after])

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        state = Server(f"http://127.0.0.1:{http.server_port}")
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield state
        http.shutdown()


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An empty cache, no known hosts, and the names of the programs that are built."""
    names: list[str] = []
    monkeypatch.setattr(network, "_problems", {})
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    empty_cache(tmp_path, monkeypatch, sources, store)
    monkeypatch.setattr(sources, "build", lambda programs, folder: names.extend(program.name for program in programs))
    return names


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The attempted connections."""
    tried: list[tuple[str, int]] = []
    connect = socket.create_connection

    def count(address: tuple[str, int], *arguments: object, **options: object) -> socket.socket:
        tried.append(address)
        return connect(address, *arguments, **options)

    monkeypatch.setattr(network.socket, "create_connection", count)
    return tried


def archive(name: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(BINARY)
        tar.addfile(member, io.BytesIO(BINARY))
    return content.getvalue()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return int(unused.getsockname()[1])


def test_a_binary_with_the_pinned_checksum_is_kept_with_its_source(server: Server, built: list[str]) -> None:
    server.files = {"/tiny": BINARY}
    program = server.program(sha256=PINNED)
    sources.provide([program])
    assert version_of(store.cached(program), ["version"]) == "1.2.3"
    assert (store.source_of(program), built) == ("127.0.0.1", [])


@pytest.mark.parametrize("sums", ["{sum}", "{sum}  tiny", "{other}  tiny.asc\n{sum} *release/tiny\n"])
def test_without_a_pinned_checksum_the_publishers_own_is_used(server: Server, built: list[str], sums: str) -> None:
    text = sums.format(sum=SHA256, other="0" * 64)
    server.files = {"/tiny": BINARY, "/tiny.sha256": text.encode()}
    sources.provide([server.program(sums=f"{server.address}/tiny.sha256")])
    assert (server.asked, built) == (["/tiny.sha256", "/tiny"], [])


def test_a_member_of_an_archive_is_unpacked(server: Server, built: list[str]) -> None:
    server.files = {"/tiny.tgz": archive("1.2.3/tiny")}
    sha256 = {released.here(): hashlib.sha256(server.files["/tiny.tgz"]).hexdigest()}
    program = server.program("/tiny.tgz", member="{version}/tiny", sha256=sha256)
    sources.provide([program])
    assert (store.cached(program).read_bytes(), built) == (BINARY, [])


@pytest.mark.parametrize(
    ("content", "fields", "reason"),
    [
        (b"#!/bin/sh\necho evil\n", {"sha256": PINNED}, "/tiny does not have the expected checksum"),
        (None, {"sha256": PINNED}, "/tiny answers 404"),
        (BINARY, {"sha256": {"plan9-mips": "0" * 64}}, f"no checksum of tiny is pinned for {released.here()}"),
        (BINARY, {"sums": "{url}/SUMS"}, "/SUMS has no checksum of tiny"),
        (BINARY, {"sha256": PINNED, "version": "1.2.4"}, "but prints 1.2.3 instead of its version 1.2.4"),
        (BINARY, {"sha256": PINNED, "member": "tiny"}, "/tiny has no file tiny"),
    ],
    ids=["another checksum", "not found", "no checksum", "not in the sums", "another version", "no archive"],
)
def test_what_is_not_as_pinned_is_refused_and_built(
    server: Server, built: list[str], tmp_path: Path, capsys, content: bytes | None, fields: dict, reason: str
) -> None:
    server.files = {"/SUMS": b"0" * 64 + b"  another\n"} | ({"/tiny": content} if content else {})
    fields = {key: server.address + "/SUMS" if key == "sums" else value for key, value in fields.items()}
    sources.provide([server.program(**fields)])
    said = capsys.readouterr().err
    assert "tiny must be built from source: " in said
    assert reason in said
    assert (built, kept(tmp_path)) == (["tiny"], [])


def test_a_download_that_is_cut_off_leaves_nothing_behind(
    server: Server, built: list[str], tmp_path: Path, capsys
) -> None:
    server.files, server.cut_after = {"/tiny": BINARY}, 10
    sources.provide([server.program(sha256=PINNED)])
    assert f"ended after 10 of {len(BINARY)} bytes" in capsys.readouterr().err
    assert (built, kept(tmp_path)) == (["tiny"], [])


def test_an_interrupted_download_leaves_nothing_behind(server: Server, tmp_path: Path, monkeypatch) -> None:
    def interrupted(address: str, target: io.BytesIO) -> str:
        target.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(released, "download", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sources.provide([server.program(sha256=PINNED)])
    assert kept(tmp_path) == []


def test_a_host_that_does_not_answer_is_asked_once_for_all_programs(built: list[str], connects: list, capsys) -> None:
    host = Server(f"http://127.0.0.1:{closed_port()}")
    programs = [replace(host.program(sha256=PINNED), name=name) for name in ("one", "two", "three")]
    sources.provide(programs)
    sources.provide(programs)
    assert (len(connects), built) == (1, ["one", "two", "three"] * 2)
    assert (
        capsys.readouterr().err.splitlines()
        == ["one, two, three must be built from source: 127.0.0.1 cannot be reached"] * 2
    )


def test_a_host_that_hangs_up_is_asked_once_for_all_programs(server: Server, built: list[str]) -> None:
    server.hangs_up = True
    sources.provide([server.program("/one", sha256=PINNED), server.program("/two", sha256=PINNED)])
    assert (server.asked, built) == (["/one"], ["tiny", "tiny"])


def test_the_host_of_a_redirect_is_asked_once_as_well(server: Server, built: list[str], connects: list) -> None:
    port = closed_port()
    server.redirects = {"/one": f"http://127.0.0.1:{port}/one", "/two": f"http://127.0.0.1:{port}/two"}
    sources.provide([replace(server.program(file, sha256=PINNED), name=file[1:]) for file in server.redirects])
    assert connects.count(("127.0.0.1", port)) == 1
    assert built == ["one", "two"]


def test_a_redirect_to_a_host_that_answers_is_followed(server: Server, built: list[str]) -> None:
    server.redirects, server.files = {"/tiny": f"{server.address}/elsewhere"}, {"/elsewhere": BINARY}
    sources.provide([server.program(sha256=PINNED)])
    assert (server.asked, built) == (["/tiny", "/elsewhere"], [])


def test_a_name_lookup_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()

    def connect(*arguments: object) -> nullcontext[None]:
        stop.wait(2)
        return nullcontext()

    monkeypatch.setattr(network, "CONNECT_SECONDS", 0.05)
    monkeypatch.setattr(network.socket, "create_connection", connect)
    assert not network.answers("https://slow.example")
    stop.set()


def test_a_redirect_from_https_to_http_is_refused() -> None:
    request = urllib.request.Request("https://dl.example/tiny")
    with pytest.raises(urllib.error.URLError, match="which is not HTTPS"):
        network._Redirects().redirect_request(
            request, io.BytesIO(), 302, "Found", HTTPMessage(), "http://dl.example/tiny"
        )


def test_behind_a_proxy_the_proxy_is_asked(monkeypatch: pytest.MonkeyPatch, connects: list) -> None:
    port = closed_port()
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
    assert not network.answers("https://dl.example/kubectl")
    assert connects == [("127.0.0.1", port)]


def test_every_address_is_https_and_every_checksum_belongs_to_one_binary() -> None:
    content = yaml.safe_load((TOOLCHAIN / "programs.yaml").read_text())
    programs = [pinned.pins()[name] for name in content if name != "go"]
    addresses = [address for program in programs for address in (program.url, program.sums) if address]
    assert all(address.startswith("https://") for address in addresses)
    pins = [value for program in programs for value in program.sha256.values()]
    assert len(pins) == len(set(pins))
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in pins)
