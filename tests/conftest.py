"""Fixtures of all tests: the profiles, rendered once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from ai_server.helm import render
from ai_server.kube.manifests import Manifests
from ai_server.lab import programs
from ai_server.paths import REPOSITORY
from ai_server.reading import profiles
from tests import affected, shared_renders
from tests.at import as_text

settings.register_profile("without a time limit", deadline=None)
settings.load_profile("without a time limit")
PROFILES = sorted(profiles.profiles())
Rendered = Callable[..., Manifests]


@pytest.fixture(params=PROFILES)
def profile(request: pytest.FixtureRequest) -> profiles.Profile:
    """Each profile of values/."""
    return profiles.profile(request.param)


@pytest.fixture
def manifests(profile: profiles.Profile) -> Manifests:
    """The render of the profile."""
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


LEFT = pytest.StashKey[set[Path]]()
"""The test modules that --quick leaves out."""


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The engine: the SDK, or a helm command, which this installs."""
    if request.param != "sdk":
        programs.ensure([request.param])
    return str(request.param)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--quick", action="store_true", help="only what differs from the main branch can affect, and few mutants"
    )
    parser.addoption("--places", type=int, default=60, help="the most places of each kind of mutant; 0: all")
    parser.addoption("--cases", type=int, default=0, help="the number of cases of each agreement suite; 0: a few")
    parser.addoption("--prove", action="store_true", help="all cases of each agreement suite; writes docs/proof.md")
    parser.addoption("--complete", action="store_true", help="start the real programs of every profile")
    parser.addoption("--update", action="store_true", help="write the golden files anew")
    parser.addoption("--backend", default="kwok", help="kwok, kind, or existing (--kubeconfig FILE)")
    parser.addoption(
        "--also-values", default="", help="existing: a values file over the profile's, for its images and sizes"
    )


def pytest_configure(config: pytest.Config) -> None:
    shared_renders.install()
    modules = set(Path(__file__).parent.rglob("test_*.py"))
    changed = affected.changed_files() if config.getoption("--quick") else set()
    config.stash[LEFT] = modules - affected.affected(modules, changed) if changed else set()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if collection_path in config.stash[LEFT] else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out slow tests, unless something below their folders changed; the list of skipped tests has the reason."""
    if config.getoption("--quick"):
        changed = affected.changed_files()
        for mark, item in [(item.get_closest_marker("slow"), item) for item in items]:
            if mark and not any(REPOSITORY / folder in file.parents for folder in mark.args[1:] for file in changed):
                item.add_marker(pytest.mark.skip(reason=f"left to make test: {mark.args[0]}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What --quick left out, in addition to the slow tests, and why."""
    if config.getoption("--quick"):
        terminalreporter.section("left to make test")
        names = sorted(module.relative_to(Path(__file__).parent).as_posix() for module in config.stash[LEFT])
        terminalreporter.line(f"{len(names)} files that no change reaches: {', '.join(names) or 'none'}")
        passed = terminalreporter.getreports("passed")
        for what in sorted({what for report in passed for what, _ in report.user_properties}):
            left = sum(int(str(count)) for report in passed for name, count in report.user_properties if name == what)
            terminalreporter.line(f"{left} {what}")
