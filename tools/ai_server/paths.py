"""The paths of the repository, its address, and the user's cache folder."""

from pathlib import Path

from ai_server.errors import UserError

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGED = Path(__file__).with_name("chart")
"""The chart in an installed package, where there is no repository."""
CHART = PACKAGED if PACKAGED.is_dir() else REPOSITORY / "charts" / "ai-server"
PROFILES = REPOSITORY / "values"
CI = REPOSITORY / "ci"
TOOLCHAIN = CI / "toolchain"
IMAGES = CI / "images"
DOCS = REPOSITORY / "docs"
HOME = "https://github.com/ai-server/ai-server"


def only_in_a_clone(what: str) -> None:
    """UserError in an installed package: only the repository has what the laboratory and the generator read."""
    if not CI.is_dir():
        raise UserError(f"{what} works only in a clone: git clone {HOME}")


def cache() -> Path:
    """The folder for built programs and cluster state, in the user's cache folder; respects XDG_CACHE_HOME."""
    import platformdirs

    return platformdirs.user_cache_path("ai-server")


def data() -> Path:
    """The folder for what users want to keep, such as the chats of a trial; respects XDG_DATA_HOME."""
    import platformdirs

    return platformdirs.user_data_path("ai-server")
