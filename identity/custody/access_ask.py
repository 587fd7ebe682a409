"""What a DPO asks the register on somebody's behalf: tokens made on the DPO's own machine, from details that never leave it.

A details file is TOML, mode 0600: `given = ["Maya"]`, `family = "O'Neill"`, and where they are known `birth_date`, `known_as`, `former_family`,
`nhs_number`, and `addresses` as tables of `lines`, `town`, `postcode`: former addresses too, since records may have them.
"""

import base64
import json
import tomllib
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from identity.agency.change_statement import SignedChange, sign_change
from identity.agency.faults import KeyFault
from identity.agency.keys import SigningKey
from identity.agency.private_file import read_private
from identity.custody.access_actions import SEARCH
from identity.custody.epoch import LinkageEpoch
from identity.person.standardise import standardise
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import IdentifierSystem, Mode, Strength
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import KeyId, NHSNumber
from mappings.canonical.person import Address, PartialDate, Person, PersonIdentifier
from mappings.evidence_codec import encode

MAX_EPOCHS: Final = 10
MAX_ADDRESSES: Final = 5
MAX_ASK_BYTES: Final = 128 * 1024
_FORM: Final = "patchwork-access-ask/1"
_MEMBERS: Final = frozenset({"given", "family", "birth_date", "known_as", "former_family", "nhs_number", "addresses"})


class InvalidDetailsFile(KeyFault):
    """The details cannot be read. The message names the member, never what is in it."""


def read_details(path: Path) -> Person:
    """The person in a file that only its owner can read. Raises `KeyFault`, `InvalidDetailsFile`."""
    try:
        document = tomllib.loads(read_private(path).decode())
    except (ValueError, RecursionError):
        raise InvalidDetailsFile(f"{path} is not TOML") from None
    return person_of(document)


def person_of(document: dict[str, Any]) -> Person:
    """The person that these details describe. Raises `InvalidDetailsFile`."""
    unknown = sorted(set(document) - _MEMBERS)
    if unknown:
        raise InvalidDetailsFile(
            f"the details have a member {unknown[0][:40]!r}; they are {', '.join(sorted(_MEMBERS))}"
        )
    given, family = _texts(document, "given"), _text(document, "family")
    if not given or not family:
        raise InvalidDetailsFile("the details need given (a list) and family")
    return Person(
        local_id="asks",
        given=given,
        family=family,
        known_as=_texts(document, "known_as"),
        former_family=_texts(document, "former_family"),
        birth_date=_born(document.get("birth_date")),
        addresses=_addresses(document.get("addresses", [])),
        identifiers=_number(_text(document, "nhs_number")),
    )


def tokens_of(person: Person, epochs: Sequence[LinkageEpoch], mode: Mode) -> list[Evidence]:
    """Its evidence under each epoch of that mode, the newest names last. Raises `KeyFault` where there is none, or too many."""
    of_mode = [each for each in epochs if each.mode is mode]
    if not 1 <= len(of_mode) <= MAX_EPOCHS:
        raise KeyFault(f"this folder holds {len(of_mode)} {mode.value} epochs; one asks under 1 to {MAX_EPOCHS}")
    standard = standardise(person)
    return [KeyedTokeniser(each).evidence([standard])[0] for each in of_mode]


def sign_ask(
    request: str,
    evidence: Sequence[Evidence],
    epochs: Sequence[LinkageEpoch],
    mode: Mode,
    at: datetime,
    key: SigningKey,
) -> SignedChange:
    """The search, signed by the DPO who makes it."""
    written = [base64.b64encode(encode(each)).decode() for each in evidence]
    return sign_change(
        SEARCH, {"request": request, "side": mode.value, "evidence": written}, epochs[0].partnership, at, key
    )


def write_change(change: SignedChange) -> bytes:
    """A signed change as it is carried from the DPO's machine."""
    document = {
        "form": _FORM,
        "statement": base64.b64encode(change.statement).decode(),
        "key": change.key.value,
        "signature": base64.b64encode(change.signature).decode(),
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def read_change(path: Path) -> SignedChange:
    """The reverse of `write_change`. Raises `KeyFault`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_ASK_BYTES + 1)
        document = json.loads(data)
        if (
            len(data) > MAX_ASK_BYTES
            or document.pop("form") != _FORM
            or set(document) != {"statement", "key", "signature"}
        ):
            raise ValueError
        statement, signature = (base64.b64decode(document[name], validate=True) for name in ("statement", "signature"))
        return SignedChange(statement, KeyId(document["key"]), signature)
    except OSError as problem:
        raise KeyFault(f"{path} cannot be read: {problem.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise KeyFault(f"{path} is not what patchwork-keyholder access writes on a DPO's machine") from None


def _text(document: dict[str, Any], name: str, longest: int = 200) -> str:
    value = document.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise InvalidDetailsFile(f"the details: {name} must be text of at most {longest} characters")
    return value.strip()


def _texts(document: dict[str, Any], name: str) -> tuple[str, ...]:
    value = document.get(name, [])
    if not isinstance(value, list) or len(value) > MAX_ADDRESSES:
        raise InvalidDetailsFile(f"the details: {name} must be a list of at most {MAX_ADDRESSES} texts")
    return tuple(_text({name: each}, name) for each in value)


def _born(value: object) -> PartialDate | None:
    if value is None:
        return None
    if type(value) is date:
        return PartialDate.of(value)
    if isinstance(value, str) and len(value) == len("2014-03-09"):
        try:
            return PartialDate.of(date.fromisoformat(value))
        except ValueError:
            pass
    raise InvalidDetailsFile("the details: birth_date must be a day, YYYY-MM-DD")


def _addresses(value: object) -> tuple[Address, ...]:
    if not isinstance(value, list) or len(value) > MAX_ADDRESSES or not all(isinstance(each, dict) for each in value):
        raise InvalidDetailsFile(f"the details: addresses must be at most {MAX_ADDRESSES} tables")
    if any(set(each) - {"lines", "town", "postcode"} for each in value):
        raise InvalidDetailsFile("the details: an address has lines, town and postcode")
    return tuple(Address(_texts(each, "lines"), _text(each, "town"), _text(each, "postcode")) for each in value)


def _number(text: str) -> tuple[PersonIdentifier, ...]:
    if not text:
        return ()
    number = NHSNumber.parse(text)
    if number is None:
        raise InvalidDetailsFile("the details: nhs_number is not one: its check digit does not fit")
    return (PersonIdentifier(IdentifierSystem.NHS_NUMBER, number.value, Strength.STRONG),)
