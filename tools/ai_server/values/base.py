"""The base class of all values sections, and the types that they share."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Section(BaseModel):
    """An object in values.yaml: no unknown keys, camelCase, a default for every key; docstrings become comments."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
        json_schema_serialization_defaults_required=True,
    )


class KubernetesShape:
    """Marks a value that Kubernetes defines; the generated schema embeds Kubernetes' own definition."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"x-kubernetes": f"io.k8s.{self.kind}"}


class AnyObject:
    """Marks a Kubernetes object of any kind: what each has is required, and the rest is open."""

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        text = {"type": "string", "minLength": 1}
        metadata = {"type": "object", "required": ["name"], "properties": {"name": text}}
        properties = {"apiVersion": text, "kind": text, "metadata": metadata}
        return {"type": "object", "required": list(properties), "properties": properties}


ExtraObject = Annotated[dict[str, Any], AnyObject()]
Affinity = Annotated[dict[str, Any], KubernetesShape("api.core.v1.Affinity")]
Container = Annotated[dict[str, Any], KubernetesShape("api.core.v1.Container")]
EnvFromSource = Annotated[dict[str, Any], KubernetesShape("api.core.v1.EnvFromSource")]
EnvVarSource = Annotated[dict[str, Any], KubernetesShape("api.core.v1.EnvVarSource")]
HostAlias = Annotated[dict[str, Any], KubernetesShape("api.core.v1.HostAlias")]
LocalObjectReference = Annotated[dict[str, Any], KubernetesShape("api.core.v1.LocalObjectReference")]
PodDNSConfig = Annotated[dict[str, Any], KubernetesShape("api.core.v1.PodDNSConfig")]
PodSecurityContext = Annotated[dict[str, Any], KubernetesShape("api.core.v1.PodSecurityContext")]
SecurityContext = Annotated[dict[str, Any], KubernetesShape("api.core.v1.SecurityContext")]
Toleration = Annotated[dict[str, Any], KubernetesShape("api.core.v1.Toleration")]
TopologySpreadConstraint = Annotated[dict[str, Any], KubernetesShape("api.core.v1.TopologySpreadConstraint")]
Volume = Annotated[dict[str, Any], KubernetesShape("api.core.v1.Volume")]
VolumeMount = Annotated[dict[str, Any], KubernetesShape("api.core.v1.VolumeMount")]
VolumeSource = Annotated[dict[str, Any], KubernetesShape("api.core.v1.VolumeSource")]


def form(pattern: str, words: str, *, more: str = "", example: str = "", unit: str = "") -> Any:
    """The form of a string: an RE2 pattern, as Helm requires, and a description of it for editors and findings.

    more: a note that follows the description. unit: the unit that a number without one probably lacks.
    """
    extra: dict[str, Any] = {"patternErrorMessage": f"{words}; {more}" if more else words}
    if example:
        extra["examples"] = [example]
    elif more:
        extra["x-write"] = words
    if unit:
        extra["x-unit"] = unit
    return Field(pattern=pattern, json_schema_extra=extra)


class FilledByHelm:
    """Marks a value that Helm itself adds: allowed, never required, and not for people to set."""

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(core_schema), "x-filled-by-helm": True}


class Partial:
    """Marks a section in which only some keys are set: the others come from a section above it."""

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(core_schema), "x-partial": True}


def within(least: float, most: float, why: str, *, ask: str = "") -> Any:
    """The inclusive range of a number, and the reason for it, for findings; ask: the number to use, if only a command
    shows it.
    """
    extra: dict[str, Any] = {"rangeErrorMessage": why, "x-ask": ask} if ask else {"rangeErrorMessage": why}
    return Field(ge=least, le=most, json_schema_extra=extra)


YEAR = 31_536_000
Port = Annotated[int, within(1, 65535, "the range of TCP ports")]
NodePort = Annotated[int, within(0, 65535, "the range of TCP ports; 0 lets Kubernetes choose")]
Seconds = Annotated[int, within(0, YEAR, "seconds, up to a year")]
LeastOneSecond = Annotated[int, within(1, YEAR, "0 would time out every request")]
StartupSeconds = Annotated[int, within(10, 604_800, "programs take between 10 s and a week to start")]
DeadlineSeconds = Annotated[int, within(1, YEAR, "0 would fail every roll-out")]
Retries = Annotated[int, within(0, 100, "each retry delays the answer")]
AtLeastOne = Annotated[int, within(1, 65_536, "0 would answer no request")]
Tokens = Annotated[int, within(0, 100_000_000, "tokens; 0 means the model's own limit")]
Batch = Annotated[int, within(0, 1_048_576, "tokens that are processed together; 0 lets the chart choose")]
Quantity = Annotated[
    str,
    form(
        r"^([0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?)?$",
        "an amount of memory in Kubernetes' units, such as 24Gi or 512Mi",
        more='"" is unset',
        example="24Gi",
        unit="Gi",
    ),
]
EntryName = Annotated[
    str,
    form(
        r"^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$",
        "a short name of lower-case letters, digits and '-', at most 32 characters, since it becomes part of"
        " object names",
        more="a node's full name goes to its key 'node'",
    ),
]
ModelName = Annotated[
    str,
    form(
        r"^[A-Za-z0-9]([-A-Za-z0-9._:/@+]*[A-Za-z0-9])?$",
        "a model's name: letters, digits, and '.', '_', ':', '-', '/', '@' and '+' in it",
    ),
]
Alias = Annotated[
    str,
    form(
        r"^[A-Za-z0-9]([-A-Za-z0-9._:/@+]*[A-Za-z0-9])?$",
        "a name that clients ask for: letters, digits, and '.', '_', ':', '-', '/', '@' and '+' in it",
    ),
]
HostName = Annotated[
    str,
    form(
        r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
        "a host name of lower-case letters, digits, '-' and '.', without https://, port and path",
    ),
]
SecretName = Annotated[
    str,
    form(r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$", "the name of a Secret: lower-case letters, digits, '-' and '.'"),
]
PublicPath = Annotated[str, form(r"^/[-A-Za-z0-9._~/]*$", "a path that begins with /, of letters, digits and -._~/")]
EnvName = Annotated[str, form(r"^[A-Za-z_][A-Za-z0-9_]*$", "a variable's name: letters, digits and '_'")]
AbsolutePath = Annotated[str, form(r"^(/.*)?$", "a path that begins with /")]
ModelsPath = Annotated[str, form(r"^(/+[^/].*)?$", "the full path of a folder below /", example="/data/ai-models")]
OneLine = Annotated[str, form(r"^[^\n\r]*$", "a text of one line")]
SubPath = Annotated[str, form(r"^([^/].*)?$", "a path in the volume, so it does not begin with /")]
RelativePath = Annotated[str, form(r"^([^/].*)?$", "a path below global.modelsPath, so it does not begin with /")]
Digest = Annotated[str, form(r"^(sha256:[0-9a-f]{64})?$", "sha256: and 64 hexadecimal digits")]
