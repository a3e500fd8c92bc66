"""Asks an image's registry which processors it is built for: the registry's HTTP API, OCI distribution-spec 1.1."""

from functools import partial
from types import MethodType
from typing import Any

from ai_server.errors import UserError

TIMEOUT_SECONDS = 10


def platforms(image: str, *, insecure: bool = False) -> list[str]:
    """The processors (amd64, arm64) of an image, by its index or, of an image for one, by its configuration; [] for one
    that says neither. insecure: by plain http.

    UserError when the registry cannot be asked, or has no such image.
    """
    from oras.provider import Registry

    registry: Any = Registry(insecure=insecure, tls_verify=not insecure)
    # asked once and soon: the library's own way waits two minutes for a registry that is not there
    registry.do_request = MethodType(Registry.do_request.__wrapped__, registry)
    registry.session.request = partial(registry.session.request, timeout=TIMEOUT_SECONDS)
    try:
        container: Any = registry.get_container(image)
        manifest = registry.get_manifest(container, allowed_media_type=MEDIA_TYPES)
        parts = [each.get("platform") or {} for each in manifest.get("manifests") or []]
        config = manifest.get("config") or {}
        if not parts and "digest" in config:
            parts = [registry.get_blob(container, config["digest"]).json()]
    except Exception as error:
        reason = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
        hint = "leave --online out, and say its processors in image.platforms"
        raise UserError(f"the registry of {image} cannot be asked: {reason}", hint=hint) from None
    return sorted({str(each.get("architecture", "")) for each in parts} - {"", "unknown"})


MEDIA_TYPES = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
]
