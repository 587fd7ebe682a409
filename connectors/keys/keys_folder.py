"""The folder of this connector's own keys: made once, one file a key, readable by this user only.

* `signing.jwk`, `decryption.jwk`: how the gateway knows us and writes to us. Older decryption keys stay as `decryption-*.jwk`.
* `reference.key`: what our opaque references are made with. Losing it means new references for everything.
* `ledger.key`: what the ledger is encrypted with. Losing it means losing the ledger.
* `public.json`: what is handed out. Nothing in it is secret.

An enrolment makes besides: `tls.key` (P-256, PEM), and `enrolment.public.json` with the public half of all of them, from which the fingerprint
is made. Where the connector speaks for more agencies than one, each has its own `signing-2.jwk`, `reference-2.key` and `ledger-2.key` and so
on, in the order of the enrolment: what is one agency's opens nothing of another's, and goes with it when it gets a connector of its own.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from identity.agency import keys
from identity.agency.enrolment_keys import EnrolmentKeys
from identity.agency.enrolment_keys import document as enrolment_document
from identity.agency.enrolment_keys import load as load_enrolment
from identity.agency.faults import KeyFault
from identity.agency.key_ring import KeyRing
from identity.agency.keys import DecryptionKey, PublicKeys, SigningKey
from identity.agency.private_file import read_private, write_private, write_public
from identity.agency.references import References
from identity.agency.references import new_key as new_reference_key
from identity.agency.tls_key import make_tls_key, public_digest
from mappings.canonical.identifiers import AgencyId, ConnectorId

_LEDGER_KEY_BYTES = 32
ENROLMENT_FILE = "enrolment.public.json"
TLS_FILE = "tls.key"


@dataclass(frozen=True, slots=True)
class AgencyKeys:
    """What is one agency's own."""

    signing: SigningKey
    references: References
    ledger: bytes

    def __repr__(self) -> str:
        return f"AgencyKeys({self.signing.id})"


def make(folder: Path, connector: ConnectorId) -> PublicKeys:
    """Make every key and the public document. Raises `KeyFault` where the folder holds any of them already."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise KeyFault(f"{folder} cannot be made: {problem.strerror}") from None
    made = keys.generate()
    keys.save_private(folder / "signing.jwk", made.signing)
    keys.save_private(folder / "decryption.jwk", made.decryption)
    _make_local(folder, 0)
    public = made.public(connector.value)
    keys.save_public(folder / "public.json", public)
    return public


def make_enrolling(folder: Path, connector: ConnectorId, agencies: tuple[AgencyId, ...]) -> EnrolmentKeys:
    """Make every key for an enrolment, one signing key for each agency. Raises `KeyFault` where the folder holds any of them already."""
    public_keys = make(folder, connector)
    signing = [(agencies[0], public_keys.signing)]
    for position, agency in enumerate(agencies[1:], 1):
        key = SigningKey.generate()
        keys.save_private(folder / signing_file(position), key)
        _make_local(folder, position)
        signing.append((agency, key.public))
    tls = public_digest(make_tls_key(folder / TLS_FILE).public_key())
    made = EnrolmentKeys(connector, tuple(signing), public_keys.encryption, tls)
    write_public(folder / ENROLMENT_FILE, json.dumps(enrolment_document(made), indent=2).encode() + b"\n")
    return made


def signing_file(position: int) -> str:
    """The file of the signing key for the agency at this position of the enrolment, counted from 0."""
    return _file("signing", "jwk", position)


def load(folder: Path, agency: AgencyId) -> AgencyKeys:
    """The keys that the agency was enrolled with; the only ones there are where there was no enrolment. Raises `KeyFault`, naming the file
    and the way out."""
    check_made(folder)
    enrolled = enrolled_agencies(folder) or (agency,)
    if agency not in enrolled:
        raise KeyFault(
            f"{folder} holds no signing key for {agency}: it was enrolled for {', '.join(map(str, enrolled))}; correct the agency's id"
        )
    position = enrolled.index(agency)
    reference, ledger = (folder / _file(name, "key", position) for name in ("reference", "ledger"))
    for path in (reference, ledger):
        if not path.exists():
            # Never made anew here: under another key everything that was published would be somebody else's.
            raise KeyFault(
                f"{path} is missing: restore it from the backup of the connector, or enrol anew where {agency} never published from here"
            )
    return AgencyKeys(
        signing=keys.load_signing(folder / signing_file(position)),
        references=References.load(reference, agency),
        ledger=_ledger_key(ledger),
    )


def load_decryption(folder: Path) -> KeyRing:
    """What opens parcels for any of the connector's agencies, the current key first. Raises `KeyFault`."""
    check_made(folder)
    retired: list[DecryptionKey] = [keys.load_decryption(path) for path in sorted(folder.glob("decryption-*.jwk"))]
    return KeyRing([keys.load_decryption(folder / "decryption.jwk"), *retired])


def check_made(folder: Path) -> None:
    """Raises `KeyFault` where no keys were made yet."""
    if not (folder / "signing.jwk").exists():
        raise KeyFault(f"there are no keys in {folder} yet; make them with: patchwork-connector keys new")


def enrolled_agencies(folder: Path) -> tuple[AgencyId, ...]:
    """Whom these keys were enrolled for; empty where they came to the registrar by hand. Raises `KeyFault`."""
    enrolled = enrolled_keys(folder)
    return enrolled.agencies if enrolled else ()


def enrolled_keys(folder: Path) -> EnrolmentKeys | None:
    """What was handed in with an invitation; None where the keys came to the registrar by hand. Raises `KeyFault`."""
    path = folder / ENROLMENT_FILE
    return load_enrolment(path) if path.exists() else None


def check_served(folder: Path, agencies: Sequence[AgencyId]) -> None:
    """Raises `KeyFault` where several agencies would have to share one signing key."""
    if len(agencies) > 1 and not enrolled_agencies(folder):
        raise KeyFault(
            f"{len(agencies)} agencies need a signing key each, and {folder} holds none that were enrolled for them: ask the registrar for "
            "an invitation for all of them, and then: patchwork-connector enrol INVITATION_FILE"
        )


def public(folder: Path) -> PublicKeys:
    """What is handed to the registrar and the keyholder. Raises `KeyFault`."""
    return keys.load_public(folder / "public.json")


def _file(name: str, suffix: str, position: int) -> str:
    return f"{name}.{suffix}" if position == 0 else f"{name}-{position + 1}.{suffix}"


def _make_local(folder: Path, position: int) -> None:
    """The two keys of an agency that nobody else is ever told anything of."""
    new_reference_key(folder / _file("reference", "key", position))
    write_private(folder / _file("ledger", "key", position), secrets.token_hex(_LEDGER_KEY_BYTES).encode())


def _ledger_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(read_private(path).decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != _LEDGER_KEY_BYTES:
        raise KeyFault(f"{path} does not hold a ledger key; restore it from the backup of the connector")
    return key
