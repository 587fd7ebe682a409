"""Writing JWS and JWE in their compact forms, for the one choice of algorithms that Patchwork sends: Ed25519; ECDH-ES over X25519, A256GCM.

joserfc serves any algorithm, and spends twice as long on choosing as the cryptography takes; an agency that loads all its clients seals
a hundred thousand. Only the writing is here, from the primitives of `cryptography`. Reading is joserfc's (`identity.agency.sealing`), which
thereby judges what is written here; `tests/identity/agency/test_compact_form.py` compares the bytes of both.

Sources: RFC 7515, 7.1 (JWS compact); RFC 7516, 5.1 and 7.1 (JWE compact); RFC 7518, 4.6 (ECDH-ES) and 5.3 (A256GCM); RFC 8037.
"""

import base64
import hashlib
import json
import os
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CONTENT: Final = "A256GCM"
_IV_BYTES: Final = 12
_TAG_BYTES: Final = 16
_KEY_BITS: Final = 256
# RFC 7518, 4.6.2: AlgorithmID, PartyUInfo and PartyVInfo (none), SuppPubInfo.
_OTHER_INFO: Final = (
    len(CONTENT).to_bytes(4, "big") + CONTENT.encode() + bytes(4) + bytes(4) + _KEY_BITS.to_bytes(4, "big")
)
_HEADERS: Final = json.JSONEncoder(separators=(",", ":"))


def signed(header: dict[str, Any], payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """The JWS of `payload`. Nothing of the header is added or checked."""
    content = b".".join((_header(header), _base64(payload)))
    return b".".join((content, _base64(key.sign(content))))


def encrypted(header: dict[str, Any], plain: bytes, recipient: X25519PublicKey) -> bytes:
    """The JWE of `plain`, under an ephemeral key and an initialization vector of its own. `epk` is added to the header; all else is the
    caller's, `alg` must be ECDH-ES and `enc` A256GCM. Raises `ValueError` where the recipient's key is one that agrees on nothing secret."""
    return _encrypted(header, plain, recipient, X25519PrivateKey.generate(), os.urandom(_IV_BYTES))


def _encrypted(
    header: dict[str, Any], plain: bytes, recipient: X25519PublicKey, ephemeral: X25519PrivateKey, iv: bytes
) -> bytes:
    public = _base64(ephemeral.public_key().public_bytes_raw()).decode("ascii")
    protected = _header({**header, "epk": {"crv": "X25519", "x": public, "kty": "OKP"}})
    sealed = AESGCM(_content_key(ephemeral.exchange(recipient))).encrypt(iv, plain, protected)
    # The second part is the encrypted key: empty, because the agreed key is the content key.
    return b".".join((protected, b"", _base64(iv), _base64(sealed[:-_TAG_BYTES]), _base64(sealed[-_TAG_BYTES:])))


def _content_key(agreed: bytes) -> bytes:
    """The Concat KDF (NIST SP 800-56A, 5.8.1): one round of SHA-256 gives all 256 bits."""
    return hashlib.sha256(b"\x00\x00\x00\x01" + agreed + _OTHER_INFO).digest()


def _header(members: dict[str, Any]) -> bytes:
    return _base64(_HEADERS.encode(members).encode("ascii"))


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
