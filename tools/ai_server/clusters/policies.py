"""placeholder"""


def enforce(cluster: object) -> None:
    """placeholder"""
