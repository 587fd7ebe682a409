"""The short text by which two people compare a party's public keys over the telephone before anybody believes them."""

import hashlib
import hmac

from identity.agency.keys import PublicKeys

_DIGITS = 32


def fingerprint(keys: PublicKeys) -> str:
    """128 bits over the owner's name and both key ids, as eight groups of four hexadecimal digits."""
    whole = f"{keys.owner}\n{keys.signing.id}\n{keys.encryption.id}".encode()
    digits = hashlib.sha256(whole).hexdigest()[:_DIGITS]
    return " ".join(digits[i : i + 4] for i in range(0, _DIGITS, 4))


def is_fingerprint_of(text: str, keys: PublicKeys) -> bool:
    """Whether `text` is the fingerprint, however it is spaced or capitalised."""
    digits = "".join(text.split()).replace(":", "").replace("-", "").lower()
    return hmac.compare_digest(digits.encode(), fingerprint(keys).replace(" ", "").encode())
