"""A sharing agreement: which agencies may learn of each other, about whom, on which bases, how much, and until when."""

from dataclasses import dataclass
from datetime import date

from mappings.canonical.codes import AgeBand, AlertLevel, LegalBasis
from mappings.canonical.identifiers import AgencyId, AgreementId


@dataclass(frozen=True, slots=True)
class Agreement:
    """In force from `valid_from` through `valid_until`, and only while `review_by` has not passed. Versions count from 1."""

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

    def __post_init__(self) -> None:
        if len(set(self.parties)) < 2:
            raise ValueError("an agreement needs at least two different agencies as parties")
        if not self.legal_bases or not self.age_bands:
            raise ValueError("an agreement needs at least one legal basis and one age band")
        if AgeBand.UNKNOWN in self.age_bands:
            raise ValueError("the age band 'unknown' permits nothing and cannot stand in an agreement")
        if self.version < 1 or not self.valid_from <= self.valid_until:
            raise ValueError("an agreement's version counts from 1 and its last day is not before its first")
