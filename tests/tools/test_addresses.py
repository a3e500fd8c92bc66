"""Addresses of servers that people type."""

import pytest

from ai_server.errors import UserError
from ai_server.kube.addresses import server_of


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("", "the address of a server"),
        ("localhost:9999", "begin it with http://, or https:// for a server with TLS: http://localhost:9999"),
        ("192.168.1.20", "begin it with http://"),
        ("ftp://host", "instead of ftp://"),
        ("http://", "name a host"),
        ("http://:8080", "name a host"),
        ("http://user@", "name a host"),
        ("http://127.0.0.1:abc", "from 1 to 65535"),
        ("http://127.0.0.1:9101,x", "from 1 to 65535"),
        ("http://127.0.0.1:0", "from 1 to 65535"),
        ("http://127.0.0.1:65536", "from 1 to 65535"),
        ("http://[::1", "in brackets"),
        ("http://::1", "in brackets"),
        ("http://192.168.1.500", "not an IP address"),
        ("http://two words", "without spaces"),
        ("http://host/v1?key=a", "leave out"),
    ],
)
def test_what_is_not_a_url_is_misuse_and_says_what_to_change(url: str, hint: str) -> None:
    with pytest.raises(UserError) as error:
        server_of(url, "--url")
    assert (error.value.message, error.value.code) == ("--url: not a URL", 2)
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("http://host:8080/v1/", "http://host:8080"),
        ("HTTPS://llm.home.lan", "HTTPS://llm.home.lan"),
        ("http://[::1]:65535/api/v1", "http://[::1]:65535/api"),
    ],
)
def test_the_address_of_a_server_has_no_version(url: str, server: str) -> None:
    assert server_of(url, "--url") == server
