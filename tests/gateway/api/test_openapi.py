"""The description of the interface: checked in, and true."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.channel.request_signature import sign_request
from gateway.api.openapi import document
from identity.agency.keys import PrivateKeys, SigningKey
from tests.builders import SCHOOL
from tests.gateway.api.conftest import Door

CHECKED_IN = Path(__file__).parents[3] / "deploy" / "openapi.json"
schema = schemathesis.openapi.from_dict(json.loads(CHECKED_IN.read_text()))


@schemathesis.serializer("application/jose")
def sealed(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """A parcel is opaque: what the description generates goes out as it is."""
    return value if isinstance(value, bytes) else value.data if hasattr(value, "data") else str(value).encode()


class Signing:
    """Signs every request with a connector's key on its way in, so that what lies behind the signature is reached."""

    def __init__(self, app: ASGIApp, key: SigningKey, now: Callable[[], datetime]) -> None:
        self._app, self._key, self._now = app, key, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        body = await request.body()
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        media_type = request.headers.get("content-type")
        signed = sign_request(scope["method"], target.decode("latin-1"), body, media_type, self._key, self._now())
        kept = [line for line in scope["headers"] if line[0].decode() not in signed]
        lines = [(name.encode(), value.encode()) for name, value in signed.items()]

        async def replay() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app({**scope, "headers": kept + lines}, replay, send)


def test_the_document_that_is_checked_in_describes_the_interface() -> None:
    assert CHECKED_IN.read_text() == document(), "run: python -m gateway.api.openapi > deploy/openapi.json"


def test_every_operation_of_the_channel_declares_its_errors() -> None:
    paths = json.loads(document())["paths"]
    channel = [path for path in paths if path.startswith("/channel/")]
    assert len(channel) == 4
    for path in channel:
        assert {"400", "401", "403", "413", "415", "422", "500", "503"} <= set(paths[path]["post"]["responses"])


@schema.parametrize()
@settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_sent_by_a_connector_is_answered_as_described(case: Case, door: Door, keys: PrivateKeys) -> None:
    with door.staff.office.store.read() as unit:
        known = unit.trust.connectors()
    if not known:
        door.staff.agency(SCHOOL)
        door.staff.connector("school-1", SCHOOL, keys=keys)
    if isinstance(case.body, dict) and type(case.body.get("wait")) in (int, float) and 0 < case.body["wait"] <= 300:
        case.body["wait"] = 0  # as good, and nobody has to wait
    case.call_and_validate(app=Signing(door.public.app, keys.signing, door.parts.clock.now))
