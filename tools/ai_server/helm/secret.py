"""Creates the Secret of a release, for renders without a cluster: Argo CD, Flux, helm template."""

import secrets
import string
from typing import Any

from ai_server.kube.names import must_be_valid

KEYS = {
    "BACKEND_API_KEY": "",
    "LITELLM_MASTER_KEY": "sk-",
    "LITELLM_SALT_KEY": "sk-",
    "WEBUI_ADMIN_PASSWORD": "",
    "WEBUI_SECRET_KEY": "",
}
"""Each key of the Secret and its prefix; the chart's templates/secret.yaml creates the same keys."""
LENGTH = 40


def new_secret(release: str = "ai-server", namespace: str = "ai-server", name: str = "") -> dict[str, Any]:
    """A Secret with new random keys; its default name is that of the chart's own Secret. UserError for a name that
    Kubernetes rejects.
    """
    must_be_valid("--release", release)
    must_be_valid("--namespace", namespace)
    must_be_valid("--name", name or f"{release}-keys")
    alphabet = string.ascii_letters + string.digits
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name or f"{release}-keys", "namespace": namespace},
        "type": "Opaque",
        "stringData": {
            key: prefix + "".join(secrets.choice(alphabet) for _ in range(LENGTH)) for key, prefix in KEYS.items()
        },
    }
