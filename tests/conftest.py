"""Fixtures of all tests: the profiles, rendered once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ai_server.helm import render
from ai_server.kube.manifests import Manifests
from ai_server.reading import profiles

PROFILES = sorted(profiles.profiles())


@pytest.fixture(params=PROFILES)
def profile(request: pytest.FixtureRequest) -> profiles.Profile:
    """Each profile of values/."""
    return profiles.profile(request.param)


@pytest.fixture
def manifests(profile: profiles.Profile) -> Manifests:
    """What the profile renders to."""
    return render.render(profiles.load(profile.files).values)


@pytest.fixture
def rendered(tmp_path: Path) -> Callable[..., Manifests]:
    """Renders values given as YAML texts, each merged over the one before."""

    def make(*texts: str, **options: Any) -> Manifests:
        files = []
        for index, text in enumerate(texts):
            files.append(tmp_path / f"{index}.yaml")
            files[-1].write_text(text)
        return render.render(profiles.load(files).values, **options)

    return make


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the golden files anew")
    parser.addoption("--backend", default="kwok", help="kwok, kind, or existing (--kubeconfig FILE)")
    parser.addoption(
        "--also-values", default="", help="existing: a values file over the profile's, for its images and sizes"
    )
