"""Request bodies: read under a cap while they arrive, and read as JSON of a known shape."""

import json
from typing import Any

import anyio
from starlette.requests import ClientDisconnect, Request

from gateway.api.problems import Problem

BODY_SECONDS = 30


async def read_body(request: Request, limit: int, media_type: str) -> bytes:
    """The whole body. Raises `Problem` 413 as soon as more than `limit` bytes came or are announced, 408 when it takes too
    long, 415 for another media type."""
    given = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if given != media_type:
        raise Problem(415, "media-type", f"send {media_type}")
    announced = request.headers.get("content-length", "0")
    if not announced.isascii() or not announced.isdigit() or len(announced) > 12 or int(announced) > limit:
        raise _too_large(limit)
    try:
        with anyio.fail_after(BODY_SECONDS):
            return await _read(request, limit)
    except TimeoutError:
        raise Problem(
            408, "too-slow", f"send the body within {BODY_SECONDS} seconds", {"Connection": "close"}
        ) from None
    except ClientDisconnect:
        raise Problem(400, "disconnected", "the body did not arrive whole; send it again") from None


async def _read(request: Request, limit: int) -> bytes:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > limit:
            raise _too_large(limit)
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
