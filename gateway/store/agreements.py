"""Sharing agreements, every version of them."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, Select, func, insert, select

from gateway.model.agreement import Agreement, Document
from gateway.store.party_tables import agreement
from gateway.store.transaction import Transaction
from mappings.canonical.codes import AgeBand, LegalBasis, RelationKind
from mappings.canonical.identifiers import AgencyId, AgreementId


class SqlAgreements:
    """`gateway.trust.ports.Agreements`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def add(self, agreement_: Agreement) -> None:
        """Raises `StoreConflict` where that version is there already."""
        values = asdict(agreement_) | {
            "id": agreement_.id,
            "parties": [party.value for party in agreement_.parties],
            "legal_bases": [basis.value for basis in agreement_.legal_bases],
            "age_bands": [band.value for band in agreement_.age_bands],
            "controllers": list(agreement_.controllers),
            "relations": [kind.value for kind in agreement_.relations],
            "documents": [{"name": each.name, "sha256": each.sha256} for each in agreement_.documents],
        }
        self._db.run(insert(agreement), values)

    def current(self) -> list[Agreement]:
        """The highest version of each, by id."""
        return [_agreement(row) for row in self._db.rows(_current().order_by(agreement.c.id))]

    def current_of(self, id: AgreementId) -> Agreement | None:
        """The highest version of one."""
        row = self._db.row(_current().where(agreement.c.id == id))
        return None if row is None else _agreement(row)

    def versions(self, id: AgreementId) -> list[Agreement]:
        """Every version of one, the newest first."""
        every = select(agreement).where(agreement.c.id == id).order_by(agreement.c.version.desc())
        return [_agreement(row) for row in self._db.rows(every)]


def _current() -> Select[Any]:
    other = agreement.alias()
    highest = select(func.max(other.c.version)).where(other.c.id == agreement.c.id).scalar_subquery()
    return select(agreement).where(agreement.c.version == highest)


def _agreement(row: Row[Any]) -> Agreement:
    return Agreement(
        id=row.id,
        version=row.version,
        title=row.title,
        parties=tuple(AgencyId(party) for party in row.parties),
        purpose=row.purpose,
        legal_bases=tuple(LegalBasis(basis) for basis in row.legal_bases),
        age_bands=tuple(AgeBand(band) for band in row.age_bands),
        level=row.level,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        review_by=row.review_by,
        rights_contact=row.rights_contact,
        controllers=tuple(row.controllers or ()),
        documents=tuple(Document(each["name"], each["sha256"]) for each in row.documents or ()),
        relations=tuple(RelationKind(kind) for kind in row.relations or ()),
        sealed_details=bool(row.sealed_details),
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by or "",
        approved_by=row.approved_by or "",
    )
