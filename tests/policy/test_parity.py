"""All engines render the same objects, and nothing in them is random."""

import asyncio
import subprocess
from typing import Any

import pytest

from ai_server.errors import UserError
from ai_server.helm import render
from ai_server.kube.manifests import Manifests
from ai_server.lab import programs
from ai_server.reading import profiles
from ai_server.reading.profiles import Profile
from tests.conftest import Rendered
from tests.render.common import ROCM, THOR


@pytest.mark.parametrize("engine", ["helm", "helm3"], indirect=True)
def test_helm_renders_what_the_library_renders(profile: Profile, engine: Any) -> None:
    values = profiles.load(profile.files).values
    assert render.render(values, engine="sdk") == render.render(values, engine=engine)


REFUSED = """
rocm: {models: {chat: {file: a.gguf}}, nodes: {a.b: {serve: [chatt, 'no'], renderGroup: 0}}}
litellm: {replicas: 2, models: {x: {model: '<&>'}}, image: {tag: v1.82.7}}
"""


@pytest.mark.parametrize("engine", ["helm", "helm3"])
def test_helm_refuses_what_the_library_refuses(tmp_path, engine: Any) -> None:
    (tmp_path / "values.yaml").write_text(REFUSED)
    values = profiles.load([tmp_path / "values.yaml"]).values
    rendered = render.render_unvalidated(values, engine="sdk")
    assert len(rendered.refusals) > 5
    assert len(rendered.manifests) > 4
    assert render.render_unvalidated(values, engine=engine) == rendered


def test_without_its_validation_the_chart_renders_the_same(profile: Profile, manifests: Manifests) -> None:
    values = profiles.load(profile.files).values
    assert render.render_unvalidated(values) == render.Rendered(manifests, [])


def test_pyhelm3_renders_what_the_library_renders(profile: Profile) -> None:
    from pyhelm3 import Client

    async def objects() -> list[dict[str, Any]]:
        client = Client(executable=str(programs.find("helm")))
        chart = await client.get_chart(render.CHART)
        values = profiles.load(profile.files).values
        return list(await client.template_resources(chart, "ai-server", values, namespace="ai-server"))

    found = sorted(asyncio.run(objects()), key=lambda item: (item["kind"], item["metadata"]["name"]))
    assert found == render.render(profiles.load(profile.files).values)


@pytest.mark.parametrize("minor", [30, 33, 37])
def test_every_kubernetes_gets_the_same_objects(profile: Profile, minor: int) -> None:
    values = profiles.load(profile.files).values
    assert render.render(values, kube_version=f"1.{minor}.0") == render.render(values)


@pytest.mark.parametrize("engine", ["sdk", "helm", "helm3"], indirect=True)
def test_an_older_kubernetes_is_refused(engine: Any) -> None:
    values = profiles.load(profiles.profile("rocm-only").files).values
    with pytest.raises(UserError, match=r"1\.30|incompatible"):
        render.render(values, kube_version="1.29.5", engine=engine)


@pytest.mark.parametrize("engine", ["sdk", "helm"], indirect=True)
def test_a_render_without_a_cluster_has_no_random_bytes(
    profile: Profile, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "_with_sdk", render._with_sdk.__wrapped__)
    render._render_text.cache_clear()
    values = profiles.load(profile.files).values
    one = render.render(values, engine=engine)
    render._render_text.cache_clear()
    assert render.render(values, engine=engine) == one
    assert one.of_kind("Secret") == []


def test_two_releases_in_one_namespace_share_no_name_and_no_pod(rendered: Rendered) -> None:
    one, other = (rendered(ROCM, THOR, release=name) for name in ("one", "other"))
    names = [{(item["kind"], item["metadata"]["name"]) for item in manifests} for manifests in (one, other)]
    assert names[0] & names[1] == set()
    assert not any(other.selected_by(service) == [] for service in other.of_kind("Service"))
    assert all(service["spec"]["selector"]["app.kubernetes.io/instance"] == "one" for service in one.of_kind("Service"))


def test_long_names_stay_within_what_kubernetes_allows(rendered: Rendered) -> None:
    key = "a" * 32
    manifests = rendered(THOR.replace("    thor:\n", f"    {key}:\n"), release="r" * 53)
    names = [item["metadata"]["name"] for item in manifests]
    assert max(map(len, names)) <= 63
    assert len({(item["kind"], item["metadata"]["name"]) for item in manifests}) == len(manifests)


def test_helm_lint_is_content_with_every_profile(profile: Profile) -> None:
    flags = [flag for file in profile.files for flag in ("--values", str(file))]
    done = subprocess.run(
        [programs.find("helm"), "lint", "--strict", render.CHART, *flags], capture_output=True, text=True, check=False
    )
    assert "0 chart(s) failed" in done.stdout, done.stdout
