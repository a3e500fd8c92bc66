"""A runtime class that is not there."""

from ai_server.checks.engine.registry import rule
from ai_server.checks.subjects.classes import missing

rule("cluster/no-such-runtime-class")(missing("RuntimeClass", "pod", "runtimeClassName"))
