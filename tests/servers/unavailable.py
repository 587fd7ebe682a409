"""What a test does without its server: skip with the line that says what to install, or fail where CI=true."""

from typing import NoReturn

import pytest

from deploy.servers.__main__ import required
from deploy.servers.missing import ServerMissing


def give_up(reason: ServerMissing) -> NoReturn:
    """Skip the test, or fail it when CI=true."""
    if required():
        pytest.fail(f"CI=true allows no skip: {reason}", pytrace=False)
    pytest.skip(str(reason))
