"""What operators and their monitoring look at: is it alive, is it ready, what can it do, how is it doing."""

from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.api.parts import parts_of
from gateway.api.problems import FHIR, Problem, declared
from gateway.running.health import hinders
from mappings.fhir import capability_statement

router = APIRouter()
_STATUS = {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}}
_OUTCOME = {
    "type": "object",
    "required": ["resourceType"],
    "properties": {"resourceType": {"const": "OperationOutcome"}},
}  # The date on which this description of what the gateway can do was last changed.
DESCRIBED_ON = date(2026, 11, 23)


def _json(schema: dict[str, Any], media_type: str = "application/json") -> dict[int | str, dict[str, Any]]:
    return {200: {"description": "OK", "content": {media_type: {"schema": schema}}}}


@router.get(
    "/healthz", tags=["watching"], response_class=JSONResponse, responses={**_json(_STATUS), **declared(405, 500)}
)
async def healthz() -> Response:
    """The process answers."""
    return JSONResponse({"status": "alive"})


@router.get(
    "/readyz", tags=["watching"], response_class=JSONResponse, responses={**_json(_STATUS), **declared(405, 500, 503)}
)
def readyz(request: Request) -> Response:
    """Whether everything it needs is there. What is missing is named on the internal port only."""
    if hinders(parts_of(request).not_ready()):
        raise Problem(503, "not-ready", "the gateway is not ready; try again shortly", {"Retry-After": "5"})
    return JSONResponse({"status": "ready"})


@router.get(
    "/fhir/metadata",
    tags=["fhir"],
    response_class=JSONResponse,
    responses={
        **_json({"type": "object"}, FHIR),
        500: {"description": "Internal Server Error", "content": {FHIR: {"schema": _OUTCOME}}},
        405: {"description": "Method Not Allowed", "content": {FHIR: {"schema": _OUTCOME}}},
    },
)
def metadata(request: Request) -> Response:
    """The FHIR CapabilityStatement."""
    base = str(request.base_url).rstrip("/")
    statement = capability_statement.build(parts_of(request).version, base, DESCRIBED_ON)
    return JSONResponse(statement, media_type=FHIR)
