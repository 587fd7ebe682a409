"""Signed HTTP requests (RFC 9421, Ed25519; body digest RFC 9530): the connector signs every request, the gateway
believes nothing else.

Signed are the method, the path, the query where there is one, the content digest and the content type, each exactly
once, under the
parameters created, nonce, keyid, tag="patchwork" and (optionally) alg="ed25519". More or less than that is refused, so
that nobody can
have a request believed of which a part was not signed. A nonce is spent at its first use. Needs no web framework.

For a server:

    key_id = verify_request("POST", "/channel/notices", request_headers, body, keys, nonces, now)

* `method` as received; `path` the raw request target beginning with `/`, still percent-encoded, with `?query` where
  there is one (in ASGI
  `scope["raw_path"]` and `scope["query_string"]`). Behind a proxy that strips a prefix, put the prefix back: the client
  signed its own.
* `headers` every header line as pairs of text (latin-1), repeated ones repeated.
* `body` the whole body as received, already bounded by the server.
* `keys(key_id)` the key while its owner may sign with it, else None. Which connector owns the key is for the caller to
  look up.
* `nonces(key_id, nonce, until)` remembers the nonce durably until that time and answers whether it was new. Two
  requests at once must not
  both be told yes. Asked last, and only about requests that are genuine: strangers cannot fill the store.
* Raises `RequestRefused` (answer 401 with `code`); an unknown key and a wrong signature look the same from outside.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
)
from http_message_signatures.algorithms import ED25519
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from identity.agency.key_ring import VerifyKeyDirectory
from identity.agency.keys import SigningKey
from mappings.canonical.identifiers import InvalidIdentifier, KeyId

TAG = "patchwork"
LABEL = "patchwork"
WINDOW = timedelta(minutes=5)
SKEW = timedelta(seconds=30)

NonceStore = Callable[[KeyId, str, datetime], bool]

_SINGLE = ("signature", "signature-input", "content-digest", "content-type")
_LONGEST = {"signature": 300, "signature-input": 1000, "content-digest": 300, "content-type": 200}
_PARAMETERS = frozenset({"created", "nonce", "keyid", "tag"})
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
# What the library signs is a whole URL; only its path and query are covered, so any host will do.
_ANY_HOST = "https://gateway.invalid"


NOT_BELIEVED = ("signature-refused", "the signature is malformed or not made by a registered key")
"""What is answered to a signature that does not hold, and to whatever else must look just like it from outside."""


class RequestRefused(Exception):
    """The request is not signed as it must be. `code` is a stable word for the answer and the audit; the text names the
    way out."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Message:
    method: str
    url: str
    headers: dict[str, str]


class _Keys(HTTPSignatureKeyResolver):
    def __init__(self, private: SigningKey | None = None, directory: VerifyKeyDirectory | None = None) -> None:
        self._private = private
        self._directory = directory

    def resolve_private_key(self, key_id: str) -> Any:
        if self._private is None or self._private.id.value != key_id:
            raise KeyError("not our key")
        return self._private.raw

    def resolve_public_key(self, key_id: str) -> Any:
        wanted = KeyId(key_id)
        key = self._directory(wanted) if self._directory else None
        return key.raw if key is not None and key.id == wanted else None


class _Verifier(HTTPMessageVerifier):
    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        """Nothing here: the library would ask the machine's clock; `_check_created` asks the caller's."""


def sign_request(
    method: str, path: str, body: bytes, content_type: str | None, key: SigningKey, now: datetime
) -> dict[str, str]:
    """The headers to send with the request: Content-Type (where given), Content-Digest, Signature-Input and Signature.

    `path` is the raw request target with its query, exactly as it will be sent.
    """
    headers = {} if content_type is None else {"content-type": content_type}
    message = _Message(method, _ANY_HOST + path, headers)
    signer = HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=_Keys(private=key))
    signer.sign(
        message,
        key_id=key.id.value,
        created=now,
        nonce=secrets.token_urlsafe(24),
        label=LABEL,
        tag=TAG,
        covered_component_ids=_components(path, content_type is not None),
        body=body,
    )
    return {name.lower(): value for name, value in message.headers.items()}


def verify_request(
    method: str,
    path: str,
    headers: Iterable[tuple[str, str]] | Mapping[str, str],
    body: bytes,
    keys: VerifyKeyDirectory,
    nonces: NonceStore,
    now: datetime,
    window: timedelta = WINDOW,
    skew: timedelta = SKEW,
) -> KeyId:
    """The id of the key that signed this request, which is fresh and was not seen before. Raises `RequestRefused`. See
    the module."""
    if not path.startswith("/"):
        raise RequestRefused("request-malformed", "the request target must begin with a slash")
    lines = _signed_lines(headers)
    verifier = _Verifier(signature_algorithm=ED25519, key_resolver=_Keys(directory=keys))
    try:
        results = verifier.verify(
            _Message(method, _ANY_HOST + path, lines),
            max_age=None,
            expect_tag=TAG,
            require_components=_components(path, "content-type" in lines),
            body=body,
        )
    except InvalidSignature:
        raise RequestRefused(*NOT_BELIEVED) from None
    except (HTTPMessageSignaturesException, ValueError, TypeError, KeyError, RecursionError):
        raise RequestRefused("signature-refused", "the signature or the request target is malformed") from None
    if len(results) != 1:
        raise RequestRefused("signature-refused", "send exactly one signature")
    _check_coverage(results[0].covered_components, path, "content-type" in lines)
    return _check_parameters(results[0].parameters, nonces, now, window, skew)


def _components(path: str, typed: bool) -> tuple[str, ...]:
    query = ("@query",) if "?" in path else ()
    return ("@method", "@path", *query, "content-digest", *(("content-type",) if typed else ()))


def _signed_lines(headers: Iterable[tuple[str, str]] | Mapping[str, str]) -> dict[str, str]:
    """The four headers that matter, each at most once and not absurdly long."""
    lines: dict[str, str] = {}
    for name, value in headers.items() if isinstance(headers, Mapping) else headers:
        known = name.lower()
        if known in _SINGLE:
            if known in lines or len(value) > _LONGEST[known]:
                raise RequestRefused("signature-malformed", f"the {known} header is repeated or too long")
            lines[known] = value
    for name in ("signature", "signature-input", "content-digest"):
        if name not in lines:
            raise RequestRefused(
                "signature-missing", f"the request has no {name} header; every request is signed (RFC 9421)"
            )
    return lines


def _check_coverage(covered: Mapping[str, str], path: str, typed: bool) -> None:
    expected = {f'"{name}"' for name in _components(path, typed)} | {'"@signature-params"'}
    if set(covered) != expected:
        raise RequestRefused("signature-refused", f"sign exactly {', '.join(_components(path, typed))}")


def _check_parameters(
    parameters: Mapping[str, int | str], nonces: NonceStore, now: datetime, window: timedelta, skew: timedelta
) -> KeyId:
    if not _PARAMETERS <= set(parameters) <= _PARAMETERS | {"alg"}:
        raise RequestRefused(
            "signature-refused", "the signature needs created, nonce, keyid and tag, and nothing but alg beside"
        )
    created, nonce = parameters["created"], str(parameters["nonce"])
    if not isinstance(created, int) or not 0 <= created < 2**40:
        raise RequestRefused("signature-refused", "created must be a time in whole seconds")
    when = datetime.fromtimestamp(created, UTC)
    if not now - window <= when <= now + skew:
        raise RequestRefused(
            "signature-stale", "signed too long ago or in the future; check the clock of the sender and sign again"
        )
    if not _NONCE.fullmatch(nonce):
        raise RequestRefused("signature-refused", "the nonce must be 16 to 64 base64url characters")
    try:
        key_id = KeyId(str(parameters["keyid"]))
    except InvalidIdentifier:
        raise RequestRefused("signature-refused", "the keyid must be a key thumbprint") from None
    # One second more than the request could still be fresh, because `created` has no fractions.
    if not nonces(key_id, nonce, when + window + timedelta(seconds=1)):
        raise RequestRefused("signature-replayed", "this request was seen before; sign each sending anew")
    return key_id


class RememberedNonces:
    """A nonce store in memory, for one process and for tests; a gateway of several processes keeps them in its
    store."""

    def __init__(self, clock: Callable[[], datetime], limit: int = 100_000) -> None:
        self._clock = clock
        self._limit = limit
        self._until: dict[tuple[KeyId, str], datetime] = {}

    def __call__(self, key_id: KeyId, nonce: str, until: datetime) -> bool:
        """Whether it is new. At the limit, after dropping those that no longer matter, everything counts as seen."""
        if len(self._until) >= self._limit:
            now = self._clock()
            self._until = {seen: end for seen, end in self._until.items() if end >= now}
        if len(self._until) >= self._limit:
            return False
        return self._until.setdefault((key_id, nonce), until) is until
