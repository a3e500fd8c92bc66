"""Fixtures of all tests: the profiles, rendered once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ai_server.helm import render
from ai_server.kube.manifests import Manifests
from ai_server.reading import profiles
from tests.at import as_text

PROFILES = sorted(profiles.profiles())
Rendered = Callable[..., Manifests]


@pytest.fixture(params=PROFILES)
def profile(request: pytest.FixtureRequest) -> profiles.Profile:
    """Each profile of values/."""
    return profiles.profile(request.param)


@pytest.fixture
def manifests(profile: profiles.Profile) -> Manifests:
    """What the profile renders to."""
    return render.render(profiles.load(profile.files).values)


@pytest.fixture
def rendered(tmp_path: Path) -> Rendered:
    """Renders values, each merged over the ones before: YAML texts, or maps as at() makes them."""

    def make(*values: str | dict[str, Any], **options: Any) -> Manifests:
        files = [tmp_path / f"{index}.yaml" for index in range(len(values))]
        for file, text in zip(files, values, strict=True):
            file.write_text(as_text(text))
        return render.render(profiles.load(files).values, **options)

    return make


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the golden files anew")
    parser.addoption("--backend", default="kwok", help="kwok, kind, or existing (--kubeconfig FILE)")
    parser.addoption(
        "--also-values", default="", help="existing: a values file over the profile's, for its images and sizes"
    )
