"""Our own records to look at again, in our own words: those the gateway asks about, and those too thin to be published. It names no other
agency and gives no reason: some of these records are thin, some were drawn by lot.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.alerts.own_side import NotKnownHere, label, own_side
from connectors.ledger.involvements import Status
from connectors.ledger.ledger import Unit
from connectors.ledger.weak_identities import Weak
from connectors.publishing import standing as standings
from connectors.publishing.still_involved import answered_by_ledger
from connectors.reading.weak_identity import fields_to_check
from mappings.canonical.check_list import CheckField, CheckItem, CheckList
from mappings.canonical.identifiers import AgencyId
from mappings.check_list_json import read_check_list, write_check_list

WORDS = {
    CheckField.GIVEN_NAME: "given name",
    CheckField.FAMILY_NAME: "family name",
    CheckField.BIRTH_DATE: "date of birth",
    CheckField.ADDRESS: "address",
    CheckField.POSTCODE: "postcode",
    CheckField.GENDER: "gender",
    CheckField.NUMBER: "NHS or other person number",
}


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One own client, as staff know them."""

    client_local_id: str
    client: str
    fields: tuple[CheckField, ...]


@dataclass(frozen=True, slots=True, repr=False)
class CheckRecords:
    """`entries` by client. `unknown` are of clients of whom this ledger has no live involvement (any more)."""

    as_of: date | None
    entries: tuple[Entry, ...] = ()
    unknown: int = 0


def take_list(unit: Unit, listed: CheckList) -> bool:
    """Keep the list in place of an older one, and answer what the ledger can (`connectors.publishing.still_involved`). Returns whether it
    was newer."""
    kept = unit.positions.check_list(listed.agency)
    if kept is not None and read_check_list(kept).as_of > listed.as_of:
        return False
    unit.positions.keep_check_list(listed.agency, write_check_list(answered_by_ledger(unit, listed)))
    return True


def check_records(unit: Unit, agency: AgencyId) -> CheckRecords:
    """As the latest list and the latest readings say; one entry for each client."""
    kept = unit.positions.check_list(agency)
    weak = unit.weak_identities.all()
    if kept is None and not weak:
        return CheckRecords(None)
    listed = read_check_list(kept) if kept else CheckList(agency, max(one.as_of for one in weak))
    asked = [entry for item in listed.items if (entry := _entry(unit, item))]
    by_client: dict[str, Entry] = {}
    for entry in (*_weak_entries(unit, weak), *asked):
        by_client.setdefault(entry.client_local_id, entry)
    ordered = sorted(by_client.values(), key=lambda entry: (entry.client, entry.client_local_id))
    return CheckRecords(listed.as_of, tuple(ordered), len(listed.items) - len(asked))


def _weak_entries(unit: Unit, weak: Iterable[Weak]) -> Iterator[Entry]:
    for one in weak:
        written = unit.weak_identities.standing(one.ref)
        if written:
            standing = standings.read(written)
            yield Entry(standing.own.client_local_id, label(standing.own), fields_to_check(standing.person))


def as_json(records: CheckRecords) -> dict[str, Any]:
    """For programs."""
    return {
        "as_of": records.as_of.isoformat() if records.as_of else None,
        "records": [
            {"client": each.client, "client_id": each.client_local_id, "fields": [field.value for field in each.fields]}
            for each in records.entries
        ],
        "of_unknown_clients": records.unknown,
    }


def as_text(records: CheckRecords) -> str:
    """For people."""
    if records.as_of is None:
        return "The gateway has sent no list yet."
    lines = [f"Our own records to look at again, as of {records.as_of.isoformat()}:"]
    lines += [
        f"  {each.client} ({each.client_local_id}): {', '.join(WORDS[field] for field in each.fields)}"
        for each in records.entries
    ]
    lines += [] if records.entries else ["  none"]
    return "\n".join([*lines, "Correct in your own system what is wrong or missing; the next reading publishes it."])


def _entry(unit: Unit, item: CheckItem) -> Entry | None:
    for known in unit.involvements.of_person(item.person_ref):
        if known.status is Status.LIVE:
            try:
                own = own_side(unit, known.ref)
            except NotKnownHere:
                continue
            return Entry(own.client_local_id, label(own), item.fields)
    return None
