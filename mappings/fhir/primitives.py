"""FHIR R4 primitive types as this profile reads them: each narrower than FHIR's own, so that what passes here is valid
FHIR too.

Source: https://hl7.org/fhir/R4/datatypes.html#primitive
"""

import base64
import binascii
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

from mappings.canonical.identifiers import AgencyId, GatewayId, InvolvementRef, MessageId, PersonRef, SpokenReference
from mappings.fhir.limits import MAX_DISPLAY, MAX_EVIDENCE, MAX_SEALED_DETAILS
from mappings.fhir.shapes import Number, Text, Truth

# No control characters, and none of those that change the direction of the text around them: an alert is read by
# people in a hurry.
_HIDDEN = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_LINE = re.compile(rf"(?=.*\S)[^{_HIDDEN}]+")
_HIDING = re.compile(f"[{_HIDDEN}]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")
_COUNT = re.compile(r"[1-9][0-9]{0,15}")
_WORKER_TOKEN = re.compile("[0-9a-f]{32}")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def is_line(text: str) -> bool:
    """One line of text to be shown: something besides white space, and nothing that hides or reorders it."""
    return _LINE.fullmatch(text) is not None


def as_line(text: str) -> str:
    """The text with everything that a line may not hold, and all runs of white space, made one space."""
    return " ".join(_HIDING.sub(" ", text).split())


def is_date(text: str) -> bool:
    """A whole calendar date."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_instant(text: str) -> bool:
    """A UTC instant, to the second or finer, written with Z."""
    if not _INSTANT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_count(text: str) -> bool:
    """A count from 1 to 2**53 - 1. As text because FHIR R4's own integers end at 2**31 - 1."""
    return _COUNT.fullmatch(text) is not None and int(text) < 2**53


def is_worker_token(text: str) -> bool:
    """A keyed token of a worker's registration number, in hexadecimal."""
    return _WORKER_TOKEN.fullmatch(text) is not None


def is_base64(text: str) -> bool:
    """Base64 with padding, no white space, and no bits set beyond the last byte: one encoding for each content."""
    if not text or not _BASE64.fullmatch(text):
        return False
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode("ascii") == text
    except binascii.Error:
        return False


def write_instant(when: datetime) -> str:
    """`when` as UTC with Z. Raises ValueError where it has no time zone."""
    if when.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_instant(text: str) -> datetime:
    """The UTC instant in a text that `is_instant`."""
    return datetime.fromisoformat(text)


def fixed(value: str) -> Text:
    """Exactly this text."""
    return Text(f"exactly {value}", len(value), codes=frozenset((value,)))


def code(allowed: Iterable[str]) -> Text:
    """One of a closed list of codes."""
    codes = frozenset(allowed)
    return Text("one of " + ", ".join(sorted(codes)), max(map(len, codes)), codes=codes)


def _matches(pattern: re.Pattern[str], what: str, limit: int) -> Text:
    return Text(what, limit, test=lambda text: pattern.fullmatch(text) is not None)


DATE = Text("a date, YYYY-MM-DD", 10, test=is_date)
INSTANT = Text("a UTC instant, YYYY-MM-DDThh:mm:ssZ", 27, test=is_instant)
COUNT = Text("a count from 1 to 9007199254740991, as text", 16, test=is_count)
DISPLAY = Text(f"one line of text of at most {MAX_DISPLAY} characters", MAX_DISPLAY, test=is_line)
NAME = Text("one line of text of at most 200 characters", 200, test=is_line)
SENTENCE = Text("one line of text of at most 500 characters", 500, test=is_line)
INCARNATION = Text("one line of text of at most 40 characters", 40, test=is_line)
EVIDENCE = Text(f"base64 of at most {MAX_EVIDENCE} bytes", MAX_EVIDENCE * 4 // 3, test=is_base64)
SEALED = Text(f"one line of text of at most {MAX_SEALED_DETAILS} characters", MAX_SEALED_DETAILS, test=is_line)
AGENCY = _matches(AgencyId.pattern, "the URI of an agency", 200)
GATEWAY = _matches(GatewayId.pattern, "the URI of a gateway", 200)
PERSON_REF = _matches(PersonRef.pattern, "an opaque person reference: " + PersonRef.rule, 64)
INVOLVEMENT_REF = _matches(InvolvementRef.pattern, "an opaque involvement reference: " + InvolvementRef.rule, 64)
WORKER_TOKEN = _matches(_WORKER_TOKEN, "a keyed token of a worker: 32 hexadecimal digits", 32)
SPOKEN = _matches(SpokenReference.pattern, "a spoken reference: " + SpokenReference.rule, 7)
UUID = _matches(MessageId.pattern, "a lower-case UUID", 36)
URN_UUID = _matches(re.compile("urn:uuid:" + MessageId.pattern.pattern), "urn:uuid: and a lower-case UUID", 45)
DIGEST = _matches(re.compile("[0-9a-f]{64}"), "64 lower-case hexadecimal digits", 64)
UUID_OR_DIGEST = _matches(
    re.compile(f"{MessageId.pattern.pattern}|[0-9a-f]{{64}}"),
    "a lower-case UUID or 64 lower-case hexadecimal digits",
    64,
)
ISSUE_CODE = _matches(re.compile(r"[a-z][a-z0-9-]{0,63}"), "1 to 64 of a-z, 0-9 and -", 64)
FHIR_PATH = _matches(re.compile(r"[!-~][ -~]{0,199}"), "a FHIRPath of at most 200 characters", 200)
POSITIVE = Number("a whole number from 1 to 2147483647", 1, 2**31 - 1)
TRUTH = Truth()
