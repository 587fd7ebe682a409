"""An X25519 key as joserfc takes it for sealing: the recipient's, and the ephemeral one that every sealing has of its own.

joserfc asks the recipient's key for an ephemeral key of its kind, and that one for its public JWK. Its own class answers by way of every curve
there is, and writes down the private half on the way. This one is of one curve, and writes down what it is asked for.
"""

from typing import Any, Literal, Self

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from joserfc.jwk import KeyParameters, OKPKey
from joserfc.util import urlsafe_b64encode


class X25519Key(OKPKey):
    """Public where it is a recipient's, private where it is ephemeral."""

    def __init__(
        self, key: X25519PublicKey | X25519PrivateKey, original: Any = None, parameters: KeyParameters | None = None
    ) -> None:
        super().__init__(key, original or key, parameters)
        self._public = key.public_key() if isinstance(key, X25519PrivateKey) else key

    @property
    def curve_name(self) -> Literal["X25519"]:
        """There is but one."""
        return "X25519"

    @classmethod
    def generate_key(
        cls,
        crv: str | None = "X25519",
        parameters: KeyParameters | None = None,
        private: bool = True,
        auto_kid: bool = False,
    ) -> Self:
        """A new random private key. Raises `ValueError` for anything else."""
        if crv != "X25519" or not private or auto_kid:
            raise ValueError("only private X25519 keys without an id are made here")
        return cls(X25519PrivateKey.generate(), None, parameters)

    def as_dict(self, private: bool = False, **params: Any) -> Any:
        """The public JWK, its members in joserfc's order (RFC 8037, 2). Raises `ValueError` where the private one is asked for."""
        if private:
            raise ValueError("the private half of an ephemeral key is never written down")
        public = urlsafe_b64encode(self._public.public_bytes_raw()).decode("ascii")
        return {"crv": "X25519", "x": public, "kty": "OKP", **params}
