"""Records too thin to be published: they stand on the agency's own list of records to check, instead of in the stewards' queue.

What could be linked by nothing but a steward's eye would only load the queue, and tell nobody of anybody meanwhile. The agency's own staff can
ask the person; nobody else can. It is published by the first reading in which its details are better.
"""

from collections.abc import Collection

from connectors.ledger.ledger import Ledger, Unit
from connectors.ledger.weak_identities import Weak
from connectors.publishing import standing as standings
from connectors.publishing.changes import Change
from connectors.publishing.display import Display
from connectors.publishing.veiling import whose
from connectors.sources.port import Coverage, Snapshot
from identity.person.standard_person import StandardPerson
from mappings.canonical.check_list import MAX_FIELDS, CheckField
from mappings.canonical.identifiers import PersonRef


def list_weak(unit: Unit, display: Display, reading: int, source: str, snapshot: Snapshot) -> None:
    """What a compared reading says of weak records takes the place of what was said before. The worker of one counts as involved: somebody
    whose only private client is on this list is hidden in their other involvements too."""
    kept = set()
    for row in unit.snapshots.all(reading, changes=(Change.WEAK,)):
        sealed = unit.snapshots.sealed_standing(reading, row.ref)
        written = unit.snapshots.standing(reading, row.ref) if sealed else None
        if sealed and written:
            unit.weak_identities.keep(Weak(row.ref, row.person_ref, source, snapshot.as_of), sealed)
            unit.workers.note([whose(unit.cipher, display, row.ref, standings.who_of(written))])
            kept.add(row.ref)
    for ref in unit.weak_identities.bettered(reading, Change.WEAK):
        unit.weak_identities.drop(ref)
        unit.workers.forget(ref)
    if snapshot.coverage is Coverage.FULL:
        _drop(unit, [weak for weak in unit.weak_identities.of_source(source) if weak.ref not in kept])


def forget_weak_of(unit: Unit, person: PersonRef) -> None:
    """This client is on the exclusion list: nothing of them is shown any more."""
    _drop(unit, unit.weak_identities.of_person(person))


def forget_unsourced(ledger: Ledger, sources: Collection[str]) -> None:
    """What only a source stated that is no longer in the settings, nobody states."""
    with ledger.write() as unit:
        for gone in unit.weak_identities.sources().difference(sources):
            _drop(unit, unit.weak_identities.of_source(gone))


def fields_to_check(person: StandardPerson) -> tuple[CheckField, ...]:
    """What a weak record lacks by which people are told apart; where nothing does, the name is only what somebody is called."""
    known = {
        CheckField.GIVEN_NAME: len(person.given) > 1 and not (person.nickname_only or person.filler_only),
        CheckField.FAMILY_NAME: len(person.family) > 1,
        CheckField.BIRTH_DATE: person.birth_date is not None and not person.default_day,
        CheckField.POSTCODE: any(place.postcode or place.address for place in person.locations),
    }
    lacking = tuple(field for field, there in known.items() if not there)
    return (lacking or (CheckField.GIVEN_NAME,))[:MAX_FIELDS]


def _drop(unit: Unit, gone: Collection[Weak]) -> None:
    for weak in gone:
        unit.weak_identities.drop(weak.ref)
        unit.workers.forget(weak.ref)
