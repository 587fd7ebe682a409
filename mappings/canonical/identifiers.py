"""Identifiers that check themselves when they are made; a value of one of these types is always well formed.

Every class raises `InvalidIdentifier`, whose message names the kind and the rule but never the value.
"""

import re
from dataclasses import dataclass
from typing import ClassVar, Self


class InvalidIdentifier(ValueError):
    """The text is not an identifier of the kind asked for. The message never repeats the text."""


@dataclass(frozen=True, slots=True, order=True)
class _Text:
    """One piece of text that matches the pattern of its kind."""

    value: str
    kind: ClassVar[str] = "identifier"
    rule: ClassVar[str] = ""
    pattern: ClassVar[re.Pattern[str]] = re.compile(r".+")

    def __post_init__(self) -> None:
        if not isinstance(self.value, str) or not self.pattern.fullmatch(self.value):
            raise InvalidIdentifier(f"not a valid {self.kind}: {self.rule}")

    def __str__(self) -> str:
        return self.value


class AgencyId(_Text):
    """A global URI of an agency: a service with its own records and rules, within an organisation."""

    __slots__ = ()
    kind = "agency id"
    rule = "expected a URI of at most 200 characters, such as https://seaton.example/agency/housing"
    pattern = re.compile(r"(?:https://|urn:)[A-Za-z0-9][A-Za-z0-9:/._~-]{2,191}")


class GatewayId(_Text):
    """A global URI of a gateway; every record, alert and agreement says which gateway is its home."""

    __slots__ = ()
    kind = "gateway id"
    rule = "expected a URI of at most 200 characters, such as https://seaton.example/patchwork"
    pattern = AgencyId.pattern


class PartnershipId(_Text):
    """The short name of one partnership (one deployment); bound into key derivation and signed bytes."""

    __slots__ = ()
    kind = "partnership id"
    rule = "expected 1 to 40 of a-z, 0-9 and -"
    pattern = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class ConnectorId(_Text):
    """The name of one connector. Spliced into broker permission patterns, so nothing but a-z, 0-9 and - is allowed."""

    __slots__ = ()
    kind = "connector id"
    rule = "expected 1 to 40 of a-z, 0-9 and -"
    pattern = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class AgreementId(_Text):
    """The short name of a sharing agreement."""

    __slots__ = ()
    kind = "agreement id"
    rule = "expected 1 to 40 of a-z, 0-9 and -"
    pattern = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class PersonRef(_Text):
    """An agency's opaque reference to one of its clients: hex HMAC-SHA256 of the local id under a key only that agency holds."""

    __slots__ = ()
    kind = "person reference"
    rule = "expected 64 lower-case hexadecimal digits"
    pattern = re.compile(r"[0-9a-f]{64}")


class InvolvementRef(_Text):
    """An agency's opaque reference to one involvement, made like a person reference."""

    __slots__ = ()
    kind = "involvement reference"
    rule = "expected 64 lower-case hexadecimal digits"
    pattern = re.compile(r"[0-9a-f]{64}")


class MessageId(_Text):
    """A lower-case UUID: of a notice (stable), of an alert (stable), or of one sealing of either (new each time)."""

    __slots__ = ()
    kind = "message id"
    rule = "expected a lower-case UUID"
    pattern = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class KeyId(_Text):
    """The RFC 7638 SHA-256 thumbprint of a public key, base64url without padding."""

    __slots__ = ()
    kind = "key id"
    rule = "expected the 43 base64url characters of a SHA-256 key thumbprint"
    pattern = re.compile(r"[A-Za-z0-9_-]{43}")


class OdsCode(_Text):
    """An Organisation Data Service code, upper case. https://fhir.nhs.uk/Id/ods-organization-code"""

    __slots__ = ()
    kind = "ODS code"
    rule = "expected 2 to 12 capital letters and digits"
    pattern = re.compile(r"[A-Z0-9]{2,12}")


class SpokenReference(_Text):
    """The short random reference both sides of a connection can say on the telephone, such as K7P-4QX. No I, O, 0, 1, U."""

    __slots__ = ()
    kind = "spoken reference"
    rule = "expected two groups of three, such as K7P-4QX"
    pattern = re.compile(r"[ABCDEFGHJKLMNPQRSTVWXYZ2-9]{3}-[ABCDEFGHJKLMNPQRSTVWXYZ2-9]{3}")


@dataclass(frozen=True, slots=True)
class NHSNumber:
    """A ten-digit NHS number whose modulus 11 check digit agrees (one random number in eleven does: this is never proof).

    Spaces and hyphens are stripped. Source: NHS Data Dictionary, NHS NUMBER.
    """

    value: str

    def __post_init__(self) -> None:
        digits = re.sub(r"[\s-]", "", self.value) if isinstance(self.value, str) else ""
        if not re.fullmatch(r"[0-9]{10}", digits):
            raise InvalidIdentifier("not a valid NHS number: expected ten digits")
        check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
        if check == 10 or check % 11 != int(digits[9]):
            raise InvalidIdentifier("not a valid NHS number: the check digit does not agree")
        object.__setattr__(self, "value", digits)

    @property
    def is_test(self) -> bool:
        """True in the 999 range, which is never given to a real person."""
        return self.value.startswith("999")

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The number in `text`, or None where there is no valid one."""
        try:
            return cls(text)
        except InvalidIdentifier:
            return None

    def __repr__(self) -> str:
        return "NHSNumber(hidden)"
