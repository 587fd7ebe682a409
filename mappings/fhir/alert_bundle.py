"""An alert as a FHIR R4 message Bundle, there and back: MessageHeader, Communication and, where the level allows,
CareTeam.

The recipient's client, involvement and agency stand as references by identifier: opaque to everybody but the recipient.
"""

from datetime import date
from typing import Any

from mappings.canonical.alert import Alert, Introducer, OtherParty, Participation
from mappings.canonical.codes import AlertEvent, AlertLevel, Certainty, RelationKind, ServiceLine
from mappings.canonical.identifiers import AgencyId, GatewayId, InvolvementRef, MessageId, PersonRef, SpokenReference
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Worker
from mappings.canonical.receipt import Issue
from mappings.fhir import care_team as involved
from mappings.fhir import extensions as url
from mappings.fhir.alert_allow_list import ALERT, status_of
from mappings.fhir.extension_reading import compound, maybe, simple, value, values, within
from mappings.fhir.message import Message, bundle, check, encode, full_url
from mappings.fhir.message import read as read_message
from mappings.fhir.primitives import read_instant, write_instant
from mappings.fhir.refusal import ProfileRefusal

Json = dict[str, Any]
NEEDED = ("MessageHeader", "Communication")
NAMES_NOBODY = frozenset((AlertEvent.RETRACTED, AlertEvent.ENDED))


def write(alert: Alert) -> bytes:
    """The Bundle as UTF-8 JSON; the same alert always gives the same bytes.

    Raises `ProfileRefusal` where the alert says more than its event and level allow, or holds what the profile cannot
    carry.
    """
    document = to_json(alert)
    from_message(check(document, ALERT, NEEDED))
    return encode(document)


def read(data: bytes) -> Alert:
    """The alert in `data`. Raises `ProfileRefusal`, and nothing else, whatever the bytes are."""
    return from_message(read_message(data, ALERT, NEEDED))


def to_json(alert: Alert) -> Json:
    """The Bundle as JSON, not yet compared with the allow-list. Raises `ProfileRefusal` for an instant without a time
    zone."""
    header: Json = {
        "resourceType": "MessageHeader",
        "eventCoding": {"system": url.ALERT_EVENTS, "code": alert.event.value},
        "source": {"endpoint": url.GATEWAY_ENDPOINT},
        "focus": [{"reference": full_url(alert.id, "Communication")}],
    }
    resources = [header, _communication(alert)]
    if alert.other is not None:
        resources += _other(alert, alert.other)
    return bundle(url.ALERT_PROFILE, alert.id, resources, identified=True)


def from_message(message: Message) -> Alert:
    """The alert in a message that passed the allow-list. Raises `ProfileRefusal`."""
    header, communication = message.resources["MessageHeader"][1], message.resources["Communication"][1]
    event = AlertEvent(header["eventCoding"]["code"])
    level = AlertLevel(value(communication, url.ALERT_LEVEL, "valueCode"))
    issues: list[Issue] = []
    message.points("MessageHeader", "focus[0]", header["focus"][0], "Communication", issues)
    if communication["status"] != status_of(event):
        text = f"does not agree with the event of the message; write {status_of(event)}"
        issues.append(Issue("invariant", "conflict", message.path("Communication", "status"), text))
    _check_other(message, event, level, issues)
    _check_introducer(message, event, level, issues)
    _check_digest_only(message, event, issues)
    if issues:
        raise ProfileRefusal(issues)
    relation = value(communication, url.RELATED_AS, "valueCode")
    participation = within(communication, url.PARTICIPATION)[0]
    return Alert(
        id=MessageId(message.bundle["identifier"]["value"].removeprefix("urn:uuid:")),
        event=event,
        connection=MessageId(communication["identifier"][0]["value"]),
        version=int(value(communication, url.ALERT_VERSION, "valueString")),
        level=level,
        home_gateway=GatewayId(communication["sender"]["identifier"]["value"]),
        recipient_agency=AgencyId(communication["recipient"][0]["identifier"]["value"]),
        recipient_person=PersonRef(communication["subject"]["identifier"]["value"]),
        recipient_involvement=InvolvementRef(communication["about"][0]["identifier"]["value"]),
        spoken_reference=SpokenReference(value(communication, url.SPOKEN_REFERENCE, "valueString")),
        certainty=Certainty(value(communication, url.CERTAINTY, "valueCode")),
        relation=RelationKind(relation) if relation else None,
        other=_read_other(message),
        participation=Participation(
            agencies=tuple(values(participation, "agency", "valueString")),
            as_of=date.fromisoformat(value(participation, "as-of", "valueDate")),
        ),
        made_at=read_instant(communication["sent"]),
        not_after=read_instant(value(communication, url.NOT_AFTER, "valueInstant")),
        introducer=_read_introducer(communication),
        introduced=bool(value(communication, url.INTRODUCED, "valueBoolean")),
        digest_only=bool(value(communication, url.DIGEST_ONLY, "valueBoolean")),
    )


def _communication(alert: Alert) -> Json:
    try:
        sent, not_after = write_instant(alert.made_at), write_instant(alert.not_after)
    except ValueError:
        raise ProfileRefusal.of(
            "value", "wrong-value", "Communication.sent", "has no time zone; give every instant one"
        ) from None
    agencies = [simple("agency", "valueString", name) for name in alert.participation.agencies]
    extension = [
        simple(url.ALERT_VERSION, "valueString", str(alert.version)),
        simple(url.ALERT_LEVEL, "valueCode", alert.level.value),
        simple(url.SPOKEN_REFERENCE, "valueString", str(alert.spoken_reference)),
        simple(url.CERTAINTY, "valueCode", alert.certainty.value),
        maybe(url.RELATED_AS, "valueCode", alert.relation.value if alert.relation else None),
        compound(url.PARTICIPATION, simple("as-of", "valueDate", alert.participation.as_of.isoformat()), *agencies),
        simple(url.NOT_AFTER, "valueInstant", not_after),
        _introducer(alert.introducer),
        maybe(url.INTRODUCED, "valueBoolean", alert.introduced),
        maybe(url.DIGEST_ONLY, "valueBoolean", alert.digest_only),
    ]
    return {
        "resourceType": "Communication",
        "extension": [each for each in extension if each is not None],
        "identifier": [{"system": url.CONNECTIONS, "value": str(alert.connection)}],
        "status": status_of(alert.event),
        "subject": _by_identifier(url.PERSON_REFS, str(alert.recipient_person)),
        "about": [_by_identifier(url.INVOLVEMENT_REFS, str(alert.recipient_involvement))],
        "sent": sent,
        "recipient": [_by_identifier(url.AGENCIES, str(alert.recipient_agency))],
        "sender": _by_identifier(url.GATEWAYS, str(alert.home_gateway)),
    }


def _introducer(introducer: Introducer | None) -> Json | None:
    if introducer is None:
        return None
    contact = introducer.contact
    return compound(
        url.INTRODUCER,
        simple("name", "valueString", introducer.name),
        maybe("phone", "valueString", contact.phone),
        maybe("email", "valueString", contact.email),
    )


def _read_introducer(communication: Json) -> Introducer | None:
    for held in within(communication, url.INTRODUCER):
        phone, email = (value(held, name, "valueString") or "" for name in ("phone", "email"))
        return Introducer(value(held, "name", "valueString"), Contact(phone, email))
    return None


def _check_introducer(message: Message, event: AlertEvent, level: AlertLevel, issues: list[Issue]) -> None:
    """An introducer stands only where nobody is named, and `introduced` only where somebody is."""
    communication, named = message.resources["Communication"][1], "CareTeam" in message.resources
    shows = event not in NAMES_NOBODY
    path = message.path("Communication", "extension")
    if within(communication, url.INTRODUCER) and (named or not shows or level is not AlertLevel.EMPTY):
        issues.append(Issue("invariant", "conflict", path, "names an introducer where it may not; only at level empty"))
    if value(communication, url.INTRODUCED, "valueBoolean") is not None and not (named and shows):
        issues.append(Issue("invariant", "conflict", path, "says introduced, and names nobody; take it out"))


def _check_digest_only(message: Message, event: AlertEvent, issues: list[Issue]) -> None:
    """What takes something back never waits for a digest."""
    if event in NAMES_NOBODY and value(message.resources["Communication"][1], url.DIGEST_ONLY, "valueBoolean"):
        path = message.path("Communication", "extension")
        issues.append(
            Issue(
                "invariant", "conflict", path, "says digest-only of an ending or a retraction, which are told at once"
            )
        )


def _by_identifier(system: str, text: str) -> Json:
    return {"identifier": {"system": system, "value": text}}


def _other(alert: Alert, other: OtherParty) -> list[Json]:
    care_team: Json = {
        "resourceType": "CareTeam",
        "status": "active",
        "category": [{"coding": [{"system": url.SERVICE_LINES, "code": other.service.value}]}],
    }
    if other.start:
        care_team["period"] = {"start": other.start.isoformat()}
    organization: Json = {
        "resourceType": "Organization",
        "identifier": [{"system": url.AGENCIES, "value": str(other.agency)}],
        "name": other.agency_name,
    }
    practitioner = involved.write(
        other.worker, care_team, full_url(alert.id, "Practitioner"), full_url(alert.id, "Organization")
    )
    return [care_team, organization] if practitioner is None else [care_team, practitioner, organization]


def _check_other(message: Message, event: AlertEvent, level: AlertLevel, issues: list[Issue]) -> None:
    present = [kind for kind in ("CareTeam", "Practitioner", "Organization") if kind in message.resources]
    if not present:
        return
    if event in NAMES_NOBODY or level is AlertLevel.EMPTY:
        text = "may not stand in an ending, a retraction or at level empty; take it out"
        issues.extend(Issue("invariant", "conflict", message.path(kind), text) for kind in present)
        return
    missing = [kind for kind in ("CareTeam", "Organization") if kind not in message.resources]
    if missing:
        issues.extend(
            Issue("required", "missing-resource", "Bundle.entry", f"has no {kind} beside {present[0]}")
            for kind in missing
        )
        return
    involved.check(message, issues)
    if not issues and level is AlertLevel.ID_ONLY and involved.read(message) != Worker():
        issues.append(
            Issue("invariant", "conflict", message.path("CareTeam"), "may not say who works there at level id-only")
        )


def _read_other(message: Message) -> OtherParty | None:
    if "CareTeam" not in message.resources:
        return None
    care_team, organization = message.resources["CareTeam"][1], message.resources["Organization"][1]
    start = care_team.get("period", {}).get("start")
    return OtherParty(
        agency=AgencyId(organization["identifier"][0]["value"]),
        agency_name=organization["name"],
        service=ServiceLine(care_team["category"][0]["coding"][0]["code"]),
        worker=involved.read(message),
        start=date.fromisoformat(start) if start else None,
    )
