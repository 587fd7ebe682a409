"""The channel over HTTPS, the server's side: connectors hand in sealed notices and lease what is in their own inbox.

* Every request is signed by a connector's key (`gateway.api.callers`); the inbox is the signer's own, so no request can
  name another.
* A suspended connector hands in nothing and is handed nothing, also not what a relay had in its hands when the suspension was committed.
  What waits for it, retractions too, is decided again and told when it is resumed. It may acknowledge what it had before.
* On a gateway with a trial side, whoever signed is on one side, and what is handed in and leased is that side's alone.
* 202 is answered once the parcel is durable. What is wrong inside it is told by a receipt, not here: nothing is opened
  here.
"""

import re
import time
from typing import Any

import anyio
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.channel.port import MAX_PARCEL_BYTES, Parcel
from gateway.api.bodies import read_body, read_object
from gateway.api.callers import caller_of
from gateway.api.parts import Parts, parts_of
from gateway.api.problems import Problem, declared
from gateway.model.connector import Carrier, Connector
from identity.agency.trust import may_speak

JOSE = "application/jose"
MAX_COMMAND_BYTES = 64 * 1024
MAX_LEASE = 50
MAX_WAIT_SECONDS = 30
MAX_IDS = 1_000
POLL_SECONDS = 0.2
PARCEL_ID = re.compile(r"^[0-9A-Za-z._-]{1,100}$")
_ERRORS = declared(400, 401, 403, 404, 405, 408, 413, 415, 422, 500, 503)

router = APIRouter(prefix="/channel", tags=["channel"])


def _takes(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


_SEALED = {
    "type": "string",
    "format": "binary",
    "minLength": 1,
    "description": f"One sealed parcel of at most {MAX_PARCEL_BYTES} bytes",
}
_LEASE = {
    "type": "object",
    "required": ["limit", "wait"],
    "additionalProperties": False,
    "properties": {
        "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
        "wait": {"type": "number", "minimum": 0, "maximum": 300},
    },
}
_IDS = {
    "type": "object",
    "required": ["ids"],
    "additionalProperties": False,
    "properties": {
        "ids": {"type": "array", "maxItems": MAX_IDS, "items": {"type": "string", "pattern": PARCEL_ID.pattern}},
    },
}
_PARCELS = {
    "type": "object",
    "required": ["parcels"],
    "properties": {
        "parcels": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "sealed"],
                "properties": {"id": {"type": "string"}, "sealed": {"type": "string"}},
            },
        }
    },
}
_LEASED = {"description": "What was there", "content": {"application/json": {"schema": _PARCELS}}}


@router.post(
    "/notices", status_code=202, response_class=Response, responses=_ERRORS, openapi_extra=_takes(JOSE, _SEALED)
)
async def hand_in(request: Request) -> Response:
    """Hand in one sealed parcel. 202 once it is durable; what becomes of it is told by a receipt in the inbox."""
    sealed = await read_body(request, MAX_PARCEL_BYTES, JOSE)
    parts = parts_of(request)
    connector = await caller_of(request, sealed)
    _check_speaks(connector)
    if not sealed:
        raise Problem(422, "empty", "the body must be one sealed parcel")
    await run_in_threadpool(parts.queue_of(connector).put_intake, connector.id, sealed)
    return Response(status_code=202)


@router.post(
    "/inbox/lease",
    response_class=JSONResponse,
    responses={200: _LEASED, **_ERRORS},
    openapi_extra=_takes("application/json", _LEASE),
)
async def lease(request: Request) -> Response:
    """Take up to `limit` parcels from the own inbox, waiting up to `wait` seconds for the first. They come again unless
    acknowledged."""
    body = await read_body(request, MAX_COMMAND_BYTES, "application/json")
    parts = parts_of(request)
    connector = await caller_of(request, body)
    if connector.carrier is not Carrier.HTTPS:
        detail = f"this connector's inbox is on {connector.carrier}; take its alerts from there"
        raise Problem(403, "other-carrier", detail, connector=connector.id.value)
    _check_speaks(connector)
    limit, wait = _read_lease(read_object(body, frozenset({"limit", "wait"}), frozenset({"limit", "wait"})))
    parcels = await _wait_for(request, parts, connector, limit, wait)
    return JSONResponse(
        {"parcels": [{"id": parcel.tag, "sealed": parcel.sealed.decode("ascii")} for parcel in parcels]}
    )


@router.post(
    "/inbox/acknowledge",
    status_code=204,
    response_class=Response,
    responses=_ERRORS,
    openapi_extra=_takes("application/json", _IDS),
)
async def acknowledge(request: Request) -> Response:
    """These parcels of the own inbox will not come again."""
    body = await read_body(request, MAX_COMMAND_BYTES, "application/json")
    connector = await caller_of(request, body)
    await run_in_threadpool(parts_of(request).queue_of(connector).acknowledge_inbox, connector.inbox, _read_ids(body))
    return Response(status_code=204)


@router.post(
    "/inbox/release",
    status_code=204,
    response_class=Response,
    responses=_ERRORS,
    openapi_extra=_takes("application/json", _IDS),
)
async def release(request: Request) -> Response:
    """Give these parcels of the own inbox back untreated; they come again."""
    body = await read_body(request, MAX_COMMAND_BYTES, "application/json")
    connector = await caller_of(request, body)
    await run_in_threadpool(parts_of(request).queue_of(connector).release_inbox, connector.inbox, _read_ids(body))
    return Response(status_code=204)


async def _wait_for(request: Request, parts: Parts, connector: Connector, limit: int, wait: float) -> list[Parcel]:
    until = time.monotonic() + wait
    queue = parts.queue_of(connector)
    await run_in_threadpool(queue.open_inbox, connector.id, connector.inbox)
    while True:
        # Without waiting inside: a thread for each waiting connector would leave none for the others.
        parcels = await run_in_threadpool(queue.lease_inbox, connector.id, connector.inbox, limit, 0.0)
        if parcels:
            # It may have been suspended since it asked, and these put there by a relay that had decided before.
            _check_speaks(await run_in_threadpool(_as_it_is_now, parts, connector))
        left = until - time.monotonic()
        if parcels or left <= 0 or parts.stopping() or await request.is_disconnected():
            return parcels
        await anyio.sleep(min(POLL_SECONDS, left))


def _as_it_is_now(parts: Parts, connector: Connector) -> Connector | None:
    with parts.store.read() as unit:
        return unit.trust.connector(connector.id)


def _check_speaks(connector: Connector | None) -> None:
    if connector is None or not may_speak(connector.status):
        status, name = (connector.status, connector.id.value) if connector else ("gone", "")
        raise Problem(403, "not-live", f"this connector is {status}; ask the gateway's registrar", connector=name)


def _read_lease(document: dict[str, Any]) -> tuple[int, float]:
    limit, wait = document["limit"], document["wait"]
    # In JSON 10.0 is the whole number 10.
    if type(limit) not in (int, float) or not 1 <= limit <= 1000 or limit != int(limit):
        raise Problem(422, "limit", "limit must be a whole number from 1 to 1000")
    if type(wait) not in (int, float) or not 0 <= wait <= 300:
        raise Problem(422, "wait", "wait must be a number of seconds from 0 to 300")
    return min(int(limit), MAX_LEASE), min(float(wait), MAX_WAIT_SECONDS)


def _read_ids(body: bytes) -> list[str]:
    ids = read_object(body, frozenset({"ids"}), frozenset({"ids"}))["ids"]
    if not isinstance(ids, list) or len(ids) > MAX_IDS:
        raise Problem(422, "ids", f"ids must be a list of at most {MAX_IDS} parcel ids")
    if not all(isinstance(id, str) and PARCEL_ID.fullmatch(id) for id in ids):
        raise Problem(422, "ids", "a parcel id is the text that lease gave")
    return ids
