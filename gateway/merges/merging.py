"""What an admitted merge of an agency's own records changes, and what became of those that wait for a steward.

* The latest word about a superseded reference counts, whatever order words come in. The same word again changes nothing.
* A merge into another record than before first takes back the one before.
* A merge that cannot hold together with what stewards said waits: nothing moves, a case asks the steward, and whoever looks at everybody
  again (`gateway.alerts.sweep`) carries it out once nothing speaks against it.
"""

from dataclasses import dataclass, replace

from gateway.audit.recording import Entry, entry
from gateway.merges.contradiction import contradicted
from gateway.merges.record_joining import Joined, RecordJoining
from gateway.model.record_merge import MergeState, RegisteredMerge
from mappings.canonical.codes import MergeEvent
from mappings.canonical.identifiers import ConnectorId
from mappings.canonical.record_merge import RecordMerge

MERGED, PARTED, WAITS, KNOWN = "merged", "parted", "waits", "known"


@dataclass(frozen=True, slots=True)
class Merged:
    """How it came out: one of the words above; how many involvements moved, and how many alerts were queued."""

    outcome: str
    moved: int = 0
    alerts: int = 0


@dataclass(frozen=True, slots=True)
class Merging:
    """One transaction's worth."""

    joining: RecordJoining

    def apply(self, said: RecordMerge, sender: ConnectorId) -> Merged | None:
        """Apply it. None where something later about this superseded reference was applied already: then nothing changes."""
        merges = self.joining.uow.merges
        known = merges.find(said.agency, said.superseded)
        if known is not None and said.sequence <= known.sequence:
            return None
        taken_back = Joined()
        stands = known is not None and known.state is MergeState.STANDS
        wanted = said.event is MergeEvent.MERGED
        if known is not None and stands and not (wanted and known.surviving == said.surviving):
            taken_back = self.joining.part(replace(known, sequence=said.sequence, connector=sender))
        told = RegisteredMerge(
            said.agency,
            said.superseded,
            said.surviving,
            MergeState.STANDS if wanted else MergeState.UNDONE,
            said.sequence,
            sender,
            self.joining.alerting.now,
        )
        if not wanted:
            merges.save(told)
            return Merged(PARTED if stands else KNOWN, taken_back.moved, taken_back.alerts)
        if known is not None and stands and known.surviving == said.surviving:
            merges.save(replace(known, sequence=said.sequence, connector=sender))
            return Merged(KNOWN)
        return self._join(told, taken_back)

    def carry_out_waiting(self) -> list[Entry]:
        """Carry out what nothing speaks against any more. Returns the audit entries."""
        entries = []
        for merge in list(self.joining.uow.merges.waiting()):
            against = contradicted(self.joining.uow, merge)
            if against:
                # The question may have been closed meanwhile for other reasons.
                self.joining.wait(merge, against)
                continue
            done = self.joining.join(replace(merge, state=MergeState.STANDS))
            agency = merge.agency.value
            entries.append(entry("merge-carried-out", "relay", agency=agency, moved=done.moved, alerts=done.alerts))
        return entries

    def _join(self, told: RegisteredMerge, before: Joined) -> Merged:
        against = contradicted(self.joining.uow, told)
        if against:
            self.joining.wait(told, against)
            return Merged(WAITS, before.moved, before.alerts)
        done = self.joining.join(told)
        return Merged(MERGED, before.moved + done.moved, before.alerts + done.alerts)
