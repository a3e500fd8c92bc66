"""Every path of the repository, and the user's cache folder, once."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGED = Path(__file__).with_name("chart")
"""The chart in an installed package, where there is no repository."""
CHART = PACKAGED if PACKAGED.is_dir() else REPOSITORY / "charts" / "ai-server"
PROFILES = REPOSITORY / "values"
CI = REPOSITORY / "ci"
TOOLCHAIN = CI / "toolchain"
IMAGES = CI / "images"
DOCS = REPOSITORY / "docs"


def cache() -> Path:
    """The folder for built programs and cluster state, under the user's cache folder; honours XDG_CACHE_HOME."""
    import platformdirs

    return platformdirs.user_cache_path("ai-server")
