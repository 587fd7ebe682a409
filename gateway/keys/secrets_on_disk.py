"""The gateway's secrets as files: what the settings name, read when it is needed and never kept in settings."""

import base64
import binascii
import hmac
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from gateway.settings import Settings, SettingsFault
from identity.agency.faults import KeyFault
from identity.agency.key_ring import KeyRing, VerifyKeyDirectory, directory_of
from identity.agency.keys import DecryptionKey, PublicKeys, SigningKey, VerifyKey, load_decryption, load_signing
from identity.agency.private_file import read_private, read_public, write_private
from mappings.canonical.envelope import GATEWAY
from mappings.canonical.identifiers import PartnershipId

SECRET_BYTES = 32
SIGNING_FILE = "gateway-signing.jwk"
DECRYPTION_FILE = "gateway-decryption.jwk"
RETIRED_PATTERN = "retired-*-decryption.jwk"
# The public half only, for what it signed to be checked.
RETIRED_SIGNING_FILE = "retired-{}-signing.json"
NEXT_SIGNING_FILE = "next-signing.jwk"
NEXT_DECRYPTION_FILE = "next-decryption.jwk"
# By the moment at which it was finished; "next" until then.
SUCCESSION_FILE = "succession-{}.jws"


@dataclass(frozen=True, slots=True)
class GatewayKeys:
    """The gateway's own keys. `retired` still open what was sealed before a rotation, and the one of a rotation that is begun opens
    already what comes after it."""

    signing: SigningKey
    decryption: DecryptionKey
    retired: tuple[DecryptionKey, ...] = field(default=())
    following: DecryptionKey | None = None

    @property
    def opening(self) -> KeyRing:
        """Everything that what is sealed to the gateway may be opened with."""
        return KeyRing([self.decryption, *([self.following] if self.following else []), *self.retired])

    @property
    def public(self) -> PublicKeys:
        """What connectors pin."""
        return PublicKeys(self.signing.public, self.decryption.public, GATEWAY)


def load_gateway_keys(folder: Path) -> GatewayKeys:
    """The keys in the settings' `keys_dir`. Raises `KeyFault`, naming the file and the way out."""
    retired = tuple(load_decryption(path) for path in sorted(folder.glob(RETIRED_PATTERN)))
    following = folder / NEXT_DECRYPTION_FILE
    return GatewayKeys(
        load_signing(folder / SIGNING_FILE),
        load_decryption(folder / DECRYPTION_FILE),
        retired,
        load_decryption(following) if following.exists() else None,
    )


def own_verify_keys(folder: Path) -> VerifyKeyDirectory:
    """Every key that this gateway signs with or has signed with. Raises `KeyFault`, naming the file."""
    retired = sorted(folder.glob(RETIRED_SIGNING_FILE.format("*")))
    return directory_of(load_signing(folder / SIGNING_FILE).public, *(_verify_key(path) for path in retired))


def load_successions(folder: Path) -> tuple[bytes, ...]:
    """The word of each signing key for the one after it, oldest first, as connectors are told. Raises `KeyFault`."""
    return tuple(read_public(path).strip() for path in sorted(folder.glob(SUCCESSION_FILE.format("*"))))


def keyholder_key(path: Path) -> VerifyKey:
    """The keyholder's public key, as `patchwork-keyholder public -o FILE` writes it. Raises `KeyFault`, naming the file."""
    try:
        return _verify_key(path)
    except KeyFault as problem:
        raise KeyFault(f"the keyholder's public key: {problem}") from None


def _verify_key(path: Path) -> VerifyKey:
    try:
        return VerifyKey.from_jwk(json.loads(read_public(path)))
    except (ValueError, RecursionError):
        raise KeyFault(f"{path} is not JSON; expected a public key") from None
    except KeyFault as problem:
        raise KeyFault(f"{path}: {problem}") from None


def make_secret(path: Path) -> None:
    """A new random 32-byte secret in a file of its own, as base64url text. Never overwrites. Raises `KeyFault`."""
    write_private(path, base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=") + b"\n")


def load_secret(path: Path) -> bytes:
    """The 32 bytes that `make_secret` wrote. Raises `KeyFault`, naming the file."""
    text = read_private(path).strip()
    try:
        value = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        value = b""
    if len(value) != SECRET_BYTES:
        raise KeyFault(f"{path} does not hold {SECRET_BYTES} bytes as base64url; restore it from its backup")
    return value


def database_url(settings: Settings) -> str:
    """The database to use, password and all. Never logged or shown. Raises `KeyFault`."""
    return settings.database_url or _url_in(settings.database_url_file)


def record_keys_url(settings: Settings) -> str:
    """The database with the record keys; empty where there is none. Never logged or shown. Raises `KeyFault`."""
    return settings.record_keys_url or (_url_in(settings.record_keys_url_file) if settings.record_keys_url_file else "")


def masked(url: str) -> str:
    """A URL as it may be shown: scheme, host, port and path, without user, password or query."""
    if url.startswith("sqlite"):
        return url
    try:
        parts = urlsplit(url)
        where = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
    except ValueError:
        return "(not a URL)"
    return f"{parts.scheme}://{'***@' if parts.username else ''}{where}{parts.path}"


def pairing_key(pepper: bytes, partnership: PartnershipId) -> bytes:
    """The key under which pairs get their names, derived from the pepper so that there is one secret fewer to back
    up."""
    return hmac.digest(pepper, b"patchwork-pairing/1\n" + partnership.value.encode(), "sha256")


def _url_in(path: Path | None) -> str:
    if path is None:
        raise SettingsFault("the setting 'database_url' is missing")
    try:
        url = read_private(path).decode().strip()
    except UnicodeDecodeError:
        url = ""
    if "://" not in url or "\n" in url:
        raise KeyFault(f"{path} does not hold one URL")
    return url
