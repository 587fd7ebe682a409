"""A review case on its way to a steward's machine: two blobs that only stewards can open, and what a decision about them names.

Not signed: whoever changed it could only make the steward look at other details than the case's, and the decision names by digest those that
were looked at, so that the gateway finds it out.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from identity.agency.faults import KeyFault
from identity.agency.sealed_details import MAX_SEALED_BYTES
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, PartnershipId, PersonRef

MAX_CASE_BYTES: Final = 3 * MAX_SEALED_BYTES
MAX_RECORDS: Final = 200
_FORM: Final = "patchwork-case/1"
_MEMBERS: Final = frozenset({"form", "partnership", "mode", "case", "version", "records", "exported_at", "sides"})


class InvalidCaseFile(KeyFault):
    """This is not a case file. The message names the way out."""


@dataclass(frozen=True, slots=True)
class CaseSide:
    """One agency's record: whose, under which of its own references, and its sealed details (empty: none were sent)."""

    agency: AgencyId
    person_ref: PersonRef
    sealed: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """`records` are all that become one person if the case is confirmed."""

    partnership: PartnershipId
    mode: Mode
    case: int
    version: int
    records: tuple[int, ...]
    exported_at: datetime
    sides: tuple[CaseSide, CaseSide]

    @property
    def digests(self) -> list[str]:
        """By which the gateway knows what was opened."""
        return [digest_of(side.sealed) for side in self.sides]


def digest_of(sealed: str) -> str:
    """SHA-256 (hex) of sealed details; empty for none."""
    return hashlib.sha256(sealed.encode()).hexdigest() if sealed else ""


def write_case(case: CaseFile) -> bytes:
    """As it is carried."""
    sides = [{"agency": s.agency.value, "person_ref": s.person_ref.value, "sealed": s.sealed} for s in case.sides]
    document = {
        "form": _FORM,
        "partnership": case.partnership.value,
        "mode": case.mode.value,
        "case": case.case,
        "version": case.version,
        "records": list(case.records),
        "exported_at": case.exported_at.astimezone(UTC).isoformat(timespec="seconds"),
        "sides": sides,
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def read_case(path: Path) -> CaseFile:
    """The case in a file. Raises `InvalidCaseFile`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_CASE_BYTES + 1)
    except OSError as problem:
        raise InvalidCaseFile(f"{path} cannot be read: {problem.strerror}") from None
    try:
        if len(data) > MAX_CASE_BYTES:
            raise ValueError
        return _read(json.loads(data))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InvalidCaseFile(
            f"{path} is not a case file; make it with: patchwork review export CASE -o FILE"
        ) from None


def _read(document: Any) -> CaseFile:
    if set(document) != _MEMBERS or document["form"] != _FORM or len(document["sides"]) != 2:
        raise ValueError
    numbers = [document["case"], document["version"], *document["records"]]
    if not all(type(each) is int and each > 0 for each in numbers) or len(numbers) > MAX_RECORDS:
        raise ValueError
    exported_at = datetime.fromisoformat(document["exported_at"])
    if exported_at.utcoffset() is None:
        raise ValueError
    first, second = (_side(each) for each in document["sides"])
    partnership, records = PartnershipId(document["partnership"]), tuple(document["records"])
    mode = Mode(document["mode"])
    return CaseFile(partnership, mode, document["case"], document["version"], records, exported_at, (first, second))


def _side(side: Any) -> CaseSide:
    if set(side) != {"agency", "person_ref", "sealed"} or not isinstance(side["sealed"], str):
        raise ValueError
    return CaseSide(AgencyId(side["agency"]), PersonRef(side["person_ref"]), side["sealed"])
