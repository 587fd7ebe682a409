"""Recording sharing agreements. An agreement is never edited: a new version of the same id takes the place of the one
before."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from gateway.model.agreement import Agreement, Document
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.executor import Executor, always
from gateway.trust.operators import Office, VerifiedChange, record
from gateway.trust.permissions import check_may_agree, check_may_approve_agreement, check_may_observe
from mappings.canonical.codes import AgeBand, AlertLevel, LegalBasis, RelationKind
from mappings.canonical.identifiers import AgencyId, AgreementId

ADD_AGREEMENT = "agreement.add"
MAX_FILE_BYTES = 32 * 1024
FIELDS = frozenset(
    {
        "id",
        "title",
        "parties",
        "purpose",
        "legal_bases",
        "age_bands",
        "level",
        "valid_from",
        "valid_until",
        "review_by",
        "rights_contact",
        "controllers",
        "documents",
        "relations",
        "sealed_details",
    }
)
OPTIONAL = frozenset({"relations", "sealed_details"})
"""What is not granted unless an agreement names it: nobody learns across relatives, no details leave an agency."""


def read_agreement_file(path: Path) -> dict[str, Any]:
    """What is signed to record the agreement that a TOML file describes. Raises `Refused`, naming file and field."""
    import tomllib

    try:
        data = path.read_bytes()
        if len(data) > MAX_FILE_BYTES:
            raise Refused(f"{path} is larger than {MAX_FILE_BYTES} bytes; an agreement is a short TOML file")
        members = tomllib.loads(data.decode())
    except OSError as problem:
        raise Refused(f"{path} cannot be read: {problem.strerror}") from None
    except (ValueError, RecursionError) as problem:
        raise Refused(f"{path} is not TOML: {problem}") from None
    return agreement_content(members)


def agreement_content(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members as JSON, days as text. Raises `Refused` before anything is signed."""
    agreement_from(members, 1)
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in members.items()}


def agreement_from(content: Mapping[str, Any], version: int) -> Agreement:
    """The agreement that this content describes, as this version. Raises `Refused`, naming the field."""
    read = Content("agreement", content, FIELDS, OPTIONAL)
    if read.day("review_by") < read.day("valid_from"):
        raise read.refusal("review_by", "must not be before valid_from, or the agreement is never in force")
    try:
        return Agreement(
            id=read.identifier("id", AgreementId),
            version=version,
            title=read.text("title"),
            parties=read.identifiers("parties", AgencyId),
            purpose=read.text("purpose", 1000),
            legal_bases=read.codes("legal_bases", LegalBasis),
            age_bands=read.codes("age_bands", AgeBand),
            level=read.code("level", AlertLevel),
            valid_from=read.day("valid_from"),
            valid_until=read.day("valid_until"),
            review_by=read.day("review_by"),
            rights_contact=read.text("rights_contact"),
            controllers=read.texts("controllers"),
            documents=tuple(_document(each) for each in read.objects("documents")),
            relations=read.codes("relations", RelationKind),
            sealed_details=read.flag("sealed_details"),
        )
    except ValueError as problem:
        raise Refused(f"agreement: {problem}") from None


def _document(members: Mapping[str, Any]) -> Document:
    read = Content("agreement document", members, frozenset({"name", "sha256"}))
    return Document(read.text("name"), read.text("sha256", 64))


def agreement_needs_four_eyes(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    """Always; what cannot be recorded is refused before anybody is asked to approve it. Raises `Refused`."""
    _check_parties(unit, agreement_from(content, 1))
    return always(unit, content)


def add_agreement(unit: UnitOfWork, change: VerifiedChange) -> Agreement:
    """Record the agreement that a verified `agreement.add` describes, as the next version of its id. Raises `Refused`."""
    before = unit.agreements.current_of(agreement_from(change.content, 1).id)
    read = agreement_from(change.content, before.version + 1 if before else 1)
    _check_parties(unit, read)
    agreement = replace(read, recorded_at=change.at, recorded_by=change.actor.id, approved_by=change.approved_by)
    unit.agreements.add(agreement)
    record(unit, change, "agreement-added", agreement=agreement.id.value, version=agreement.version)
    return agreement


def _check_parties(unit: UnitOfWork, agreement: Agreement) -> None:
    for party in agreement.parties:
        agency = unit.trust.agency(party)
        if agency is None:
            raise Refused(
                f"agreement: parties names {party}, which is not in the register; patchwork agency add it first"
            )
        if agency.organisation not in agreement.controllers:
            raise Refused(
                f"agreement: controllers must name {agency.organisation}, the organisation that {party} belongs to"
            )


def agreement_history(office: Office, actor: Actor, id: str) -> list[Agreement]:
    """Every version of one agreement, the newest first. Raises `NotPermitted`, `Refused` where there is none."""
    check_may_observe(actor)
    wanted = Content("agreement", {"id": id}, frozenset({"id"})).identifier("id", AgreementId)
    with office.store.read() as unit:
        versions = unit.agreements.versions(wanted)
    if not versions:
        raise Refused(f"there is no agreement {wanted}; patchwork agreement list shows those there are")
    return versions


def list_agreements(office: Office, actor: Actor) -> list[Agreement]:
    """The version that counts of every agreement. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return unit.agreements.current()


EXECUTORS = {
    ADD_AGREEMENT: Executor(
        check_may_agree, check_may_approve_agreement, agreement_needs_four_eyes, add_agreement, sweeps=True
    ),
}
