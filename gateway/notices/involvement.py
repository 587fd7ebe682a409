"""The register's rules about one involvement.

* A notice carries the full state: applying it replaces what was known.
* Only a notice that is later in its ledger's sequence counts; late and repeated ones change nothing.
* `started` of an involvement that is known is the same as `changed`: nothing is doubled.
* An ending may be hollow: a ledger that was restored knows only the reference. It then changes the standing and nothing else.
* Of 20 to 24 only whom a status is asserted of is; without it they are adults (`Notice.band_that_counts`).
* `ended` ends it; `withdrawn` says it should never have been stated; a later `started` or `changed` makes it live again.
"""

from dataclasses import replace
from datetime import date

from gateway.model.involvement import RegisteredInvolvement, Standing
from identity.agency.digest import state_digest
from mappings.canonical.codes import NoticeEvent
from mappings.canonical.identifiers import ConnectorId
from mappings.canonical.notice import Notice

STANDING = {
    NoticeEvent.STARTED: Standing.LIVE,
    NoticeEvent.CHANGED: Standing.LIVE,
    NoticeEvent.ENDED: Standing.ENDED,
    NoticeEvent.WITHDRAWN: Standing.WITHDRAWN,
}


def is_late(known: RegisteredInvolvement | None, notice: Notice) -> bool:
    """Whether something later about this involvement has been applied already."""
    return known is not None and notice.sequence <= known.sequence


def is_hollow(notice: Notice) -> bool:
    """Whether an ending says nothing of the person, because the ledger that sends it has lost what it knew."""
    ending = notice.event in (NoticeEvent.ENDED, NoticeEvent.WITHDRAWN)
    return ending and not any(
        e.identifiers or e.given or e.family or e.birth_date or e.locations for e in notice.evidence
    )


def closed(known: RegisteredInvolvement, notice: Notice, today: date) -> RegisteredInvolvement:
    """The known involvement after a hollow ending: everything but its standing stays. What this brings to one that was erased is erased anew."""
    standing = STANDING[notice.event]
    since = _over_since(known, standing, today)
    return replace(known, standing=standing, end=notice.end, sequence=notice.sequence, over_since=since, erased_on=None)


def applied(
    known: RegisteredInvolvement | None, notice: Notice, connector: ConnectorId, record_id: int, today: date
) -> RegisteredInvolvement:
    """The involvement as it stands after this notice. The caller has checked `is_late`."""
    standing = STANDING[notice.event]
    stated = RegisteredInvolvement(
        id=known.id if known else 0,
        record_id=record_id,
        connector=connector,
        agency=notice.agency,
        person_ref=notice.person_ref,
        involvement_ref=notice.involvement_ref,
        service=notice.service,
        sensitivity=notice.sensitivity,
        worker=notice.worker,
        age_band=notice.band_that_counts,
        age_band_until=notice.age_band_until,
        start=notice.start,
        end=notice.end,
        # Nobody vouches for a day that has not come.
        confirmed=min(notice.confirmed, today),
        legal_basis=notice.legal_basis,
        consent=notice.consent,
        informed=notice.informed,
        informed_date=notice.informed_date,
        held_back=notice.held_back,
        standing=standing,
        sequence=notice.sequence,
        digest=state_digest(notice),
        home_gateway=notice.home_gateway,
        over_since=_over_since(known, standing, today),
        # One that was over begins anew: what was said of the one before vouches for nothing.
        stated_on=known.stated_on if known is not None and known.standing is Standing.LIVE else today,
        worker_tokens=notice.worker_tokens,
    )
    if known is None:
        return stated
    return replace(stated, confirmed=max(known.confirmed, stated.confirmed))


def _over_since(known: RegisteredInvolvement | None, standing: Standing, today: date) -> date | None:
    """What was over before stays so: to say it again does not begin its linger anew."""
    if standing is Standing.LIVE:
        return None
    was_over = known is not None and known.standing is not Standing.LIVE
    return known.over_since or today if known is not None and was_over else today
