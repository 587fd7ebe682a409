"""A request for access on its way to the DPO's machine: what the register holds of the person, in codes, and who was told, sealed to the DPOs.

Not signed: whoever changed it would change what the DPO reads, and the release names it by its digest, so that the gateway finds it out.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from identity.agency.faults import KeyFault
from mappings.canonical.access import AccessQuestionKind
from mappings.canonical.codes import AgeBand, Consent, Informed, LegalBasis, Mode, RelationKind, ServiceLine
from mappings.canonical.identifiers import AgencyId, PartnershipId, PersonRef

MAX_FILE_BYTES: Final = 16 * 1024 * 1024
MAX_DISCLOSURES: Final = 10_000
_FORM: Final = "patchwork-access/1"
_MEMBERS: Final = frozenset(
    {"form", "partnership", "mode", "request", "exported_at", "agencies", "contacts", "records", "disclosures"}
)


class InvalidAccessFile(KeyFault):
    """This is not a request for access as the gateway hands it out. The message names the way out."""


@dataclass(frozen=True, slots=True)
class AskedFor:
    """The request: `least` where a parent asks for a child, so that the answer shows nobody where the child is to be found."""

    reference: str
    on_behalf: str
    about_child: bool
    least: bool
    received_on: date
    due: date


@dataclass(frozen=True, slots=True, repr=False)
class HeldInvolvement:
    """One involvement as the register holds it. `role` and `team` are empty where the answer shows least."""

    service: ServiceLine
    standing: str
    start: date | None
    end: date | None
    confirmed: date
    age_band: AgeBand
    legal_basis: LegalBasis
    consent: Consent
    informed: Informed
    informed_date: date | None
    role: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class HeldRecord:
    """One agency's record that its controller and the DPO let be shown. `relation`: what it says the person is to its client, and then
    nothing else of it is here."""

    kind: AccessQuestionKind
    agency: AgencyId
    person_ref: PersonRef
    relation: RelationKind | None
    involvements: tuple[HeldInvolvement, ...]


@dataclass(frozen=True, slots=True, repr=False)
class AccessFile:
    """`agencies` are names by id, `contacts` whom to write to about one's rights. `disclosures` are sealed, oldest first."""

    partnership: PartnershipId
    mode: Mode
    request: AskedFor
    exported_at: datetime
    agencies: dict[str, str]
    contacts: tuple[str, ...]
    records: tuple[HeldRecord, ...]
    disclosures: tuple[str, ...]


def write_access(file: AccessFile) -> bytes:
    """As it is carried."""
    document = asdict(file) | {
        "form": _FORM,
        "partnership": file.partnership.value,
        "exported_at": file.exported_at.astimezone(UTC).isoformat(timespec="seconds"),
        "records": [
            asdict(each) | {"agency": each.agency.value, "person_ref": each.person_ref.value} for each in file.records
        ],
    }
    return json.dumps(document, default=_day, indent=1).encode() + b"\n"


def digest_of(data: bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(data).hexdigest()


def read_access(path: Path) -> tuple[AccessFile, str]:
    """What is in a file, and its digest. Raises `InvalidAccessFile`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as problem:
        raise InvalidAccessFile(f"{path} cannot be read: {problem.strerror}") from None
    try:
        if len(data) > MAX_FILE_BYTES:
            raise ValueError
        return _read(json.loads(data)), digest_of(data)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InvalidAccessFile(
            f"{path} is no request for access; make it with: patchwork subject-access export REQUEST -o FILE"
        ) from None


def _read(document: dict[str, Any]) -> AccessFile:
    if set(document) != _MEMBERS or document["form"] != _FORM or len(document["disclosures"]) > MAX_DISCLOSURES:
        raise ValueError
    asked = document["request"]
    days = {name: date.fromisoformat(asked[name]) for name in ("received_on", "due")}
    at = datetime.fromisoformat(document["exported_at"])
    if at.utcoffset() is None or not all(isinstance(each, str) for each in document["disclosures"]):
        raise ValueError
    return AccessFile(
        PartnershipId(document["partnership"]),
        Mode(document["mode"]),
        AskedFor(**asked | days),
        at,
        {str(id): str(name) for id, name in document["agencies"].items()},
        tuple(str(each) for each in document["contacts"]),
        tuple(_record(each) for each in document["records"]),
        tuple(document["disclosures"]),
    )


def _record(each: dict[str, Any]) -> HeldRecord:
    relation = each["relation"]
    return HeldRecord(
        AccessQuestionKind(each["kind"]),
        AgencyId(each["agency"]),
        PersonRef(each["person_ref"]),
        RelationKind(relation) if relation else None,
        tuple(_involvement(one) for one in each["involvements"]),
    )


def _involvement(one: dict[str, Any]) -> HeldInvolvement:
    codes = {
        "service": ServiceLine(one["service"]),
        "age_band": AgeBand(one["age_band"]),
        "legal_basis": LegalBasis(one["legal_basis"]),
        "consent": Consent(one["consent"]),
        "informed": Informed(one["informed"]),
        "confirmed": date.fromisoformat(one["confirmed"]),
    }
    days = {name: date.fromisoformat(one[name]) if one[name] else None for name in ("start", "end", "informed_date")}
    return HeldInvolvement(**one | codes | days)


def _day(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError
