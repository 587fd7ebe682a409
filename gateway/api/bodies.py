"""Request bodies: read under a cap while they arrive, and read as JSON of a known shape."""

import json
from typing import Any

from starlette.requests import ClientDisconnect, Request

from gateway.api.problems import Problem


async def read_body(request: Request, limit: int, media_type: str) -> bytes:
    """The whole body. Raises `Problem` 413 as soon as more than `limit` bytes came or are announced, 415 for another
    media type."""
    given = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if given != media_type:
        raise Problem(415, "media-type", f"send {media_type}")
    announced = request.headers.get("content-length", "0")
    if not announced.isascii() or not announced.isdigit() or len(announced) > 12 or int(announced) > limit:
        raise _too_large(limit)
    received = bytearray()
    try:
        async for chunk in request.stream():
            received += chunk
            if len(received) > limit:
                raise _too_large(limit)
    except ClientDisconnect:
        raise Problem(400, "disconnected", "the body did not arrive whole; send it again") from None
    return bytes(received)


def read_object(body: bytes, members: frozenset[str], required: frozenset[str]) -> dict[str, Any]:
    """A JSON object with no members but these. Raises `Problem` 400 (not JSON) or 422 (another shape)."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise Problem(400, "not-json", "the body must be a JSON object") from None
    if not isinstance(document, dict) or not required <= set(document) or not set(document) <= members:
        raise Problem(422, "shape", f"the body must be a JSON object with the members {', '.join(sorted(members))}")
    return document


def _too_large(limit: int) -> Problem:
    # The rest of the body is not read: the connection cannot be used for another request.
    return Problem(413, "too-large", f"send at most {limit} bytes", {"Connection": "close"})
