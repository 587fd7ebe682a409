"""What comes back from the DPO's machine: that what is sealed was opened, and the signed release that names the answer by digest."""

from dataclasses import replace
from typing import Final

from gateway.model.access_request import AccessRequest, AccessState
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.subject_access.opening import find_request, under_way
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.operators import VerifiedChange, record
from gateway.trust.permissions import check_may_answer_requests
from gateway.trust.signed_side import check_side
from identity.custody.access_actions import ACCESS_OPENED, RELEASE

MAX_REASON: Final = 200
_DIGEST: Final = 64


def _opened(unit: UnitOfWork, change: VerifiedChange) -> AccessRequest:
    """Recorded whatever has become of the request since: it happened."""
    members = frozenset({"request", "side", "export", "reason", "private"})
    read = Content("opening of a request for access", change.content, members)
    check_side(unit, read)
    read.text("reason", MAX_REASON)
    request = find_request(unit, read.text("request", 20))
    as_exported = read.text("export", _DIGEST) == request.answer
    record(
        unit,
        change,
        "access-file-opened",
        request=request.reference,
        as_exported=as_exported,
        private=read.flag("private"),
    )
    return request


def _release(unit: UnitOfWork, change: VerifiedChange) -> AccessRequest:
    members = frozenset({"request", "side", "export", "answer", "disclosures", "withheld"})
    read = Content("release of an answer", change.content, members)
    check_side(unit, read)
    request = under_way(unit, read.text("request", 20), AccessState.EXPORTED)
    if read.text("export", _DIGEST) != request.answer:
        raise Refused(
            f"this answer was made of another file than the one handed out last for {request.reference}; make it anew of that one"
        )
    answer = _digests(read)
    released = replace(request, state=AccessState.RELEASED, closed_at=change.at, answer=answer)
    unit.access_requests.save(released)
    record(
        unit,
        change,
        "access-released",
        request=request.reference,
        answer=answer,
        disclosures=read.whole("disclosures", 0, 10_000),
        withheld=read.whole("withheld", 0, 10_000),
    )
    return released


def _digests(read: Content) -> str:
    """The digest of the page, by which what the person holds can be shown to be what was released."""
    value = read.raw("answer")
    if not isinstance(value, dict) or set(value) != {"answer.html", "answer.json", "answer.fhir.json"}:
        raise read.refusal("answer", "names the three files by digest")
    page = value["answer.html"]
    if not all(isinstance(each, str) and len(each) == _DIGEST for each in value.values()):
        raise read.refusal("answer", "holds SHA-256 digests")
    return str(page)


EXECUTORS: Final = {
    action: Executor(check_may_answer_requests, check_may_answer_requests, never, execute)
    for action, execute in ((ACCESS_OPENED, _opened), (RELEASE, _release))
}
