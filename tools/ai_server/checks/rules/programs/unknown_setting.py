"""A setting that LiteLLM does not know."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.facts import flags_of
from ai_server.checks.subjects.programs import programs
from ai_server.near import nearest

SECTIONS = {
    "routerSettings": "router_settings",
    "litellmSettings": "litellm_settings",
    "generalSettings": "general_settings",
}

ASKED_BY_NAME = ("enable_post_custom_auth_checks", "forward_llm_provider_auth_headers", "default_mcp_sampling_model")
"""litellm_settings that LiteLLM declares nowhere and reads by getattr(litellm, NAME)."""


@rule("programs/unknown-setting")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each key of the three sections that the version does not have."""
    known = flags_of("litellm")
    # the manifests may be missing where something else is wrong: then there is no image to ask
    there = next((each for each in programs(view) if each.program == "litellm"), None)
    version, severity = (there.version, there.severity) if there else (f"litellm {known.version}", None)
    for key, section in SECTIONS.items():
        names = known.settings[section]
        for name in view.get("litellm", key) or {}:
            view.count("settings of LiteLLM")
            if name not in names and name not in ASKED_BY_NAME:
                near = nearest(name, names)
                hint = f"; did you mean {near}?" if near else ""
                message = f"{version} has no {name} in {section}{hint}"
                yield Violation(
                    ("litellm", key, name), message, f"write {near}" if near else "take it out", severity=severity
                )
