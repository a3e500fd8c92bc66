"""Dynamic Resource Allocation: the claims of the pods, and the devices that drivers offer on the nodes."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ai_server.checks.core.views import ClusterView
from ai_server.checks.facts import table
from ai_server.checks.subjects.placement import Placed, placement
from ai_server.checks.subjects.pods import ObjectSubject, objects
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.manifests import Object

SPEC = {"ResourceClaim": ("spec",), "ResourceClaimTemplate": ("spec", "spec")}
"""Where each kind of claim has its devices."""
DRIVER = re.compile(r"""device\.driver\s*==\s*(['"])([^'"]+)\1""")
ATTRIBUTE = re.compile(r"""device\.attributes\[['"][^'"]+['"]\]\.(\w+)\s*==\s*(['"])([^'"]+)\2""")
"""The conditions in the DeviceClasses of AMD, Intel, NVIDIA and Kubernetes' example driver, in CEL."""


@dataclass(frozen=True)
class Request:
    """A request of a claim, and the first pod that has the claim."""

    claim: ObjectSubject
    index: int
    placed: Placed

    @property
    def exactly(self) -> Object:
        """What is requested; {} for a list of alternatives."""
        exactly: Object = _requests(self.claim)[self.index].get("exactly") or {}
        return exactly

    @property
    def device_class(self) -> str:
        """The DeviceClass; "" for a list of alternatives."""
        return str(self.exactly.get("deviceClassName") or "")

    @property
    def count(self) -> int:
        """The number of devices; 0 if it is not a fixed number."""
        all_of_them = self.exactly.get("allocationMode") == "All"
        return 0 if all_of_them else int(self.exactly.get("count") or 1)

    def field(self, name: str) -> tuple[str | int, ...]:
        """The path of a field of the request in its claim."""
        return (*SPEC[self.claim.object["kind"]], "devices", "requests", self.index, "exactly", name)


def claimed(view: ClusterView) -> Iterator[Request]:
    """The requests of every claim of the release that a pod of it has: once for each claim, and for each pod template
    that makes claims from a template.
    """
    claims = {(item.object["kind"], item.object["metadata"]["name"]): item for item in objects(view, *SPEC)}
    seen = set()
    for placed in placement(view).placed:
        for reference in placed.pod.spec.get("resourceClaims") or []:
            one = ("ResourceClaim", reference.get("resourceClaimName"))
            template = ("ResourceClaimTemplate", reference.get("resourceClaimTemplateName"))
            name = one if one in claims else template
            if name in claims and name not in seen:
                seen |= {name} if name == one else set()
                for index in range(len(_requests(claims[name]))):
                    yield Request(claims[name], index, placed)


def offered(facts: ClusterFacts, device_class: str) -> Mapping[str, int] | None:
    """The number of devices of a class by node; nodes without one are left out. None if it cannot be known: the facts
    do not say what the class selects, or a driver offers devices for several nodes.
    """
    conditions = _conditions(facts, device_class)
    if conditions is None:
        return None
    driver, attributes = conditions
    slices = [item["spec"] for item in facts.of_kind("ResourceSlice") if item["spec"].get("driver") == driver]
    if not all(spec.get("nodeName") for spec in slices):
        return None
    counted: defaultdict[str, int] = defaultdict(int)
    for spec in _newest(slices):
        counted[spec["nodeName"]] += sum(_matches(device, attributes) for device in spec.get("devices") or [])
    return {node: count for node, count in counted.items() if count}


def _requests(claim: ObjectSubject) -> list[Object]:
    spec = claim.object
    for step in SPEC[claim.object["kind"]]:
        spec = spec.get(step) or {}
    return (spec.get("devices") or {}).get("requests") or []


def _conditions(facts: ClusterFacts, device_class: str) -> tuple[str, dict[str, str]] | None:
    """The driver of a class, and the attributes that it requires; None if unknown."""
    classes = {item["metadata"]["name"]: item.get("spec") or {} for item in facts.of_kind("DeviceClass")}
    selectors = classes.get(device_class, {}).get("selectors") or []
    text = " && ".join((selector.get("cel") or {}).get("expression", "") for selector in selectors)
    drivers = {match[1] for match in DRIVER.findall(text)}
    if not text and device_class in table("dra_drivers"):
        return device_class, {}
    if len(drivers) != 1:
        return None
    # with alternatives, an attribute may be required or not: count all devices of the driver
    attributes = {} if "||" in text or "!" in text else {name: value for name, _, value in ATTRIBUTE.findall(text)}
    return drivers.pop(), attributes


def _newest(slices: list[Object]) -> Iterator[Object]:
    """The slices of each pool's newest generation: only those are valid."""
    generations: dict[str, int] = {}
    for spec in slices:
        name, generation = spec["pool"]["name"], spec["pool"].get("generation", 0)
        generations[name] = max(generation, generations.get(name, 0))
    return (spec for spec in slices if spec["pool"].get("generation", 0) == generations[spec["pool"]["name"]])


def _matches(device: Object, required: Mapping[str, str]) -> bool:
    """Whether a device has the required attributes; those that the facts do not list count as there."""
    attributes = device.get("attributes") or {}
    return all(attributes.get(name, {}).get("string", value) == value for name, value in required.items())
