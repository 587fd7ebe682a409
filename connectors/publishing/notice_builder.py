"""One involvement's standing, its opaque references and its evidence put together into a notice: the only thing that leaves the agency."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from connectors.publishing.display import Display
from connectors.publishing.standing import Standing
from identity.agency.keys import EncryptKey
from identity.agency.sealed_details import Details, seal_details
from identity.person.age_band import claimed_band
from identity.person.ports import Tokeniser
from mappings.canonical.codes import AgeBand, LegalBasis, NoticeEvent, Sensitivity, ServiceLine
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId, GatewayId, InvolvementRef, MessageId, PersonRef
from mappings.canonical.notice import MAX_EPOCHS, Notice, RelatedPerson
from mappings.canonical.notice import Sequence as NoticeSequence
from mappings.canonical.person import PartialDate


@dataclass(frozen=True, slots=True, repr=False)
class Publisher:
    """What every notice of this connector says about where it comes from. `service` and `legal_basis` are the agency's defaults, used only
    where the ledger does not know what an involvement said (it was restored from a backup). `display` says what is shown of who is involved.
    `stewards` are those to whom the few
    details for review are sealed; none: nothing is."""

    agency: AgencyId
    home_gateway: GatewayId
    service: ServiceLine
    legal_basis: LegalBasis
    display: Display
    stewards: tuple[EncryptKey, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Keyed:
    """The evidence about the person and, in the order of the standing, about the related persons: one entry a linkage epoch. `worker` are the
    tokens of the worker's registration number, where there is one."""

    person: tuple[Evidence, ...]
    relations: tuple[tuple[Evidence, ...], ...] = ()
    worker: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What stands in the notice besides the standing and the evidence."""

    id: MessageId
    event: NoticeEvent
    sequence: NoticeSequence
    person_ref: PersonRef
    involvement_ref: InvolvementRef
    confirmed: date
    today: date


def keyed(standings: Sequence[Standing], tokenisers: Sequence[Tokeniser]) -> list[Keyed]:
    """Evidence for each standing under every tokeniser's epoch, one batched call each. Raises `TokeniserUnavailable`."""
    groups = [[standing.person, *(each.person for each in standing.relations)] for standing in standings]
    flat = [person for group in groups for person in group]
    columns = [tokeniser.evidence(flat) for tokeniser in tokenisers]
    by_person = [tuple(column[index] for column in columns) for index in range(len(flat))]
    found, position = [], 0
    for standing, group in zip(standings, groups, strict=True):
        person, *relations = by_person[position : position + len(group)]
        registration = standing.registration
        worker = tuple(tokeniser.worker(registration) for tokeniser in tokenisers) if registration else ()
        found.append(Keyed(person, tuple(relations), worker))
        position += len(group)
    return found


def epochs_of(tokenisers: Sequence[Tokeniser]) -> str:
    """The linkage epochs in use, as the ledger remembers them. Raises `ValueError` for none or too many."""
    if not 1 <= len(tokenisers) <= MAX_EPOCHS:
        raise ValueError(f"evidence is made under 1 to {MAX_EPOCHS} linkage epochs")
    return " ".join(sorted(tokeniser.epoch_id for tokeniser in tokenisers))


def build(publisher: Publisher, standing: Standing, evidence: Keyed, facts: Facts, *, veiled: bool) -> Notice:
    """The notice. Holds no local id, no name but the worker's as the agency shows it (none at all where `veiled`), and no date of birth, but for
    what only stewards can open."""
    sensitivity, worker = publisher.display.shown(standing, veiled=veiled)
    band, until = claimed_band(standing.birth_date, standing.expected, standing.asserted, facts.today)
    return Notice(
        id=facts.id,
        event=facts.event,
        sequence=facts.sequence,
        home_gateway=publisher.home_gateway,
        agency=publisher.agency,
        person_ref=facts.person_ref,
        involvement_ref=facts.involvement_ref,
        evidence=evidence.person,
        service=standing.service,
        sensitivity=sensitivity,
        worker=worker,
        age_band=band,
        age_band_until=until,
        start=standing.start,
        end=standing.end,
        confirmed=facts.confirmed,
        legal_basis=standing.legal_basis,
        consent=standing.consent,
        consent_date=standing.consent_date,
        informed=standing.informed,
        informed_date=standing.informed_date,
        held_back=standing.held_back,
        relations=tuple(
            RelatedPerson(each.kind, part, each.standing)
            for each, part in zip(standing.relations, evidence.relations, strict=True)
        ),
        sealed_details=_sealed_details(publisher, standing, sensitivity, facts),
        worker_tokens=evidence.worker,
        # Of nobody else is a status anybody's business, and which one it is nobody's.
        status_asserted=band is AgeBand.YOUNG_20_24,
    )


def _sealed_details(publisher: Publisher, standing: Standing, sensitivity: Sensitivity, facts: Facts) -> str:
    """Name, birth date and postcode for the stewards; nothing of a sensitive service's client, of one held back, or once it is over."""
    over = facts.event in (NoticeEvent.ENDED, NoticeEvent.WITHDRAWN)
    if not publisher.stewards or over or standing.held_back or sensitivity is not Sensitivity.STANDARD:
        return ""
    person = standing.person
    details = Details(
        agency=publisher.agency,
        person_ref=facts.person_ref,
        given=" ".join(filter(None, (person.given, person.middle))),
        family=person.family,
        birth_date=_as_far_as_known(standing.birth_date),
        postcode=next((place.postcode for place in person.locations if place.postcode), ""),
    )
    return seal_details(details, publisher.stewards)


def _as_far_as_known(born: PartialDate | None) -> str:
    if born is None or born.year is None:
        return ""
    parts = [f"{born.year:04}"]
    for part in (born.month, born.day):
        if part is None:
            break
        parts.append(f"{part:02}")
    return "-".join(parts)


def hollow(publisher: Publisher, epochs: str, facts: Facts) -> Notice:
    """A notice that ends an involvement of which the ledger knows the reference only: nothing about the person, evidence that can never
    be linked, the agency's own defaults for the rest. The strictest sensitivity, because nobody can say which it was."""
    return Notice(
        id=facts.id,
        event=facts.event,
        sequence=facts.sequence,
        home_gateway=publisher.home_gateway,
        agency=publisher.agency,
        person_ref=facts.person_ref,
        involvement_ref=facts.involvement_ref,
        evidence=tuple(Evidence(epoch=epoch, weak=True) for epoch in epochs.split()),
        service=publisher.service,
        sensitivity=Sensitivity.UNCLASSIFIED,
        worker=publisher.display.general,
        age_band=AgeBand.UNKNOWN,
        age_band_until=None,
        start=None,
        end=facts.today if facts.event is NoticeEvent.ENDED else None,
        confirmed=facts.confirmed,
        legal_basis=publisher.legal_basis,
    )


def ended_on(standing: Standing, day: date) -> tuple[NoticeEvent, Standing]:
    """The standing closed on `day` because its source no longer states it. What had not yet begun by then is withdrawn: it never was."""
    if standing.start and standing.start > day:
        return NoticeEvent.WITHDRAWN, standing
    end = min(standing.end, day) if standing.end else day
    return NoticeEvent.ENDED, replace(standing, end=end)
