"""Many notices at once leave the ledger and the outbox as they would be one by one."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.exchange import posting
from connectors.ledger.positions import Positions
from connectors.publishing import applying, comparing
from mappings.canonical.codes import NoticeEvent, Sensitivity
from mappings.canonical.identifiers import InvolvementRef, MessageId
from mappings.canonical.involvement import Involvement
from mappings.canonical.notice import Notice, Sequence
from tests.connectors.office import MONDAY, Office, involvement

NO_ID = MessageId("00000000-0000-4000-8000-000000000000")
WORKERS = ("Alex Worker", "Sam Other", "Kim Third", "")


def caseload(changed: bool = False) -> list[Involvement]:
    """Four workers; the second has one private client, and later none while the third has one."""
    private = 10 if changed else 5
    stated = []
    for number in range(1, 24):
        sensitivity = Sensitivity.SENSITIVE if number == private else Sensitivity.STANDARD
        start = date(2025, 9, 2) if changed and number % 3 == 0 else date(2025, 9, 1)
        stated.append(
            involvement(number, worker=WORKERS[number % 4], worker_id="", sensitivity=sensitivity, start=start)
        )
    return [each for each in stated if not changed or each.local_id not in ("I7", "I8")]


def told(folder: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Notice], list[Any], list[Any]]:
    """What the gateway heard, and what the ledger holds, where so many are treated at once."""
    folder.mkdir()
    monkeypatch.setattr(applying, "_BATCH", size)
    monkeypatch.setattr(comparing, "_BATCH", size)
    monkeypatch.setattr(posting, "_FEWEST", size)
    monkeypatch.setattr(posting, "_MOST", size)
    office = Office(folder)
    office.publish(*caseload())
    office.exchange()
    office.next_day()
    office.publish(*caseload(changed=True))
    office.publish_due()
    office.exchange()
    with office.ledger.read() as unit:
        kept = unit.db.execute(
            "SELECT ref, person_ref, source, status, fingerprint, local_mark, end_date, confirmed, told_confirmed, band_until, epochs, digest,"
            " refused, again, missing_since, veiled, unconfirmed_since FROM involvement ORDER BY ref"
        ).fetchall()
        workers = unit.db.execute("SELECT mark, ref, private FROM worker ORDER BY mark, ref").fetchall()
    return office.gateway.notices, kept, workers


def state_of(notices: list[Notice]) -> dict[InvolvementRef, Notice]:
    """The last that was said of each involvement; ids and counts are others each time."""
    alike: dict[str, Any] = {"id": NO_ID, "sequence": Sequence("always", 1)}
    return {notice.involvement_ref: replace(notice, **alike) for notice in notices}


def test_treated_one_by_one_or_all_at_once_the_same_is_told_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = told(tmp_path / "at once", 1_000, monkeypatch)
    for size in (1, 4):
        notices, kept, workers = told(tmp_path / str(size), size, monkeypatch)
        assert (kept, workers) == at_once[1:]
        assert state_of(notices) == state_of(at_once[0])
    events = [notice.event for notice in at_once[0]]
    assert {NoticeEvent.STARTED, NoticeEvent.CHANGED, NoticeEvent.ENDED} <= set(events)
    assert any(not notice.worker.name for notice in at_once[0] if notice.sensitivity is Sensitivity.STANDARD)


def test_counts_that_are_taken_together_are_those_taken_one_after_the_other(tmp_path: Path) -> None:
    office = Office(tmp_path)
    with office.ledger.write() as unit:
        positions: Positions = unit.positions
        together = positions.take(3, MONDAY)
        then = positions.next(MONDAY)
        assert positions.take(0, MONDAY) == []
        assert positions.issued == then.n
    assert [each.n for each in (*together, then)] == list(range(together[0].n, together[0].n + 4))
    assert len({each.incarnation for each in (*together, then)}) == 1


def test_what_is_due_leaves_in_the_order_it_was_queued_also_over_several_claims(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "_FEWEST", 2)
    office = Office(tmp_path)
    office.records.state(*(involvement(number) for number in range(1, 12)))
    office.publish()
    office.gateway.take()
    counts = [notice.sequence.n for notice in office.gateway.notices]
    assert len(counts) == 11
    assert counts == sorted(counts)
    assert office.outbox() == {"sent": 11}


def test_claims_grow_while_parcels_leave_soon_and_shrink_where_they_do_not() -> None:
    sizes = [posting._FEWEST]
    for seconds in (0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 9.0, 9.0, 0.1):
        sizes.append(posting._next_size(sizes[-1], seconds))
    assert sizes == [50, 100, 200, 400, 800, 1_000, 1_000, 500, 250, 500]
    assert posting._next_size(posting._FEWEST, 60.0) == posting._FEWEST
