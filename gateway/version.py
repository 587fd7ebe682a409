"""The version of the installed distribution."""

from importlib.metadata import PackageNotFoundError, version

DISTRIBUTION = "patchwork-gateway"


def software_version() -> str:
    """Such as 0.1.0; `unpackaged` where the source runs without having been installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unpackaged"
