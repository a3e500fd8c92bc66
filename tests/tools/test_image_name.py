"""Parses the names of images."""

import pytest

from ai_server.kube.image_name import ImageName, parse


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("busybox", ImageName("busybox")),
        ("ghcr.io/a/b:v1", ImageName("ghcr.io/a/b", "v1")),
        ("registry.lan:5000/a/b", ImageName("registry.lan:5000/a/b")),
        ("registry.lan:5000/a/b:v1@sha256:0", ImageName("registry.lan:5000/a/b", "v1", "sha256:0")),
    ],
)
def test_a_colon_before_the_last_slash_belongs_to_the_registry(reference: str, expected: ImageName) -> None:
    assert parse(reference) == expected
