"""A waiver that waives nothing."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A waiver that waives nothing",
    needs="values",
    why="waivers.yaml beside a values file holds rules that are meant to be broken, each with its reason:\n\n"
    "```yaml\n- rule: programs/persistent-config\n  key: openwebui.persistentConfig\n"
    "  reason: settings are made in the page here\n```\n\nOne that hides nothing today would hide a mistake tomorrow."
    " Beside a shared base in another folder it may be for another site, and is left alone.",
    wrong="# values.yaml\nopenwebui:\n  persistentConfig: false\n# waivers.yaml\n"
    "- rule: programs/persistent-config\n  reason: settings are made in the page here",
    right="# values.yaml\nopenwebui:\n  persistentConfig: true\n# waivers.yaml\n"
    "- rule: programs/persistent-config\n  reason: settings are made in the page here",
)
check = said(__name__)
