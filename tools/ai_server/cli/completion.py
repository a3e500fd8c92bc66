"""What the shell offers for the value of an option; `ai-server --install-completion` sets it up."""


def rules(start: str) -> list[str]:
    """The ids of rules that begin with a text."""
    from ai_server.checks.core.pages import CATEGORIES, FOLDER

    names = (f"{category}/{file.stem}" for category in CATEGORIES for file in (FOLDER / category).glob("*.md"))
    return sorted(name for name in names if name.startswith(start))


def profiles(start: str) -> list[str]:
    """The profiles below values/ that begin with a text; none in an installed package."""
    from ai_server.reading.profiles import profiles as all_profiles

    return [name for name in all_profiles() if name.startswith(start)]


def backends(start: str) -> list[str]:
    """The backends of clusters that begin with a text."""
    from ai_server.lab.clusters import BACKENDS

    return [name for name in BACKENDS if name.startswith(start)]


def kube_versions(start: str) -> list[str]:
    """The minor versions of Kubernetes that begin with a text."""
    from ai_server.kube.kubeversion import SUPPORTED

    return [version for version in SUPPORTED if version.startswith(start)]


def clients(start: str) -> list[str]:
    """The clients of `connect` that begin with a text."""
    from ai_server.connect.clients import clients as all_clients

    return [name for name in all_clients() if name.startswith(start)]
