"""What housekeeping needs of the store (`gateway.ports`)."""

from datetime import date, datetime
from typing import Protocol

from gateway.model.housekeeping import HousekeepingRun
from mappings.canonical.identifiers import AgencyId, InvolvementRef


class Housekeeping(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.housekeeping`): the run, and what is old. Every `limit` bounds what one call does."""

    def run(self) -> HousekeepingRun:
        """The run that goes on, or the last one."""

    def keep(self, run: HousekeepingRun) -> None: ...
    def last_involvement(self) -> int:
        """The highest number given to an involvement; 0 where there is none."""

    def unconfirmed(self, since: date, after: int, limit: int) -> list[int]:
        """Numbers above `after` of live involvements that were last confirmed on that day or before, lowest first."""

    def to_confirm(self, agency: AgencyId, since: date, limit: int) -> list[InvolvementRef]:
        """The agency's live involvements that were last confirmed on that day or before, the longest unconfirmed first."""

    def over(self, after: int, limit: int) -> list[int]:
        """Numbers above `after` of involvements that are not live and not erased, lowest first."""

    def unused_records(self, after: int, limit: int) -> list[int]:
        """Numbers above `after` of records that hold evidence and of which no involvement is left that is not erased, lowest first."""

    def discard_letters(self, before: datetime, at: datetime, by: str, limit: int) -> int:
        """Remove what is sealed in dead letters that came before that instant, replayed or not. Returns how many it was."""

    def forget_answers(self, before: datetime, limit: int) -> int:
        """Forget what was answered to notices before that instant. Returns how many it was."""

    def lost_keys(self) -> int:
        """How many record keys were erased of which this register does not know: it was put back from a backup, or a program was killed while
        it erased. Raises `StoreDown`."""

    def unreadable(self, after: int, limit: int) -> tuple[int | None, list[int]]:
        """Where record keys were erased of which this register does not know, because it was put back from a backup: looks at `limit`
        involvements above `after` that are not erased. Returns the number of the last (None: there is none, or nothing to look for) and
        those whose record key is gone."""

    def audited_of_erased(self, after: int, before: datetime, limit: int) -> tuple[int | None, list[str]]:
        """Looks at `limit` events of the audit above number `after` that can still be erased. Returns the number of the last (None: there is
        none) and the subjects to be erased: connections of which both sides are erased, records that are, cases about these, and messages
        of before that instant."""

    def drop_parcels(self, now: datetime, limit: int) -> int:
        """Remove sealed parcels from inboxes whose life is over. Returns how many it was."""

    def wrap_parcels(self, now: datetime, limit: int) -> int:
        """Bring parcels and replies that wait since before there were record keys under one. Returns how many it was."""

    def erase_parcel_keys(self, after: int, now: datetime, limit: int) -> int | None:
        """Look at `limit` keys of parcels and replies named above `after`, and erase those that are a day old and of nothing that waits.
        Returns the name of the last; None where there is no other. Raises `StoreDown`."""
