"""Random settings of LiteLLM: known names, those that must have a shape more often, with values of all shapes."""

from collections.abc import Iterator
from random import Random
from typing import Any

from ai_server.checks.facts import flags_of, table

KEYS = {
    "router_settings": "routerSettings",
    "general_settings": "generalSettings",
    "litellm_settings": "litellmSettings",
}
SHAPES: tuple[Any, ...] = (
    *(0, 1, -1, 1.5, True, False, "word", "5", "module.name", [], ["word"], {}, {"word": 1}, {"word": ["word"]}),
    *([{"word": ["word"]}], [{"word": "word"}], {"word": {"word": "word"}}, ["prometheus"], "prometheus"),
)
MOST_SETTINGS = 4
HOW_OFTEN_SHAPED = 0.6
SKIPPED = {
    *("custom_auth", "custom_key_generate", "custom_key_policy", "custom_key_update", "custom_sso", "post_call_rules"),
    *("custom_team_metadata_validate", "custom_ui_sso_sign_in_handler"),
    *("use_aws_secret_manager", "key_management_system", "use_azure_key_vault"),
    *("global_bitbucket_config", "global_gitlab_config", "include"),
    *("plugins", "pass_through_endpoints", "search_tools", "assistant_settings"),
}
"""Settings with code of one's own, or that need another server."""


def settings(seed: int) -> Iterator[dict[str, dict[str, Any]]]:
    """Endless values of the component litellm."""
    random, known = Random(seed), flags_of("litellm").settings
    shaped = {section: sorted(_names(section) - SKIPPED) for section in (*KEYS, "")}
    names = {section: sorted(known[section] - SKIPPED) for section in KEYS}
    while True:
        values: dict[str, dict[str, Any]] = {}
        for _ in range(random.randint(1, MOST_SETTINGS)):
            section = random.choice((*KEYS, *KEYS, ""))
            of_all = section and random.random() > HOW_OFTEN_SHAPED
            name = random.choice((names if of_all else shaped)[section])
            values.setdefault(KEYS.get(section, "extraConfig"), {})[name] = random.choice(SHAPES)
        yield values


def _names(section: str) -> set[str]:
    shapes, types = table("litellm_shapes")[section], table("litellm_types").get(section, {})
    found = {name for names in [*shapes.values(), *types.values()] for name in names}
    fallbacks = {"fallbacks", "content_policy_fallbacks", "context_window_fallbacks", "default_fallbacks"}
    return found | (fallbacks if section in ("router_settings", "litellm_settings") else set())
