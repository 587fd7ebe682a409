"""`channel`: the contract suite runs once for each channel listed here."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.channels.amqp_pair import AmqpPair
from tests.contract.channels.https_pair import HttpsPair
from tests.contract.channels.pairs import ChannelPair, MemoryPair

PAIRS: dict[str, Callable[[pytest.FixtureRequest, Path], MemoryPair | AmqpPair | HttpsPair]] = {
    "memory": lambda request, folder: MemoryPair(),
    "amqp": lambda request, folder: AmqpPair(request.getfixturevalue("rabbitmq"), folder),
    "https": lambda request, folder: HttpsPair(folder),
}


@pytest.fixture(params=PAIRS)
def channel(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ChannelPair]:
    """Both ends of one channel, new and empty."""
    pair = PAIRS[request.param](request, tmp_path)
    yield pair
    pair.close()


@pytest.fixture
def amqp(rabbitmq: object, tmp_path: Path) -> Iterator[AmqpPair]:
    """RabbitMQ alone, for what only a broker does."""
    pair = AmqpPair(rabbitmq, tmp_path)  # type: ignore[arg-type]
    yield pair
    pair.close()
