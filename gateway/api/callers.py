"""Who sent a request: the connector whose registered key signed it. Nothing else about a request says who is asking.

Where the gateway asks for client certificates (`require_client_certificate`), the connector must have shown its own to the proxy as well. Two
addresses are open to a connector that has none yet, or whose has run out: `/enrolment` and `/enrolment/status`, where it is fetched.
"""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from connectors.channel.request_signature import RequestRefused, verify_request
from gateway.api.parts import Parts, parts_of
from gateway.api.problems import Problem
from gateway.api.proxy import not_believed, presented_certificate
from gateway.enrolment.presented_certificate import NotItsOwn, check_presented
from gateway.logs import security
from gateway.model.connector import Connector
from gateway.ports import StoreDown
from identity.agency.keys import VerifyKey
from identity.agency.trust import Status, may_receive_retractions
from mappings.canonical.identifiers import KeyId

# A clock that is wrong, or a certificate that has run out, is no claim to be somebody else.
_CLAIMS = frozenset({"signature-refused", "signature-replayed", "certificate-missing", "certificate-not-its-own"})


async def caller_of(request: Request, body: bytes) -> Connector:
    """The connector that signed this request. Raises `Problem` 401, also for one that is revoked: from outside, a
    stranger's key and a revoked one look the same."""
    return (await run_in_threadpool(_verified, parts_of(request), request, body, may_receive_retractions, True))[0]


async def enrolled_caller_of(request: Request, body: bytes, certified: bool = True) -> tuple[Connector, KeyId]:
    """The connector that signed this request, also one that waits for its approval: it may ask how it stands; and the
    key it signed with. `certified`: it must have shown its certificate, where the gateway asks for one. Raises `Problem` 401."""
    return await run_in_threadpool(_verified, parts_of(request), request, body, _is_enrolled, certified)


def headers_of(request: Request) -> list[tuple[str, str]]:
    """Every header line as text, repeated ones repeated."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]


def _is_enrolled(status: Status) -> bool:
    return status is Status.REQUESTED or may_receive_retractions(status)


def _verified(
    parts: Parts, request: Request, body: bytes, admits: Callable[[Status], bool], certified: bool
) -> tuple[Connector, KeyId]:
    shown = presented_certificate(request)
    found: dict[KeyId, Connector] = {}
    away: list[StoreDown] = []
    now = parts.clock.now()

    def key_of(key_id: KeyId) -> VerifyKey | None:
        try:
            with parts.store.read() as unit:
                connector = unit.trust.connector_by_key(key_id)
        except StoreDown as fault:
            # The signature library takes every fault in here for a bad signature, and a 401 would make a connector give up.
            away.append(fault)
            return None
        if connector is None or not admits(connector.status):
            return None
        found[key_id] = connector
        return connector.verify_key(key_id, now)

    headers = headers_of(request)
    try:
        key_id = verify_request(request.method, target_of(request), headers, body, key_of, parts.store.use_nonce, now)
    except RequestRefused as problem:
        if away:
            raise away[0] from None
        if problem.code in _CLAIMS:
            for claimed in found.values():
                parts.claimed(claimed.id)
        security().warning("request-refused", fault=problem.code, route=request.url.path, status=401)
        raise Problem(401, problem.code, str(problem), {"WWW-Authenticate": "Signature"}) from None
    if certified and parts.certified:
        _check_certificate(parts, request, found[key_id], shown)
    return found[key_id], key_id


def _check_certificate(parts: Parts, request: Request, connector: Connector, shown: bytes | None) -> None:
    try:
        with parts.store.read() as unit:
            check_presented(unit, connector.id, shown, parts.clock.now())
    except NotItsOwn as problem:
        if problem.code in _CLAIMS:
            parts.claimed(connector.id)
        raise not_believed(request, problem.code, connector.id.value) from None


def target_of(request: Request) -> str:
    """Path and query as they came over the wire, still percent-encoded."""
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope.get("query_string", b"")
    return (path + (b"?" + query if query else b"")).decode("latin-1")
