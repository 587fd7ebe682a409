"""A FHIR R4 Bundle that a system sent: a message, a transaction or batch to be stored, or a collection. An event: it says nothing of what it
leaves out. https://hl7.org/fhir/R4/messaging.html, https://hl7.org/fhir/R4/http.html#transaction"""

from collections import Counter
from datetime import UTC, datetime

from connectors.listeners.directories import Directories
from connectors.reading.taking import Making, Message
from connectors.running.served_agency import ServedAgency
from connectors.sources.fhir_entries import BundleReading
from connectors.sources.fhir_nodes import Misfit, Node, child, children, text
from connectors.sources.port import SourceUnreadable
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import Limits
from mappings.fhir.refusal import ProfileRefusal
from mappings.preset import Preset

TYPES = ("message", "transaction", "batch", "collection")
MAX_ENTRIES = 2_000
MAX_MEMBERS = 500
_NAME = "Bundle"


def making(source: str, preset: Preset, body: bytes, key: str, directories: Directories) -> Making:
    """How the message is made from the body; `key` is the sender's name for it where the Bundle has none of its own. The making raises
    `SourceUnreadable`."""

    def make(agency: ServedAgency) -> Message:
        bundle = _bundle(preset, body)
        now = agency.shared.now()
        try:
            id = text(child(bundle, "identifier"), "value", 200) or key[:200] or text(bundle, "id", 200)
            at = _instant(text(bundle, "timestamp", 64)) or now
            _no_deletions(bundle)
        except Misfit as problem:
            raise SourceUnreadable(f"Bundle.{problem}") from None
        if not id:
            raise SourceUnreadable(
                "the Bundle has no name: give it Bundle.identifier, or an Idempotency-Key in the head of the request"
            )
        mode, complete = agency.shared.settings.mode, directories.complete
        reading = BundleReading(_NAME, bundle, preset, agency.defaults, mode, now.date(), Counter(), complete=complete)
        return Message(source, id, at, body, list(reading.readings()))

    return make


def _bundle(preset: Preset, body: bytes) -> Node:
    if preset.fhir is None:
        raise SourceUnreadable(f"the preset {preset.name} does not read FHIR; name one that does in fhir_preset")
    bounds = preset.fhir.limits
    limits = Limits(size=len(body) or 1, depth=bounds.depth, text=bounds.text, items=MAX_ENTRIES, members=MAX_MEMBERS)
    try:
        bundle = decode(body.removeprefix(b"\xef\xbb\xbf"), limits, _NAME)
    except ProfileRefusal as refusal:
        raise SourceUnreadable(refusal.issues[0].text) from None
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") not in TYPES:
        raise SourceUnreadable(f"send a FHIR R4 Bundle of type {', '.join(TYPES)}")
    return bundle


def _no_deletions(bundle: Node) -> None:
    for entry in children(bundle, "entry"):
        if text(child(entry, "request"), "method") in ("DELETE", "PATCH"):
            raise SourceUnreadable(
                "an entry asks to delete or patch, from which no involvement can be told; send the resource as it is now, with the status "
                "inactive, finished or entered-in-error"
            )


def _instant(said: str) -> datetime | None:
    if not said:
        return None
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        found = datetime.min
    if found.tzinfo is None:
        raise SourceUnreadable(
            "Bundle.timestamp is no instant of FHIR: a time with its zone, such as 2025-11-01T09:00:00Z"
        )
    return found.astimezone(UTC)
