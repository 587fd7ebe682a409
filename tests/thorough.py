"""How long a test goes on: short in the suite, at full length in `make chaos`."""

import os
from typing import TypeVar

T = TypeVar("T")
THOROUGH = os.environ.get("TESTS_LENGTH") == "full"


def at_length(short: T, full: T) -> T:
    """How many rounds, examples or cases."""
    return full if THOROUGH else short
