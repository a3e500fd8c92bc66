"""LiteLLM accepts the configuration, the arguments and the variables that the chart renders."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from ai_server.helm.gateway import gateway_of
from ai_server.local import environment
from tests.agreement.program_starts import ask
from tests.conftest import PROFILES
from tests.contract import programs, watched
from tests.contract.conftest import SLOW, of_profile
from tests.contract.release import Release
from tests.here.machine import KEY, local_pod_with
from tests.here.programs import Server

pytestmark = SLOW
KNOWN = {
    "trusted_proxy_ranges is not set": "about signing in at the admin UI, which is off unless it is switched on",
    "workers but Redis is not configured": "each worker counts failed sign-ins at the admin UI itself, which is off as well",
    "has custom pricing but not in built-in cost map": "the price of a model at home, without one for its cache",
}
"""Lines of the log that are no fault, with the reason."""
LATER = {
    "DISABLE_ADMIN_UI": "litellm/proxy/common_utils/admin_ui_utils.py",
    "DISABLE_SCHEMA_UPDATE": "litellm/proxy/db/prisma_client.py",
    "LITELLM_DISABLE_NO_REDIS_WARNING": "litellm/proxy/health_endpoints/_health_endpoints.py",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "litellm/anthropic_beta_headers_manager.py",
    "LITELLM_LOCAL_BLOG_POSTS": "litellm/litellm_core_utils/get_blog_posts.py",
    "LITELLM_MIGRATION_DIR": "litellm_proxy_extras/utils.py",
    "MODEL_KEY_ELSEWHERE": "",  # of a model whose first request reads it
}
"""Variables that LiteLLM reads on a request or with a database, and the module that names each."""
UNUSED = {
    "DATABASE_URL": "Prisma reads it, in a process of its own",
    "BACKEND_API_KEY": "in gateway-only, no backend of the release asks for it",
}
"""Variables that LiteLLM itself does not read, with the reason."""


def config_of(profile: str) -> dict[str, Any]:
    return gateway_of(of_profile(profile).of_kind("ConfigMap")).config


def models(server: Server) -> list[str]:
    answer = httpx.get(f"{server.origin}/v1/models", headers={"Authorization": f"Bearer {KEY}"}, trust_env=False)
    return sorted(model["id"] for model in answer.json()["data"])


def test_the_configuration_of_every_profile_loads(tmp_path: Path) -> None:
    configurations = [config_of(name) for name in PROFILES]
    wrong = {**configurations[0], "router_settings": {"routing_strategy": "nearest"}}
    *starts, of_wrong = ask(environment.python("litellm"), "in_litellm.py", [*configurations, wrong], tmp_path)
    assert {name: start.says for name, start in zip(PROFILES, starts, strict=True) if not start.ok} == {}
    assert "nearest" in of_wrong.says


def test_the_gateway_serves_the_rendered_models(homelab: Release) -> None:
    assert models(homelab.gateway) == sorted(gateway_of(homelab.manifests.of_kind("ConfigMap")).modes)


def test_the_gateway_starts_without_a_word_of_warning(homelab: Release) -> None:
    assert watched.problems(homelab.gateway.log.read_text(), KNOWN) == []


def test_the_gateway_asks_for_no_address_outside(homelab: Release) -> None:
    assert watched.hosts_asked(homelab.watch["litellm"]) == set()


def test_the_probes_are_answered(homelab: Release) -> None:
    container = homelab.pod.container("litellm")
    paths = {container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")}
    answers = {path: httpx.get(homelab.gateway.origin + path, trust_env=False).status_code for path in paths}
    assert answers == dict.fromkeys(paths, 200)


def test_the_gateway_reads_every_rendered_variable(homelab: Release) -> None:
    rendered = homelab.pod.variables("litellm")
    assert rendered - watched.variables_read(homelab.watch["litellm"]) - set(LATER) == set()


def test_the_variables_that_are_read_later_are_known_to_litellm() -> None:
    packages = next(environment.python("litellm").parent.parent.glob("lib/*/site-packages"))
    unknown = {name for name, file in LATER.items() if file and name not in (packages / file).read_text()}
    assert unknown == set()


@pytest.mark.complete
@pytest.mark.parametrize("name", [name for name in PROFILES if name != "homelab"])
def test_each_profiles_gateway_starts(name: str, tmp_path: Path) -> None:
    manifests, watch = of_profile(name), tmp_path / "watch"
    pod = local_pod_with(manifests, "litellm", tmp_path / "pod")
    gateway = gateway_of(manifests.of_kind("ConfigMap"))
    with programs.started(pod, "litellm", watch) as server:
        assert models(server) == sorted({*gateway.modes, *gateway.aliases})
    assert watched.problems(server.log.read_text(), KNOWN) == []
    rendered = watched.hosts_in(file.read_text() for file in pod.files("litellm"))
    assert watched.hosts_asked(watch, rendered) == set()
    assert pod.variables("litellm") - watched.variables_read(watch) - set(LATER) - set(UNUSED) == set()


@pytest.mark.complete
def test_an_address_outside_would_be_seen(tmp_path: Path) -> None:
    pod = local_pod_with(of_profile("gateway-only"), "litellm", tmp_path / "pod")
    container = pod.container("litellm")
    container["env"] = [item for item in container["env"] if item["name"] != "LITELLM_LOCAL_MODEL_COST_MAP"]
    with programs.started(pod, "litellm", tmp_path / "watch") as server:
        assert watched.hosts_asked(tmp_path / "watch") >= {"raw.githubusercontent.com"}
    assert watched.problems(server.log.read_text(), KNOWN)
