"""What withholding needs of the store (`gateway.ports.UnitOfWork.withholdings`)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from gateway.model.no_contact import NoContact
from gateway.model.withholding import Override, Withholding, WithholdingKind
from mappings.canonical.identifiers import AgencyId, MessageId


class Withholdings(Protocol):
    """Shields and restrictions, the records that bear each, and overrides of shields.

    A withholding is borne by records, and stands on every person of whom a bearing record is. It is handed on to every other record of such
    a person, so that whichever way they are parted later, each part keeps it.
    """

    def add(self, made: Withholding) -> Withholding:
        """Stores it, borne by its own record, and returns it with its id."""

    def save(self, known: Withholding) -> None:
        """Update by id."""

    def get(self, id: int) -> Withholding | None: ...
    def all(self, kind: WithholdingKind, ended: bool) -> list[Withholding]:
        """Those that have not ended, the oldest first; with `ended` all there ever were."""

    def asked(self, record_id: int) -> list[Withholding]:
        """Every one that was asked for by this record, whatever became of it, the oldest first."""

    def of_records(self, record_ids: Iterable[int]) -> list[Withholding]:
        """Those not ended that stand on the persons of these records, or are borne by a record itself that is nobody's now."""

    def hand_on(self, person_id: int) -> None:
        """Whatever is borne by one of the person's records is borne by all of them from now on."""

    def bearers(self, id: int) -> list[int]:
        """The records that bear one, by number."""

    def bear(self, ids: Iterable[int], record_ids: Iterable[int]) -> None:
        """Have each of these records bear each of these withholdings too."""

    def lapsing(self, now: datetime, limit: int) -> list[Withholding]:
        """Those not ended whose clock has run out."""

    def add_override(self, made: Override) -> Override: ...
    def override(self, id: int) -> Override | None: ...
    def overrides(self, closed: bool) -> list[Override]:
        """Those whose investigation is open, the oldest first; with `closed` all."""

    def overrides_of(self, recipient: int, discloser: int) -> list[Override]:
        """Those that let the one involvement be told of the other, the oldest first."""

    def save_override(self, known: Override) -> None: ...
    def note_served(self, alert: MessageId, at: datetime) -> None:
        """The alert leaves for the first time: whatever override it rests on is used up."""


class NoContacts(Protocol):
    """Pairs of records whose people must not meet (`gateway.withholding.no_contact`)."""

    def note(self, agency: AgencyId, record_id: int, others: Iterable[int], at: datetime) -> int:
        """The agency says so of its record and each of the others. Returns how many pairs it had not said it of already."""

    def take_back(self, agency: AgencyId, record_id: int, others: Iterable[int], at: datetime) -> int:
        """The agency says otherwise of them. Returns how many pairs ended."""

    def apart_from(self, person_id: int) -> set[int]:
        """The people whom this person must not meet, whichever of the two an agency spoke of."""

    def copy(self, here: int, there: int) -> None:
        """What is said of the one record is said of the other too from now on."""

    def get(self, id: int) -> NoContact | None: ...
    def all(self, ended: bool) -> list[NoContact]:
        """Those that have not ended, the oldest first; with `ended` all there ever were."""

    def between(self, agency: AgencyId, people: tuple[int, int]) -> list[NoContact]:
        """Those not ended that this agency said of records of these two people."""

    def end(self, ids: Iterable[int], at: datetime) -> None: ...
