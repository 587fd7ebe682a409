"""The version of the installed program, as it is told to people and, in every envelope, to the gateway."""

from functools import cache
from importlib import metadata

DISTRIBUTIONS = ("patchwork-connector", "patchwork-gateway")


@cache
def software_version() -> str:
    """Such as 0.1.0; empty where the source runs without having been installed."""
    for distribution in DISTRIBUTIONS:
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return ""
