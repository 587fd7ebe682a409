"""The second form of an alert: an R4 Subscriptions-backport notification, id-only, as a `history` Bundle.

It is the shape that NHS England's Multicast Notification Service publishes: one Parameters resource that says which
event happened, and no content. It names the recipient's client by the recipient's own opaque reference and never says
who else is involved. Within an agency it names nobody at all, only where the alert stands. Source:
http://hl7.org/fhir/uv/subscriptions-backport (STU 1.1), Bundle-r4-notification-id-only,
backport-subscription-notification-r4 and backport-subscription-status-r4.
"""

from typing import Any

from mappings.canonical.alert import Alert
from mappings.fhir import extensions as url
from mappings.fhir.message import encode, full_url
from mappings.fhir.primitives import write_instant
from mappings.fhir.refusal import ProfileRefusal

Json = dict[str, Any]
PROFILE = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-notification-r4"
STATUS_PROFILE = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-status-r4"
TOPIC = f"{url.BASE}/SubscriptionTopic/connection"


def write(alert: Alert) -> bytes:
    """The Bundle as UTF-8 JSON.

    Declaring an involvement is what subscribes an agency, and each connection is counted by itself: the subscription
    is the connection's, and the event number is the alert's version. Raises `ProfileRefusal` where the alert's instant
    has no time zone.
    """
    return encode(to_json(alert))


def to_json(alert: Alert) -> Json:
    """The Bundle as JSON."""
    try:
        return _bundle(alert, f"urn:uuid:{alert.id}", [{"name": "additional-context", "part": _context(alert)}])
    except ValueError:
        raise ProfileRefusal.of(
            "value", "wrong-value", "Bundle.timestamp", "has no time zone; give every instant one"
        ) from None


def for_agency(alert: Alert, focus: str) -> Json:
    """What an agency's own systems are told: that something stands at `focus`, the address of a resource on the
    agency's own FHIR server. Whoever wants to know what must be let in there. Raises `ValueError` where the alert's
    instant has no time zone."""
    return {"resourceType": "Bundle", "meta": {"profile": [PROFILE]}} | _bundle(alert, focus, [])


def _bundle(alert: Alert, focus: str, context: list[Json]) -> Json:
    made_at = write_instant(alert.made_at)
    subscription = f"{alert.home_gateway}/Subscription/{alert.connection}"
    status = {
        "resourceType": "Parameters",
        "meta": {"profile": [STATUS_PROFILE]},
        "parameter": [
            {"name": "subscription", "valueReference": {"reference": subscription}},
            {"name": "topic", "valueCanonical": TOPIC},
            {"name": "status", "valueCode": "active"},
            {"name": "type", "valueCode": "event-notification"},
            {"name": "events-since-subscription-start", "valueString": str(alert.version)},
            {"name": "notification-event", "part": _event(alert, made_at, focus)},
            *context,
        ],
    }
    return {
        "resourceType": "Bundle",
        "type": "history",
        "timestamp": made_at,
        "entry": [
            {
                "fullUrl": full_url(alert.id, "Parameters"),
                "resource": status,
                "request": {"method": "GET", "url": f"{subscription}/$status"},
                "response": {"status": "200"},
            }
        ],
    }


def _event(alert: Alert, made_at: str, focus: str) -> list[Json]:
    return [
        {"name": "event-number", "valueString": str(alert.version)},
        {"name": "timestamp", "valueInstant": made_at},
        {"name": "focus", "valueReference": {"reference": focus}},
    ]


def _context(alert: Alert) -> list[Json]:
    subject = {"identifier": {"system": url.PERSON_REFS, "value": str(alert.recipient_person)}}
    return [
        {"name": "event-type", "valueString": alert.event.value},
        {"name": "source", "valueUri": str(alert.home_gateway)},
        {"name": "subject", "valueReference": subject},
    ]
