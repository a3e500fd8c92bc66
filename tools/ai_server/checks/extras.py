"""Where what users add to pods was written: extraVolumes, extraContainers, mounts."""

from ai_server.checks.findings import Context
from ai_server.manifests import Object
from ai_server.profiles import Keys


def extra(context: Context, owner: Keys, field: str, name: str) -> Keys:
    """The item of that name in a pod's field (extraVolumes, extraContainers, ...): the component's own, else
    everybody's; without such an item, the field, else the owner.
    """
    places = [context.setting(owner, "pod", field), ("global", "pod", field)]
    for keys in places:
        for index, each in enumerate(context.get(*keys) or []):
            if isinstance(each, dict) and each.get("name") == name:
                return (*keys, index)
    return next((keys for keys in places if context.given(*keys)), owner)


def added(context: Context, owner: Keys, container: Object) -> Keys:
    """The item of the user's own extraContainers or extraInitContainers that a container comes from, else the owner."""
    places = [extra(context, owner, field, container["name"]) for field in ("extraContainers", "extraInitContainers")]
    return next((keys for keys in places if isinstance(keys[-1:] and keys[-1], int)), owner)
