"""Opening one case's details on a steward's machine: recorded and signed before anything is shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from identity.agency.faults import KeyFault
from identity.agency.keys import DecryptionKey, SigningKey
from identity.agency.private_file import write_private, write_public
from identity.agency.sealed_details import Details, InvalidDetails, open_details
from identity.custody.case_file import CaseFile, CaseSide
from identity.custody.decision_file import DecisionFile, sign_decision, sign_opening, write_decision

MAX_REASON = 200


@dataclass(frozen=True, slots=True)
class OpenedSide:
    """What one agency sent of its client; `details` is None, and `problem` says why, where nothing can be shown."""

    side: CaseSide
    details: Details | None
    problem: str = ""


@dataclass(slots=True)
class Opening:
    """One steward's opening of one case. `file` is where its record, and then the decision, are written."""

    case: CaseFile
    steward: DecryptionKey
    signer: SigningKey
    file: Path
    now: Callable[[], datetime]
    _record: DecisionFile | None = field(default=None)

    def open(self, reason: str) -> tuple[OpenedSide, OpenedSide]:
        """Write the signed record of it, then open both sides. Raises `KeyFault`; where the record cannot be written nothing is opened."""
        if not 1 <= len(reason) <= MAX_REASON or reason != reason.strip() or not reason.isprintable():
            raise KeyFault(f"say why with --reason, in 1 to {MAX_REASON} printable characters, and never name a client")
        self._record = DecisionFile(sign_opening(self.case, reason, self.now(), self.signer))
        write_private(self.file, write_decision(self._record))
        first, second = (self._side(each) for each in self.case.sides)
        return first, second

    def decide(self, same: bool) -> None:
        """Put the signed decision beside the record of the opening. Raises `KeyFault`."""
        if self._record is None:
            raise KeyFault("nothing was opened, so there is nothing to decide on")
        decision = sign_decision(self.case, same, self.now(), self.signer)
        write_public(self.file, write_decision(DecisionFile(self._record.opening, decision)))

    def _side(self, side: CaseSide) -> OpenedSide:
        if not side.sealed:
            return OpenedSide(side, None, "this agency has sent no details")
        try:
            details = open_details(side.sealed, self.steward)
        except InvalidDetails as problem:
            return OpenedSide(side, None, str(problem))
        if (details.agency, details.person_ref) != (side.agency, side.person_ref):
            return OpenedSide(
                side, None, "these details are of another record than the case's: do not decide, report it"
            )
        return OpenedSide(side, details)
