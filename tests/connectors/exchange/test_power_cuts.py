"""A process may die at any point: while reading, between two transactions, around a send, a sink call or an acknowledgement.

A cut is injected at every single point of a story in turn; then the process starts again from its ledger. The end is always the same:
every notice reached the gateway, none was told twice under two ids, every alert was shown, every retraction taken back.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.channel.port import ConnectorEnd, Parcel
from connectors.ledger.ledger import Ledger, Unit
from connectors.sinks.port import Delivery
from mappings.canonical.codes import AlertEvent, NoticeEvent
from tests.connectors.office import SCHOOL, Desktop, Office, involvement, quick_folder
from tests.counterparts import an_alert, by_event


class PowerCut(BaseException):
    """Nothing in the program can catch this and go on."""


class Fuse:
    """Cuts the power at the `at`-th point; never where `at` is 0."""

    def __init__(self, at: int = 0) -> None:
        self.at = at
        self.passed = 0

    def point(self) -> None:
        """One point at which the process may die."""
        self.passed += 1
        if self.passed == self.at:
            raise PowerCut


class FusedChannel:
    """A channel end with points before and after everything that leaves."""

    def __init__(self, end: ConnectorEnd, fuse: Fuse) -> None:
        self._end = end
        self._fuse = fuse

    def send(self, sealed: bytes) -> None:
        self._fuse.point()
        self._end.send(sealed)
        self._fuse.point()

    def take(self, limit: int, wait: float) -> list[Parcel]:
        return self._end.take(limit, wait)

    def acknowledge(self, parcels: Sequence[Parcel]) -> None:
        self._fuse.point()
        self._end.acknowledge(parcels)
        self._fuse.point()

    def release(self, parcels: Sequence[Parcel]) -> None:
        self._end.release(parcels)

    def close(self) -> None:
        self._end.close()


class FusedDesktop(Desktop):
    """A sink with points before and after."""

    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self._fuse = fuse

    def deliver(self, delivery: Delivery) -> None:
        self._fuse.point()
        super().deliver(delivery)
        self._fuse.point()


def fuse_ledger(monkeypatch: pytest.MonkeyPatch, fuse: Fuse) -> None:
    """Points before every transaction, inside it before the commit, and after the commit."""
    write = Ledger.write

    @contextmanager
    def fused(self: Ledger) -> Iterator[Unit]:
        fuse.point()
        with write(self) as unit:
            yield unit
            fuse.point()
        fuse.point()

    monkeypatch.setattr(Ledger, "write", fused)


def start_again(office: Office, fuse: Fuse) -> None:
    """A new process on the same machine: a ledger opened afresh, leases given up, the rest of the world as it was."""
    office.ledger.close()
    office.channel.close()
    fuse.at = 0
    office.ledger = office.open_ledger()


def stories(office: Office) -> list[Callable[[], object]]:
    """Two mornings, with alerts in between, one of which is retracted."""
    ref, person = office.references.involvement("I1"), office.references.person("C1")
    alerts = [
        an_alert(SCHOOL, person, ref, office.clock(), version=1),
        an_alert(SCHOOL, person, ref, office.clock(), version=2, event=AlertEvent.RETRACTED),
    ]
    return [
        lambda: office.publish(involvement(1), involvement(2), involvement(3)),
        lambda: (office.gateway.take(), office.deliver()),
        lambda: (office.gateway.send_alerts(alerts[0]), office.deliver()),
        lambda: (office.gateway.send_alerts(alerts[1]), office.deliver()),
        lambda: office.publish(involvement(1, worker="Sam New"), involvement(3), involvement(4)),
    ]


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, cut_at: int) -> tuple[Office, int]:
    """The story with one cut; after it, whatever step was under way is done again by a new process."""
    fuse = Fuse()
    office = Office(folder)
    office.channel = FusedChannel(office.channel, fuse)  # type: ignore[assignment]
    office.desktop = FusedDesktop(fuse)
    office.sinks = (office.desktop,)
    with monkeypatch.context() as patch:
        fuse_ledger(patch, fuse)
        fuse.at = cut_at
        for step in stories(office):
            try:
                step()
            except PowerCut:
                start_again(office, fuse)
                office.post()
                office.deliver()
                if not office.desktop.shown or office.desktop.shown[0].alert.event is AlertEvent.MADE:
                    step()
        points, fuse.at = fuse.passed, 0
        for _ in range(4):
            office.clock.wait(hours=3)
            office.post()
            office.exchange()
    return office, points


def test_whatever_the_moment_nothing_is_lost_and_nothing_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    with quick_folder() as parent:
        _cut_everywhere(parent, monkeypatch)


def _cut_everywhere(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, points = run(_folder(parent, 0), monkeypatch, 0)
    expected = {NoticeEvent.STARTED: 4, NoticeEvent.CHANGED: 1, NoticeEvent.ENDED: 1}
    assert by_event(whole.gateway.notices) == expected
    assert points > 60
    for cut in range(1, points + 1):
        office, _ = run(_folder(parent, cut), monkeypatch, cut)
        assert by_event(office.gateway.notices) == expected, f"cut at point {cut}"
        assert len(office.gateway.live()) == 3
        assert set(office.outbox()) == {"settled"}, f"cut at point {cut}"
        assert [one.alert.event for one in office.desktop.shown] in (
            [AlertEvent.MADE, AlertEvent.RETRACTED],
            [AlertEvent.RETRACTED],
            [],
        ), f"cut at point {cut}"
        with office.ledger.read() as unit:
            assert list(unit.connections.current()) == []
        office.ledger.close()


def _folder(parent: Path, cut: int) -> Path:
    folder = parent / f"cut-{cut}"
    folder.mkdir()
    return folder
