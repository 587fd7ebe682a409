"""A ledger's position (incarnation, n) as an extension, in notices and receipts."""

from typing import Any

from mappings.canonical.notice import Sequence
from mappings.fhir import extensions as url
from mappings.fhir.extension_reading import compound, simple, value

Json = dict[str, Any]


def write(sequence: Sequence) -> Json:
    """The extension; the count stands as text, since it may exceed FHIR R4's integers."""
    return compound(
        url.SEQUENCE,
        simple("incarnation", "valueString", sequence.incarnation),
        simple("n", "valueString", str(sequence.n)),
    )


def read(extension: Json) -> Sequence:
    """The position in an extension that passed the allow-list."""
    return Sequence(value(extension, "incarnation", "valueString"), int(value(extension, "n", "valueString")))
