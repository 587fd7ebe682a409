"""`carriage`: the suite runs once for each channel there is; HTTPS is the one over the embedded queue of the store."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.channels.conftest import PAIRS
from tests.contract.inference.carriage import Carriage


class Carriages:
    """Makes a new channel, with nothing on it, for every gateway that is compared."""

    def __init__(self, request: pytest.FixtureRequest, folder: Path) -> None:
        self._request, self._folder, self._numbers = request, folder, itertools.count(1)
        self._made: list[Carriage] = []

    def fresh(self) -> Carriage:
        """The next one."""
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        made = Carriage(PAIRS[self._request.param](self._request, folder))
        self._made.append(made)
        return made

    def close(self) -> None:
        """All of them."""
        for each in self._made:
            each.close()


@pytest.fixture(params=PAIRS)
def carriages(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Carriages]:
    """Channels of one kind, as many as a test wants."""
    made = Carriages(request, tmp_path)
    yield made
    made.close()
