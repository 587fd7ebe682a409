"""A sharing agreement: which agencies may learn of each other, about whom, on which bases, how much, and until when."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from mappings.canonical.codes import AgeBand, AlertLevel, LegalBasis, RelationKind
from mappings.canonical.identifiers import AgencyId, AgreementId

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Document:
    """A paper the agreement rests on, kept elsewhere: its name, and the SHA-256 (hex) by which the very file is known again."""

    name: str
    sha256: str

    def __post_init__(self) -> None:
        if not self.name or not _SHA256.fullmatch(self.sha256):
            raise ValueError("a document needs a name and its SHA-256 as 64 lower-case hexadecimal digits")


@dataclass(frozen=True, slots=True)
class Agreement:
    """In force from `valid_from` through `valid_until`, and only while `review_by` has not passed. Versions count from 1.

    `relations` are the kinds of relative across whom the parties may learn of each other, read from either side; none unless named.
    `sealed_details`: agencies may send name, birth date and postcode sealed to the stewards, for review.
    `controllers` are the organisations that answer for the data in law. `recorded_at`, `recorded_by` and `approved_by` say who put this
    version into the register, and when.
    """

    id: AgreementId
    version: int
    title: str
    parties: tuple[AgencyId, ...]
    purpose: str
    legal_bases: tuple[LegalBasis, ...]
    age_bands: tuple[AgeBand, ...]
    level: AlertLevel
    valid_from: date
    valid_until: date
    review_by: date
    rights_contact: str
    controllers: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    relations: tuple[RelationKind, ...] = ()
    sealed_details: bool = False
    recorded_at: datetime | None = None
    recorded_by: str = ""
    approved_by: str = ""

    def __post_init__(self) -> None:
        if len(set(self.parties)) < 2:
            raise ValueError("an agreement needs at least two different agencies as parties")
        if not self.legal_bases or not self.age_bands:
            raise ValueError("an agreement needs at least one legal basis and one age band")
        if AgeBand.UNKNOWN in self.age_bands:
            raise ValueError("the age band 'unknown' permits nothing and cannot stand in an agreement")
        if self.version < 1 or not self.valid_from <= self.valid_until:
            raise ValueError("an agreement's version counts from 1 and its last day is not before its first")
