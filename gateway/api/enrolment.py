"""Enrolment over HTTPS: a connector hands in its keys with its invitation, and asks later what has become of it.

* `POST /enrolment` is signed by the first signing key that the body brings, and every other one proves itself inside; the invitation's
  secret says who may ask at all. Nothing is remembered of a request whose secret is not right but that it came.
* `POST /enrolment/status`, `/enrolment/keys` and `/enrolment/certificate` are signed by a key of the register.
* Where the gateway asks for client certificates, `/enrolment` and `/enrolment/status` take none: who has none yet fetches it there.
"""

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.channel.request_signature import RequestRefused, verify_request
from gateway.api.bodies import read_body, read_object
from gateway.api.callers import enrolled_caller_of, headers_of, target_of
from gateway.api.enrolment_schemas import APPLICATION, CERTIFICATE, NOTHING, ROTATION, TAKEN, TOLD
from gateway.api.parts import Parts, parts_of
from gateway.api.problems import Problem, declared
from gateway.api.proxy import presented_certificate
from gateway.enrolment.certificates import ask_again
from gateway.enrolment.requests import Application, EnrolmentRefused, apply
from gateway.enrolment.status import gateway_document, status_document
from gateway.keys.key_rotation import Rotation, rotate
from gateway.logs import security
from gateway.model.connector import Connector
from gateway.refused import Refused
from identity.agency.enrolment_keys import MOST_AGENCIES, EnrolmentKeys, check_proofs, from_document
from identity.agency.faults import KeyFault
from identity.agency.keys import VerifyKey
from identity.agency.tls_key import read_request
from identity.agency.trust import may_speak
from mappings.canonical.identifiers import InvalidIdentifier, KeyId, MessageId

JSON = "application/json"
MAX_APPLICATION_BYTES = 64 * 1024
MAX_QUESTION_BYTES = 16 * 1024
_MEMBERS = frozenset({"invitation", "secret", "keys", "proofs", "certificate_request"})
_CONFLICTS = frozenset({"keys-taken", "agency-taken"})
_ERRORS = declared(400, 401, 403, 405, 408, 413, 415, 422, 500, 503)

router = APIRouter(prefix="/enrolment", tags=["enrolment"])


def _takes(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}}


@router.post(
    "",
    status_code=202,
    response_class=JSONResponse,
    responses={202: TAKEN, **_ERRORS, **declared(409)},
    openapi_extra=_takes(APPLICATION),
)
async def enrol(request: Request) -> Response:
    """Hand in the connector's public keys and its certificate request, with the invitation. 202: it is requested, and two people look
    at it next."""
    body = await read_body(request, MAX_APPLICATION_BYTES, JSON)
    parts = parts_of(request)
    return await run_in_threadpool(_enrol, parts, request, body)


@router.post(
    "/status",
    response_class=JSONResponse,
    responses={200: TOLD, **_ERRORS},
    openapi_extra=_takes(NOTHING),
)
async def status(request: Request) -> Response:
    """Where this connector stands, and, once it is approved, its certificate, its inbox and the linkage epochs sealed to it."""
    body = await read_body(request, MAX_QUESTION_BYTES, JSON)
    read_object(body, frozenset(), frozenset())
    connector, _ = await enrolled_caller_of(request, body, certified=False)
    return JSONResponse(await run_in_threadpool(_status, parts_of(request), connector))


@router.post(
    "/certificate",
    status_code=202,
    response_class=Response,
    responses=_ERRORS,
    openapi_extra=_takes(CERTIFICATE),
)
async def certificate(request: Request) -> Response:
    """Ask for a certificate for a new TLS key. It is fetched with /enrolment/status."""
    body = await read_body(request, MAX_QUESTION_BYTES, JSON)
    connector, _ = await enrolled_caller_of(request, body)
    if not may_speak(connector.status):
        raise Problem(403, "not-approved", "only an approved connector is certified; ask the gateway's registrar")
    asked = read_object(body, frozenset({"certificate_request"}), frozenset({"certificate_request"}))
    await run_in_threadpool(_ask_again, parts_of(request), connector, asked["certificate_request"])
    return Response(status_code=202)


@router.post("/keys", status_code=202, response_class=Response, responses=_ERRORS, openapi_extra=_takes(ROTATION))
async def keys(request: Request) -> Response:
    """Hand over to new keys. Signed with the key of the first agency; every new key proves itself, and the one it replaces gives its
    word."""
    body = await read_body(request, MAX_APPLICATION_BYTES, JSON)
    connector, signer = await enrolled_caller_of(request, body)
    members = frozenset({"keys", "proofs", "handovers"})
    await run_in_threadpool(_rotate, parts_of(request), connector, signer, read_object(body, members, members))
    return Response(status_code=202)


def _rotate(parts: Parts, connector: Connector, signer: KeyId, document: dict[str, Any]) -> None:
    proofs, handovers = (_texts(document[name], name) for name in ("proofs", "handovers"))
    try:
        rotation = Rotation(from_document(document["keys"]), proofs, handovers)
        rotate(parts.store, parts.clock, connector.id, signer, rotation)
    except (KeyFault, Refused) as problem:
        raise Problem(403, "keys", str(problem)) from None


def _texts(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_AGENCIES:
        raise Problem(422, "shape", f"{name} must be a list with one text for each signing key")
    return tuple("" if each == "" else _text(each, name, 100) for each in value)


def _enrol(parts: Parts, request: Request, body: bytes) -> Response:
    application = _read(read_object(body, _MEMBERS, _MEMBERS))
    _check_signed(parts, request, body, application.keys)
    try:
        taken = apply(parts.store, parts.clock, application)
    except EnrolmentRefused as problem:
        security().warning("request-refused", fault=problem.code, route="/enrolment", status=403)
        raise Problem(409 if problem.code in _CONFLICTS else 403, problem.code, str(problem)) from None
    document = {"connector": taken.connector.value, "status": "requested", **gateway_document(parts.facts)}
    return JSONResponse(document, 202)


def _status(parts: Parts, connector: Connector) -> dict[str, Any]:
    parts.certify()
    with parts.store.read() as unit:
        return status_document(unit, unit.trust.connector(connector.id) or connector, parts.facts)


def _ask_again(parts: Parts, connector: Connector, pem: object) -> None:
    try:
        ask_again(parts.store, parts.clock, connector.id, _text(pem, "certificate_request", 8 * 1024).encode())
    except (KeyFault, Refused) as problem:
        raise Problem(403, "certificate-request", str(problem)) from None
    parts.certify()


def _check_signed(parts: Parts, request: Request, body: bytes, keys: EnrolmentKeys) -> None:
    """By the first key that the body brings. A request that was seen before does no harm: the same keys get the same answer, so
    nothing of a stranger's is remembered here."""
    presented_certificate(request)
    first: VerifyKey = keys.first.signing

    def brought(id: KeyId) -> VerifyKey | None:
        return first if id == first.id else None

    def unremembered(*_: object) -> bool:
        return True

    try:
        verify_request(
            request.method, target_of(request), headers_of(request), body, brought, unremembered, parts.clock.now()
        )
    except RequestRefused as problem:
        security().warning("request-refused", fault=problem.code, route="/enrolment", status=401)
        raise Problem(401, problem.code, str(problem), {"WWW-Authenticate": "Signature"}) from None


def _read(document: dict[str, Any]) -> Application:
    proofs = _texts(document["proofs"], "proofs")
    try:
        invitation = MessageId(document["invitation"])
        keys = from_document(document["keys"])
        check_proofs(keys, invitation.value, proofs)
        pem = _text(document["certificate_request"], "certificate_request", 8 * 1024).encode()
        asked = read_request(pem, keys.connector)
    except InvalidIdentifier:
        raise Problem(422, "shape", "the invitation is named by its id") from None
    except KeyFault as problem:
        raise Problem(403, "keys", str(problem)) from None
    if asked.key_digest != keys.tls:
        raise Problem(403, "keys", "the certificate request is for another TLS key than the one named")
    return Application(invitation, _text(document["secret"], "secret", 100), keys, asked)


def _text(value: object, name: str, longest: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= longest or not value.isascii():
        raise Problem(422, "shape", f"{name} must be plain text of at most {longest} characters")
    return value
