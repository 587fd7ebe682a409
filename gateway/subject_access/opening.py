"""Opening a request for access, putting its clock off once, and closing it without an answer. Each is signed by a DPO.

The clock is one month from the day on which the request came, and two more where it is complex and the person was told why (UK GDPR Article 12(3)).
"""

import calendar
import secrets
from dataclasses import replace
from datetime import date
from typing import Any, Final

from gateway.model.access_request import AccessRequest, AccessState, OnBehalf, Proof
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.operators import VerifiedChange, record
from gateway.trust.permissions import check_may_answer_requests
from gateway.trust.signed_side import check_side
from mappings.canonical.codes import Mode

OPEN: Final = "subject-access.open"
EXTEND: Final = "subject-access.extend"
CLOSE: Final = "subject-access.close"
MONTHS, MORE_MONTHS = 1, 2
MAX_REASON: Final = 200
_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTVWXYZ23456789"
_OPEN_MEMBERS: Final = frozenset(
    {"request", "side", "on_behalf", "about_child", "proof", "proof_by", "proof_on", "received_on"}
)


def open_content(
    mode: Mode, on_behalf: str, about_child: bool, proof: str, proof_by: str, proof_on: date, received_on: date
) -> dict[str, Any]:
    """What is signed to open a request; its reference is drawn here. Raises `Refused` before anything is signed."""
    content = {
        "request": new_reference(),
        "side": mode.value,
        "on_behalf": on_behalf,
        "about_child": about_child,
        "proof": proof,
        "proof_by": proof_by,
        "proof_on": proof_on.isoformat(),
        "received_on": received_on.isoformat(),
    }
    _read(content)
    return content


def reason_content(mode: Mode, request: str, reason: str) -> dict[str, Any]:
    """What is signed to put a clock off, or to close. Raises `Refused` before anything is signed."""
    content = {"request": request, "side": mode.value, "reason": reason}
    read = Content("request for access", content, frozenset(content))
    read.text("reason", MAX_REASON)
    return content


def find_request(unit: UnitOfWork, reference: str) -> AccessRequest:
    """The request of that reference. Raises `Refused`."""
    found = unit.access_requests.get(reference)
    if found is None:
        raise Refused(
            f"there is no request for access {reference[:20]!r}; patchwork subject-access list shows those there are"
        )
    return found


def under_way(unit: UnitOfWork, reference: str, *states: AccessState) -> AccessRequest:
    """The same, if it is in one of these states. Raises `Refused`."""
    found = find_request(unit, reference)
    if found.state not in states:
        raise Refused(
            f"the request for access {reference} is {found.state}; this is done while it is {' or '.join(states)}"
        )
    return found


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def new_reference() -> str:
    """Nine characters to be said on the telephone, 40 random bits."""
    letters = [secrets.choice(_ALPHABET) for _ in range(8)]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"


def _open(unit: UnitOfWork, change: VerifiedChange) -> AccessRequest:
    read = _read(change.content)
    check_side(unit, read)
    today = change.at.date()
    received, proof_on = read.day("received_on"), read.day("proof_on")
    if received > today or proof_on > today:
        raise Refused("a request came, and its proof was seen, today or before; look at the days again")
    request = AccessRequest(
        id=0,
        reference=read.text("request", 20),
        on_behalf=read.code("on_behalf", OnBehalf),
        about_child=read.flag("about_child"),
        proof=read.code("proof", Proof),
        proof_by=read.text("proof_by", 40),
        proof_on=proof_on,
        opened_at=change.at,
        opened_by=change.actor.id,
        received_on=received,
        due=months_after(received, MONTHS),
    )
    if unit.access_requests.get(request.reference) is not None:
        raise Refused("a request of this reference is open already; sign it anew")
    saved = unit.access_requests.save(request)
    record(
        unit,
        change,
        "access-opened",
        request=saved.reference,
        on_behalf=saved.on_behalf.value,
        about_child=saved.about_child,
        proof=saved.proof.value,
        due=saved.due.isoformat(),
    )
    return saved


def _extend(unit: UnitOfWork, change: VerifiedChange) -> AccessRequest:
    read, reason = _read_reason(unit, change)
    known = under_way(unit, read.text("request", 20), AccessState.OPEN, AccessState.SEARCHED)
    if known.extended_because:
        raise Refused(f"the clock of {known.reference} was put off once already, which is as often as the law has it")
    if known.is_overdue(change.at.date()):
        raise Refused(f"the clock of {known.reference} has run out; it is put off before that, and the person told why")
    later = replace(known, due=months_after(known.received_on, MONTHS + MORE_MONTHS), extended_because=reason)
    unit.access_requests.save(later)
    record(unit, change, "access-extended", request=later.reference, due=later.due.isoformat())
    return later


def _close(unit: UnitOfWork, change: VerifiedChange) -> AccessRequest:
    read, reason = _read_reason(unit, change)
    known = find_request(unit, read.text("request", 20))
    if known.state is AccessState.CLOSED:
        raise Refused(f"the request for access {known.reference} is closed already")
    closed = replace(known, state=AccessState.CLOSED, closed_at=change.at, closed_because=reason)
    unit.access_requests.save(closed)
    record(unit, change, "access-closed", request=closed.reference, answered=known.state is AccessState.RELEASED)
    return closed


def _read(content: Any) -> Content:
    read = Content("request for access", content, _OPEN_MEMBERS)
    on_behalf, about_child = read.code("on_behalf", OnBehalf), read.flag("about_child")
    read.code("proof", Proof)
    read.text("proof_by", 40)
    if on_behalf in (OnBehalf.PARENTAL_RESPONSIBILITY, OnBehalf.CHILD_ABLE_TO_DECIDE) and not about_child:
        raise read.refusal("about_child", f"must be true where it is on behalf of {on_behalf.value}")
    return read


def _read_reason(unit: UnitOfWork, change: VerifiedChange) -> tuple[Content, str]:
    read = Content("request for access", change.content, frozenset({"request", "side", "reason"}))
    check_side(unit, read)
    return read, read.text("reason", MAX_REASON)


EXECUTORS: Final = {
    action: Executor(check_may_answer_requests, check_may_answer_requests, never, execute)
    for action, execute in ((OPEN, _open), (EXTEND, _extend), (CLOSE, _close))
}
