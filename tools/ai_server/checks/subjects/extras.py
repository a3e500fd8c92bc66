"""Where what users add to pods was written: extraVolumes, extraContainers, mounts."""

from posixpath import normpath

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.views import RenderView
from ai_server.kube.manifests import Object, Pod
from ai_server.reading.profiles import Keys


def extra(view: RenderView, owner: Keys, field: str, name: str) -> Keys:
    """The item of that name in a pod's field (extraVolumes, extraContainers, ...): the component's own, else
    everybody's; without such an item, the field, else the owner.
    """
    places = [view.setting(owner, "pod", field), ("global", "pod", field)]
    for keys in places:
        for index, each in enumerate(view.get(*keys) or []):
            if isinstance(each, dict) and each.get("name") == name:
                return (*keys, index)
    return next((keys for keys in places if view.given(*keys)), owner)


def added(view: RenderView, owner: Keys, container: Object) -> Keys:
    """The item of the user's own extraContainers or extraInitContainers that a container comes from, else the owner."""
    places = [extra(view, owner, field, container["name"]) for field in ("extraContainers", "extraInitContainers")]
    return next((keys for keys in places if isinstance(keys[-1:] and keys[-1], int)), owner)


FOLDERS = {"models": "modelsPath", "vllm-cache": "cachePath", "comfyui-data": "dataPath"}
"""The settings that the chart makes volumes of the node's folders from; a model's path is the same in the container."""


def folder(mount: Object) -> str:
    """Where a mount is, without what means nothing in a path."""
    return normpath(str(mount.get("mountPath") or "/"))


def mount_key(view: RenderView, pod: Pod, container: Object, mount: Object) -> Keys:
    """Where a mount of a container was written: in extraVolumeMounts, in the setting of its volume, or the field."""
    name, owner = container["name"], origin(pod.owner)
    if name in ("litellm", "openwebui"):
        owner = (name,)
    inner = (name,) if name in ("vllm", "comfyui", "speech") else ()
    keys = view.setting(owner, *inner, "extraVolumeMounts")
    for index, each in enumerate(view.get(*keys) or []):
        if isinstance(each, dict) and folder(each) == folder(mount):
            return (*keys, index)
    if mount["name"] in FOLDERS:
        field = FOLDERS[mount["name"]]
        places = [view.setting(owner, *inner, field), view.setting(owner, field), ("global", field)]
        return next((place for place in places if view.given(*place)), keys)
    return keys
