"""A receipt as a FHIR R4 message Bundle, there and back: MessageHeader with `response`, and an OperationOutcome where
there are issues."""

from typing import Any

from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.identifiers import MessageId
from mappings.canonical.receipt import Issue, Receipt
from mappings.fhir import extensions as url
from mappings.fhir import operation_outcome, sequence_extension
from mappings.fhir import primitives as is_a
from mappings.fhir.allow_list import SEQUENCE
from mappings.fhir.elements import INSIDE, coding, maybe, message, parts
from mappings.fhir.extension_reading import simple, value, within
from mappings.fhir.message import Message, bundle, check, encode, full_url
from mappings.fhir.message import read as read_message
from mappings.fhir.refusal import ProfileRefusal
from mappings.fhir.shapes import Extensions, Object

Json = dict[str, Any]
NEEDED = ("MessageHeader",)

# https://hl7.org/fhir/R4/valueset-response-code.html: a transient error may be sent again, a fatal one may not.
CODE_OF = {
    ReceiptOutcome.ACCEPTED: "ok",
    ReceiptOutcome.STALE: "transient-error",
    ReceiptOutcome.REFUSED: "fatal-error",
}
OUTCOME_OF = {code: outcome for outcome, code in CODE_OF.items()}
SEVERITY_OF = {ReceiptOutcome.ACCEPTED: "information", ReceiptOutcome.STALE: "error", ReceiptOutcome.REFUSED: "fatal"}

_HEADER = Object(
    {
        "resourceType": is_a.fixed("MessageHeader"),
        "eventCoding": coding(url.RECEIPT_EVENTS, ("receipt",)),
        "source": Object({"endpoint": is_a.fixed(url.RECEIVER_ENDPOINT)}),
        "response": Object({"identifier": is_a.UUID_OR_DIGEST, "code": is_a.code(OUTCOME_OF)}, {"details": INSIDE}),
    },
    {
        "extension": Extensions(
            {
                url.SEALED_DIGEST: maybe("valueString", is_a.DIGEST),
                url.GATEWAY_INCARNATION: maybe("valueString", is_a.INCARNATION),
                url.SEQUENCE: parts(SEQUENCE, 0, 1),
            }
        )
    },
)
RECEIPT = message(
    url.RECEIPT_PROFILE,
    {"MessageHeader": _HEADER, "OperationOutcome": operation_outcome.OUTCOME},
    entries=2,
    identified=False,
)
# Makes the fullUrls of a receipt for a message that could not be opened, so has no id.
_NO_MESSAGE = MessageId("00000000-0000-0000-0000-000000000000")


def write(receipt: Receipt) -> bytes:
    """The Bundle as UTF-8 JSON; the same receipt always gives the same bytes. Raises `ProfileRefusal` where it names
    no message."""
    document = to_json(receipt)
    from_message(check(document, RECEIPT, NEEDED))
    return encode(document)


def read(data: bytes) -> Receipt:
    """The receipt in `data`. Raises `ProfileRefusal`, and nothing else, whatever the bytes are."""
    return from_message(read_message(data, RECEIPT, NEEDED))


def to_json(receipt: Receipt) -> Json:
    """The Bundle as JSON, not yet compared with the allow-list."""
    message_id = receipt.about or _NO_MESSAGE
    response: Json = {
        "identifier": str(receipt.about) if receipt.about else receipt.digest,
        "code": CODE_OF[receipt.outcome],
    }
    extension = []
    if receipt.digest:
        extension.append(simple(url.SEALED_DIGEST, "valueString", receipt.digest))
    if receipt.gateway_incarnation:
        extension.append(simple(url.GATEWAY_INCARNATION, "valueString", receipt.gateway_incarnation))
    if receipt.last_accepted:
        extension.append(sequence_extension.write(receipt.last_accepted))
    header: Json = {
        "resourceType": "MessageHeader",
        "eventCoding": {"system": url.RECEIPT_EVENTS, "code": "receipt"},
        "source": {"endpoint": url.RECEIVER_ENDPOINT},
        "response": response,
    }
    if extension:
        header["extension"] = extension
    resources = [header]
    if receipt.issues:
        response["details"] = {"reference": full_url(message_id, "OperationOutcome")}
        resources.append(operation_outcome.write(receipt.issues, SEVERITY_OF[receipt.outcome]))
    return bundle(url.RECEIPT_PROFILE, message_id, resources, identified=False)


def from_message(message: Message) -> Receipt:
    """The receipt in a message that passed the allow-list. Raises `ProfileRefusal`."""
    header = message.resources["MessageHeader"][1]
    response = header["response"]
    outcome = message.get("OperationOutcome")
    digest = value(header, url.SEALED_DIGEST, "valueString") or ""
    about = MessageId(response["identifier"]) if len(response["identifier"]) == 36 else None
    issues: list[Issue] = []
    if "details" in response:
        message.points("MessageHeader", "response.details", response["details"], "OperationOutcome", issues)
    elif outcome is not None:
        path = message.path("MessageHeader", "response.details")
        issues.append(
            Issue("required", "missing-element", path, "is missing; refer to the OperationOutcome in this message")
        )
    if about is None and response["identifier"] != digest:
        path = message.path("MessageHeader", "response.identifier")
        issues.append(
            Issue("invariant", "conflict", path, "must be the id of a message, or the digest that the receipt gives")
        )
    if issues:
        raise ProfileRefusal(issues)
    position = within(header, url.SEQUENCE)
    return Receipt(
        about=about,
        digest=digest,
        outcome=OUTCOME_OF[response["code"]],
        issues=operation_outcome.read(outcome) if outcome else (),
        gateway_incarnation=value(header, url.GATEWAY_INCARNATION, "valueString") or "",
        last_accepted=sequence_extension.read(position[0]) if position else None,
    )
