"""What an answer of the agency's own server means for an alert that it was sent."""

_AGAIN = frozenset({408, 425, 429})
_UNSIGNED = frozenset({401, 403})
"""A key that has run out is renewed by somebody; the alert must not be given up for it."""


def may_pass(status: int) -> bool:
    """Whether it is worth trying again: the server is down or busy, or does not let us in today."""
    return status >= 500 or status in _AGAIN or status in _UNSIGNED
