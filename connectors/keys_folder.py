"""The folder of this connector's own keys: made once, one file a key, readable by this user only.

* `signing.jwk`, `decryption.jwk`: how the gateway knows us and writes to us. Older decryption keys stay as `decryption-*.jwk`.
* `reference.key`: what our opaque references are made with. Losing it means new references for everything.
* `ledger.key`: what the ledger is encrypted with. Losing it means losing the ledger.
* `public.json`: what is handed out. Nothing in it is secret.

An enrolment makes besides: `signing-2.jwk` and so on where the connector speaks for more agencies than one, `tls.key` (P-256, PEM), and
`enrolment.public.json` with the public half of all of them, from which the fingerprint is made.
"""

import json
import secrets
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
class OwnKeys:
    """Everything in the folder. `decryption` has the current key first."""

    signing: SigningKey
    decryption: KeyRing
    references: References
    ledger: bytes

    def __repr__(self) -> str:
        return f"OwnKeys({self.signing.id})"


def make(folder: Path, connector: ConnectorId) -> PublicKeys:
    """Make every key and the public document. Raises `KeyFault` where the folder holds any of them already."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise KeyFault(f"{folder} cannot be made: {problem.strerror}") from None
    made = keys.generate()
    keys.save_private(folder / "signing.jwk", made.signing)
    keys.save_private(folder / "decryption.jwk", made.decryption)
    new_reference_key(folder / "reference.key")
    write_private(folder / "ledger.key", secrets.token_hex(_LEDGER_KEY_BYTES).encode())
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
        signing.append((agency, key.public))
    tls = public_digest(make_tls_key(folder / TLS_FILE).public_key())
    made = EnrolmentKeys(connector, tuple(signing), public_keys.encryption, tls)
    write_public(folder / ENROLMENT_FILE, json.dumps(enrolment_document(made), indent=2).encode() + b"\n")
    return made


def signing_file(position: int) -> str:
    """The file of the signing key for the agency at this position of the enrolment, counted from 0."""
    return "signing.jwk" if position == 0 else f"signing-{position + 1}.jwk"


def _signing_for(folder: Path, agency: AgencyId) -> SigningKey:
    """The signing key that the agency was enrolled with; the only one there is where there was no enrolment."""
    if not (folder / ENROLMENT_FILE).exists():
        return keys.load_signing(folder / signing_file(0))
    agencies = load_enrolment(folder / ENROLMENT_FILE).agencies
    if agency not in agencies:
        raise KeyFault(f"{folder} holds keys for other agencies than the one in the settings; correct [agency] id")
    return keys.load_signing(folder / signing_file(agencies.index(agency)))


def load(folder: Path, agency: AgencyId) -> OwnKeys:
    """Raises `KeyFault`, naming the file and the way out."""
    if not (folder / "signing.jwk").exists():
        raise KeyFault(f"there are no keys in {folder} yet; make them with: patchwork-connector keys new")
    retired: list[DecryptionKey] = [keys.load_decryption(path) for path in sorted(folder.glob("decryption-*.jwk"))]
    return OwnKeys(
        signing=_signing_for(folder, agency),
        decryption=KeyRing([keys.load_decryption(folder / "decryption.jwk"), *retired]),
        references=References.load(folder / "reference.key", agency),
        ledger=_ledger_key(folder / "ledger.key"),
    )


def public(folder: Path) -> PublicKeys:
    """What is handed to the registrar and the keyholder. Raises `KeyFault`."""
    return keys.load_public(folder / "public.json")


def _ledger_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(read_private(path).decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != _LEDGER_KEY_BYTES:
        raise KeyFault(f"{path} does not hold a ledger key; restore it from the backup of the connector")
    return key
