"""The programs of the release: each container with its program, its flags and the keys of its settings."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ai_server.checks.core.model import Severity
from ai_server.checks.core.views import RenderView, computed_once
from ai_server.checks.facts import flags_of
from ai_server.checks.facts.pins import build_of_tag, carries
from ai_server.checks.subjects.arguments import Argument, parse
from ai_server.checks.subjects.nodes import accelerator
from ai_server.checks.subjects.pods import ContainerSubject, containers
from ai_server.checks.subjects.provenance import sections
from ai_server.checks.subjects.variables import Variables
from ai_server.reading.profiles import Keys


@dataclass(frozen=True)
class ProgramContainer(ContainerSubject):
    """A container of the chart that runs a program."""

    def setting(self, *keys: str | int) -> Keys:
        """The nearest key of one of its settings: of its section in a node's entry, or in the component."""
        return self.nearest([(*section, *keys) for section in sections(self.origin)])

    def value(self, *keys: str | int) -> Any:
        """The value of one of its settings."""
        section = (self.origin.program,) if self.origin.program else ()
        return self.view.effective(self.key, *section, *keys)

    @property
    def accelerator(self) -> str:
        """What llama.cpp computes on at its node."""
        return accelerator(self.view, self.key)

    @cached_property
    def arguments(self) -> list[str]:
        """Its command line, with the values of variables that it refers to."""
        return [self.env.expanded(str(argument)) for argument in self.container.get("args") or []]

    @cached_property
    def parsed(self) -> list[Argument]:
        """Its command line as the program reads it."""
        return parse(flags_of(self.program), self.arguments)

    @cached_property
    def flags(self) -> list[tuple[str, str]]:
        """Its flags in order, each with its value ("" for none)."""
        return [
            (argument.flag, argument.values[0] if argument.values else "") for argument in self.parsed if argument.flag
        ]

    @cached_property
    def by_flag(self) -> dict[str, list[Argument]]:
        """The flags of its command line by main spelling; unknown flags by the flag itself."""
        by_flag: dict[str, list[Argument]] = {}
        for argument in self.parsed:
            if argument.flag:
                by_flag.setdefault(argument.name or argument.flag, []).append(argument)
        return by_flag

    @cached_property
    def by_chart(self) -> frozenset[str]:
        """The flags that the chart sets."""
        return frozenset(argument.name for argument in self.parsed if argument.name and not self.extra_key(argument))

    def extra_key(self, argument: Argument) -> Keys:
        """The key of an argument in extraArgs; () for one of the chart."""
        return self.given("args", argument.index)

    def argument_key(self, argument: Argument) -> Keys:
        """The key of an argument in extraArgs, else the section that the chart derives it from."""
        return self.extra_key(argument) or self.setting()

    @cached_property
    def extra(self) -> list[Argument]:
        """The arguments from extraArgs."""
        return [argument for argument in self.parsed if self.extra_key(argument)]

    @cached_property
    def same_version(self) -> bool:
        """Whether its image has the version that the flags were read from; another may accept other flags."""
        return carries(self.program, self.container["image"], flags_of(self.program).version)

    @property
    def severity(self) -> Severity | None:
        """The severity for an unknown name: a warning if another version runs."""
        return None if self.same_version else "warning"

    @property
    def version(self) -> str:
        """The version whose flags are known, with a note if another image runs."""
        version = f"{self.program} {flags_of(self.program).version}"
        return version if self.same_version else f"{version} (not the version of {self.container['image']})"

    def env_key(self, name: str) -> Keys:
        """The key of a variable, or of the setting that the chart takes it from."""
        return self.place("env", name)

    @cached_property
    def build(self) -> int:
        """The build number of llama.cpp: that of the image's tag, else the value, else that which the flags are of."""
        of_the_flags = "".join(letter for letter in flags_of("llama-server").version if letter.isdecimal())
        return build_of_tag(self.image.tag) or int(self.value("build") or of_the_flags or 0)

    @cached_property
    def build_known(self) -> bool:
        """Whether the image's tag has the build, or the user's files set it; else the chart assumes its default."""
        by_values = any(self.view.given(*owner, "build") for owner in (self.key, self.key[:1]))
        return by_values or build_of_tag(self.image.tag) is not None

    @property
    def build_name(self) -> str:
        """The build for a message, such as b11434, or b11434 (assumed)."""
        return f"b{self.build}" if self.build_known else f"b{self.build} (assumed)"

    @property
    def exposed(self) -> bool:
        """Whether an Ingress, an HTTPRoute or a Service exposes it to the network."""
        routed = self.value("ingress", "enabled") or self.value("httpRoute", "enabled")
        return bool(routed) or self.value("service", "type") not in (None, "ClusterIP")

    @property
    def router(self) -> bool:
        """Whether it is a llama-server with several models."""
        return "--models-preset" in self.arguments


def programs(view: RenderView, *names: str) -> list[ProgramContainer]:
    """The chart's containers that run one of these programs, or any program, pod by pod."""
    return view.look_at([server for server in _all(view) if not names or server.program in names])


def variables_of(view: RenderView, program: str) -> Variables:
    """The variables of the first container that runs a program; none if it is disabled."""
    return next((server.env for server in _all(view) if server.program == program), Variables())


@computed_once
def _all(view: RenderView) -> list[ProgramContainer]:
    return [
        ProgramContainer(view, container.pod, container.kind, container.index, container.container)
        for container in containers(view)
        if container.program and container.key and not container.pod.pod.of_hook
    ]
