"""Compares every profile's render with a file, so that the diff of a commit shows all of its effects."""

from io import StringIO
from pathlib import Path

import pytest
import yaml

from ai_server.kube.manifests import Manifests
from ai_server.reading.profiles import Profile, profiles
from ai_server.reading.yamldump import dump_documents

HERE = Path(__file__).parent


def golden(name: str) -> Path:
    return HERE / f"{name.replace('/', '-')}.yaml"


def test_profile_renders_what_its_golden_file_says(
    profile: Profile, manifests: Manifests, request: pytest.FixtureRequest
) -> None:
    file = golden(profile.name)
    text = StringIO()
    dump_documents(manifests, text, sort_keys=True)
    if request.config.getoption("--update"):
        file.write_text(text.getvalue())
    assert text.getvalue() == file.read_text(), "if you intended this change, run `make golden`"


def test_a_golden_file_holds_the_objects_of_its_profile(profile: Profile, manifests: Manifests) -> None:
    assert list(yaml.load_all(golden(profile.name).read_text(), Loader=yaml.CSafeLoader)) == manifests


def test_every_golden_file_has_its_profile() -> None:
    assert {file.name for file in HERE.glob("*.yaml")} == {golden(name).name for name in profiles()}
