"""Hypothesis strategies for what crosses the wire: evidence, notices, alerts and receipts that the profile can carry. Invented throughout."""

from datetime import UTC, date, datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from mappings.canonical.alert import Alert, Introducer, OtherParty, Participation
from mappings.canonical.codes import (
    AgeBand,
    AlertEvent,
    AlertLevel,
    Certainty,
    Consent,
    Gender,
    IdentifierSystem,
    Informed,
    LegalBasis,
    NoticeEvent,
    ReceiptOutcome,
    RelationKind,
    RelationStanding,
    Sensitivity,
    ServiceLine,
    Strength,
)
from mappings.canonical.evidence import BirthDateTokens, Evidence, IdentifierToken, LocationTokens, NameTokens
from mappings.canonical.identifiers import (
    AgencyId,
    GatewayId,
    InvolvementRef,
    MessageId,
    PersonRef,
    SpokenReference,
)
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Notice, RelatedPerson, Sequence, Worker
from mappings.canonical.receipt import Issue, Receipt
from mappings.fhir.operation_outcome import ISSUE_TYPES
from mappings.fhir.primitives import is_line

# A busy machine is no reason to fail: nothing here is about time.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

tokens = st.binary(min_size=16, max_size=16)
signatures = st.binary(min_size=32, max_size=32)
dates = st.dates(min_value=date(1, 1, 1), max_value=date(9999, 12, 31))
instants = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))
uuids = st.uuids().map(lambda each: MessageId(str(each)))
hex64 = st.binary(min_size=32, max_size=32).map(bytes.hex)


def lines(limit: int) -> st.SearchStrategy[str]:
    """One line of text to be shown, as the profile allows it."""
    alphabet = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029\u202a\u202e\u2066")
    return st.text(alphabet, min_size=1, max_size=limit).filter(is_line)


maybe_line = st.just("") | lines(120)
agency_ids = st.from_regex(AgencyId.pattern, fullmatch=True).map(AgencyId)
gateway_ids = st.from_regex(GatewayId.pattern, fullmatch=True).map(GatewayId)
person_refs, involvement_refs = hex64.map(PersonRef), hex64.map(InvolvementRef)
spoken_references = st.from_regex(SpokenReference.pattern, fullmatch=True).map(SpokenReference)
incarnations = lines(40)
sequences = st.builds(Sequence, incarnation=incarnations, n=st.integers(1, 2**53 - 1))
workers = st.builds(
    Worker,
    name=maybe_line,
    role=maybe_line,
    team=maybe_line,
    contact=st.builds(Contact, phone=maybe_line, email=maybe_line),
)

names = st.builds(
    NameTokens, exact=tokens, phonetic=tokens, initial=tokens, signature=signatures, rarity=st.integers(0, 4)
)
birth_dates = st.builds(
    BirthDateTokens,
    year=tokens,
    full=st.none() | tokens,
    year_month=st.none() | tokens,
    year_day=st.none() | tokens,
    month_day=st.none() | tokens,
    swapped=st.none() | tokens,
    default_day=st.booleans(),
)
locations = st.builds(
    LocationTokens, postcode=st.none() | tokens, sector=st.none() | tokens, signature=st.none() | signatures
)
identifier_tokens = st.builds(
    IdentifierToken, system=st.sampled_from(IdentifierSystem), strength=st.sampled_from(Strength), token=tokens
)


def _few(each: st.SearchStrategy[object], most: int) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(each, max_size=most).map(tuple)


def evidence(epochs: st.SearchStrategy[str] = incarnations) -> st.SearchStrategy[Evidence]:
    """Evidence under one epoch, with any part of it missing."""
    return st.builds(
        Evidence,
        epoch=epochs,
        identifiers=_few(identifier_tokens, 2),
        given=st.none() | names,
        middle=st.none() | names,
        family=st.none() | names,
        given_aliases=_few(names, 2),
        family_aliases=_few(names, 1),
        names_signature=st.none() | signatures,
        birth_date=st.none() | birth_dates,
        locations=_few(locations, 2),
        gender=st.sampled_from(Gender),
        blocks=_few(tokens, 3),
        bands=_few(tokens, 3),
        weak=st.booleans(),
        superseded=_few(identifier_tokens, 2),
    )


epochs_of_evidence = st.lists(evidence(), min_size=1, max_size=2, unique_by=lambda each: each.epoch).map(tuple)
relations = st.builds(
    RelatedPerson,
    kind=st.sampled_from(RelationKind),
    evidence=epochs_of_evidence,
    standing=st.sampled_from(RelationStanding),
)


@st.composite
def notices(draw: st.DrawFn) -> Notice:
    """Any notice that the profile can carry."""
    start, end = draw(st.none() | dates), draw(st.none() | dates)
    if start and end and end < start:
        start, end = end, start
    band = draw(st.sampled_from(AgeBand))
    return Notice(
        id=draw(uuids),
        event=draw(st.sampled_from(NoticeEvent)),
        sequence=draw(sequences),
        home_gateway=draw(gateway_ids),
        agency=draw(agency_ids),
        person_ref=draw(person_refs),
        involvement_ref=draw(involvement_refs),
        evidence=draw(epochs_of_evidence),
        service=draw(st.sampled_from(ServiceLine)),
        sensitivity=draw(st.sampled_from(Sensitivity)),
        worker=draw(workers),
        age_band=band,
        age_band_until=draw(st.none() | dates),
        start=start,
        end=end,
        confirmed=draw(dates),
        legal_basis=draw(st.sampled_from(LegalBasis)),
        consent=draw(st.sampled_from(Consent)),
        consent_date=draw(st.none() | dates),
        informed=draw(st.sampled_from(Informed)),
        informed_date=draw(st.none() | dates),
        held_back=draw(st.booleans()),
        relations=draw(_few(relations, 2)),  # type: ignore[arg-type]
        sealed_details=draw(st.just("") | lines(300)),
        worker_tokens=tuple(draw(st.lists(st.text("0123456789abcdef", min_size=32, max_size=32), max_size=3))),
        status_asserted=band is AgeBand.YOUNG_20_24 and draw(st.booleans()),
    )


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    """Any alert that says no more than its event and level allow."""
    event, level = draw(st.sampled_from(AlertEvent)), draw(st.sampled_from(AlertLevel))
    other = introducer = None
    introduced = False
    shows = event in (AlertEvent.MADE, AlertEvent.CHANGED)
    if shows and level is AlertLevel.EMPTY and draw(st.booleans()):
        contact = draw(workers).contact
        introducer = Introducer(draw(lines(120)), contact)
    if shows and level is not AlertLevel.EMPTY:
        introduced = draw(st.booleans())
        other = OtherParty(
            agency=draw(agency_ids),
            agency_name=draw(lines(200)),
            service=draw(st.sampled_from(ServiceLine)),
            worker=draw(workers) if level is AlertLevel.FULL else Worker(),
            start=draw(st.none() | dates),
        )
    return Alert(
        id=draw(uuids),
        event=event,
        connection=draw(uuids),
        version=draw(st.integers(1, 2**31 - 1)),
        level=level,
        home_gateway=draw(gateway_ids),
        recipient_agency=draw(agency_ids),
        recipient_person=draw(person_refs),
        recipient_involvement=draw(involvement_refs),
        spoken_reference=draw(spoken_references),
        certainty=draw(st.sampled_from(Certainty)),
        relation=draw(st.none() | st.sampled_from(RelationKind)),
        other=other,
        participation=Participation(tuple(draw(st.lists(lines(200), max_size=4))), draw(dates)),
        made_at=draw(instants),
        not_after=draw(instants),
        introducer=introducer,
        introduced=introduced,
        digest_only=shows and draw(st.booleans()),
    )


issues = st.builds(
    Issue,
    type=st.sampled_from(sorted(ISSUE_TYPES)),
    code=st.from_regex(r"[a-z][a-z0-9-]{0,63}", fullmatch=True),
    element=st.just("") | st.just("Bundle.entry[1].resource.participant[0].member"),
    text=lines(80).map(lambda text: " ".join(text.split())).filter(is_line),
)
receipts = st.builds(
    Receipt,
    about=st.none() | uuids,
    digest=hex64,
    outcome=st.sampled_from(ReceiptOutcome),
    issues=st.lists(issues, max_size=3).map(tuple),
    gateway_incarnation=st.just("") | incarnations,
    last_accepted=st.none() | sequences,
)
