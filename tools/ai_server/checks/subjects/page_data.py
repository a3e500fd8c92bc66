"""Where Open WebUI stores its data: in its claim, or in PostgreSQL."""

from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.pods import containers
from ai_server.checks.subjects.programs import variables_of
from ai_server.checks.subjects.variables import Variables
from ai_server.reading.profiles import Keys

DATABASE = "Open WebUI's database"


def page_env(view: RenderView) -> Variables:
    """The variables of Open WebUI's container; none if it is disabled."""
    return variables_of(view, "openwebui")


def postgres(env: Variables, *variables: str) -> bool:
    """Whether the first of these variables that is set, or DATABASE_HOST, names a PostgreSQL server.

    An address from a Secret, or a variable from envFrom, may be one.
    """
    url = next((env[name] for name in variables if name in env), {} if env.more else "")
    return isinstance(url, dict) or str(url or "").startswith("postgres") or bool(env.get("DATABASE_HOST"))


def sqlite(env: Variables) -> str:
    """The data that is in SQLite in the claim: the database, or Chroma's index of documents; "" for none."""
    if not postgres(env, "DATABASE_URL"):
        return DATABASE
    documents = str(env.get("BYPASS_EMBEDDING_AND_RETRIEVAL", "")).lower() != "true"
    chroma = env.get("VECTOR_DB", "chroma") == "chroma" and not env.get("CHROMA_HTTP_HOST")
    return "Chroma's index of documents" if documents and chroma else ""


def users_claim(view: RenderView) -> tuple[str, Keys]:
    """The custom claim that holds Open WebUI's data, and the key that names it; "" without one."""
    folder = page_env(view).get("DATA_DIR")
    for container in containers(view):
        for mount in container.mounts if container.program == "openwebui" else []:
            volume = next((volume for volume in container.pod.volumes if volume["name"] == mount["name"]), {})
            name = (volume.get("persistentVolumeClaim") or {}).get("claimName", "")
            if name and mount["mountPath"] == folder and not view.manifests.has("PersistentVolumeClaim", name):
                return name, container.pod.written("volumes", mount["name"], "persistentVolumeClaim")
    return "", ()
