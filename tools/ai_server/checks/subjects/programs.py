"""The programs of the release: each container with its program, its flags and the keys of its settings."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ai_server.checks.engine.model import Severity
from ai_server.checks.engine.views import RenderView, computed_once
from ai_server.checks.facts import flags_of
from ai_server.checks.facts.pins import carries
from ai_server.checks.subjects.arguments import Argument, parse
from ai_server.checks.subjects.builds import build_of_tag
from ai_server.checks.subjects.origins import Origin, origin, own_containers
from ai_server.kube.image_name import parse as parse_image
from ai_server.kube.manifests import Object, Pod
from ai_server.reading.profiles import Keys


@dataclass(frozen=True)
class ProgramContainer:
    """A container of the chart, and its program."""

    program: str
    pod: Pod
    container: Object
    view: RenderView

    @cached_property
    def origin(self) -> Origin:
        """The source of its settings."""
        return own_containers()[self.container["name"]].origin(origin(self.pod.owner))

    @property
    def owner(self) -> Keys:
        """The entry of its settings: (rocm, nodes, halo), (litellm,)."""
        return self.origin.key

    @property
    def _section(self) -> Keys:
        """The section of the entry that has its settings: (vllm,); () for the entry itself."""
        return (self.origin.program,) if self.origin.program else ()

    def key(self, *keys: str | int) -> Keys:
        """The key of one of its settings."""
        return self.view.setting(self.owner, *self._section, *keys)

    def value(self, *keys: str | int) -> Any:
        """The value of one of its settings."""
        return self.view.effective(self.owner, *self._section, *keys)

    def resources(self, kind: str) -> Object:
        """Its limits or requests, by resource."""
        amounts: Object = (self.container.get("resources") or {}).get(kind) or {}
        return amounts

    @cached_property
    def arguments(self) -> list[str]:
        """Its command line."""
        return list(self.container.get("args") or [])

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

    def extra_key(self, argument: Argument) -> Keys:
        """The key of an argument in extraArgs; () for one of the chart."""
        key, given = self._extra
        index = argument.index - (len(self.arguments) - len(given))
        return (*key, index) if index >= 0 else ()

    @property
    def extra(self) -> list[Argument]:
        """The arguments from extraArgs."""
        count = len(self.arguments) - len(self._extra[1])
        return [argument for argument in self.parsed if argument.index >= count]

    @cached_property
    def _extra(self) -> tuple[Keys, list[Any]]:
        """The key of its extraArgs, and their value."""
        key = self.key("extraArgs")
        return key, self.view.get(*key) or []

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

    def canonical(self, flag: str) -> str:
        """The main spelling of a flag (vLLM accepts underscores and unique prefixes); the flag itself if unknown."""
        return flags_of(self.program).canonical(flag) or flag.partition("=")[0]

    @cached_property
    def env(self) -> dict[str, Any]:
        """Its variables: the text, or the map of a reference."""
        variables: list[Object] = self.container.get("env") or []
        return {item["name"]: item.get("value", item.get("valueFrom")) for item in variables}

    def argument_key(self, flag: str) -> Keys:
        """The key that sets a flag: in extraArgs, or the section that the chart derives it from."""
        base, given = self._extra
        for index, argument in enumerate(given):
            if str(argument).partition("=")[0] == flag:
                return (*base, index)
        return base if given else base[:-1]

    def env_key(self, name: str) -> Keys:
        """The key of a variable: in extraEnv of the component, or of all containers."""
        key = self.key("extraEnv", name)
        shared: Keys = ("global", "container", "extraEnv", name)
        return shared if not self.view.given(*key) and self.view.given(*shared) else key

    @cached_property
    def build(self) -> int:
        """The build number of llama.cpp: that of the image's tag, else the value, else that which the flags are of."""
        tag = parse_image(str(self.container["image"])).tag
        of_the_flags = "".join(letter for letter in flags_of("llama-server").version if letter.isdigit())
        return build_of_tag(tag) or int(self.value("build") or of_the_flags or 0)

    @property
    def exposed(self) -> bool:
        """Whether an Ingress or a Service exposes it to the network."""
        return bool(self.value("ingress", "enabled")) or self.value("service", "type") not in (None, "ClusterIP")

    @property
    def router(self) -> bool:
        """Whether it is a llama-server with several models."""
        return "--models-preset" in self.arguments


def programs(view: RenderView, *names: str) -> list[ProgramContainer]:
    """The chart's containers that run one of these programs, or any program, pod by pod."""
    return [server for server in _all(view) if not names or server.program in names]


def variables_of(view: RenderView, program: str) -> dict[str, Any]:
    """The variables of the first container that runs a program: texts, or maps of a reference; {} if it is disabled."""
    return next((server.env for server in programs(view, program)), {})


@computed_once
def _all(view: RenderView) -> list[ProgramContainer]:
    runs = {name: own.runs for name, own in own_containers().items() if own.runs}
    return [
        ProgramContainer(runs[container["name"]], pod, container, view)
        for pod in view.manifests.running()
        for container in pod.containers(init=False)
        if container["name"] in runs and origin(pod.owner).key
    ]
