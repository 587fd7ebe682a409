"""What can be wrong with a key or an envelope, grouped by who is at fault. No message ever holds content, keys or
header values.

* `EnvelopeFault` and below: the sender (or whoever stood between) made something we refuse. `code` is stable and goes
  into receipts,
  the audit and metrics; the text names the way out.
* `KeyFault`: our own configuration: a key file that is missing, readable by others or not a key.
"""

from typing import ClassVar


class KeyFault(Exception):
    """A key or key file of our own cannot be used; the message names the file and the way out, never what is inside."""


class EnvelopeFault(Exception):
    """An envelope is refused. `code` is a stable word; the message is safe to show to anybody."""

    code: ClassVar[str] = "envelope-refused"


class Unreadable(EnvelopeFault):
    """Malformed, truncated, oversized, or sealed to a key that is not ours. Deliberately does not tell which key
    failed."""

    code = "unreadable"


class Oversized(Unreadable):
    """Larger than the format or the reader allows."""

    code = "oversized"


class HeaderRefused(EnvelopeFault):
    """A header holds a member, algorithm or value outside our allow-list. Raised before any key is looked up."""

    code = "header-refused"


class UnknownSigner(EnvelopeFault):
    """The envelope names a signing key that nobody has registered, or one that is retired or revoked."""

    code = "unknown-signer"


class BadSignature(EnvelopeFault):
    """The named key did not sign these bytes."""

    code = "bad-signature"


class Misdirected(EnvelopeFault):
    """Genuine, but meant for another destination, partnership or mode."""

    code = "misdirected"


class Expired(EnvelopeFault):
    """Genuine, but its not-after has passed: it may no longer be shown or acted on."""

    code = "expired"


class Stale(EnvelopeFault):
    """Genuine, but issued too long ago, or in the future. The sender seals the same content again, with a clock that is
    right."""

    code = "stale"
