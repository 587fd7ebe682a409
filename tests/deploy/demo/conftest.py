"""`told`: the demo on the embedded default, played once; several tests look at what came of it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from deploy.demo.story import Story, tell
from tests.deploy.demo.one_run import Demo


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Demo, Story]]:
    """The run, and the story it told."""
    demo, day = play(tmp_path_factory.mktemp("demo"))
    if day != date.today():  # the story is of one day: around midnight it is told again
        demo, day = play(tmp_path_factory.mktemp("demo"))
    yield demo, tell(day)
    demo.kill()


def play(folder: Path) -> tuple[Demo, date]:
    day = date.today()
    demo = Demo(folder).start()
    try:
        return demo.finish(), day
    except BaseException:
        demo.kill()
        raise


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """One to be started, in a folder of its own."""
    made = Demo(tmp_path)
    yield made
    made.kill()
