"""Somebody asks what is held of them, and the gateway asks us, by our own references: may our record be shown to them?

The list names no other agency. Who asks it is told by the data protection officer, under the request's reference. Our answer is a message of its
own, sent again until it is receipted; until the file is handed out we may think better of it.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from connectors.alerts.own_side import NotKnownHere, label, own_side
from connectors.ledger.ledger import Unit
from mappings.canonical.access import (
    AccessAnswer,
    AccessList,
    AccessQuestion,
    AccessQuestionKind,
    AccessVerdict,
    ExemptionGround,
)
from mappings.canonical.codes import MessageKind
from mappings.canonical.identifiers import AgencyId, MessageId

WORDS = {
    AccessQuestionKind.CONFIRM: "their surest details agree with our record: may it be shown to them?",
    AccessQuestionKind.CHECK: "our record is like theirs: is it theirs at all, and may it be shown to them?",
    AccessQuestionKind.RELATIVE: "our record names them as a relative of our client: may they be shown that?",
}


class NotAsked(ValueError):
    """There is no such question. The message names the way out."""


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One question about one own client, as staff know them; empty where the ledger knows no more of the client."""

    question: AccessQuestion
    client_local_id: str = ""
    client: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class AccessRequests:
    """`as_of` is None before the first list."""

    as_of: date | None
    entries: tuple[Entry, ...] = ()


def take_access_list(unit: Unit, listed: AccessList) -> bool:
    """Keep the list in place of an older one. Returns whether it was newer."""
    from mappings.access_json import read_access_list, write_access_list

    kept = unit.positions.access_list(listed.agency)
    if kept is not None and read_access_list(kept).n >= listed.n:
        return False
    unit.positions.keep_access_list(listed.agency, write_access_list(listed))
    return True


def access_requests(unit: Unit, agency: AgencyId) -> AccessRequests:
    """As the latest list says, without what was answered since."""
    listed = _kept(unit, agency)
    if listed is None:
        return AccessRequests(None)
    entries = [_entry(unit, each) for each in listed.questions]
    return AccessRequests(
        listed.as_of, tuple(sorted(entries, key=lambda each: (each.question.due, each.question.id.value)))
    )


def answer_question(
    unit: Unit,
    agency: AgencyId,
    question: MessageId,
    verdict: AccessVerdict,
    ground: ExemptionGround | None,
    now: datetime,
) -> None:
    """Queue our answer; the question leaves the list. Raises `NotAsked`, and `ValueError` for an exemption without a ground."""
    from mappings.access_json import write_access_answer, write_access_list

    listed = _kept(unit, agency)
    if listed is None or question not in {each.id for each in listed.questions}:
        raise NotAsked("no such question is open; patchwork-connector access-requests list shows those that are")
    made = AccessAnswer(MessageId(str(uuid.uuid4())), agency, question, verdict, ground)
    unit.outbox.add(made.id, MessageKind.ACCESS_ANSWER, made.id, write_access_answer(made), now, event=verdict.value)
    left = tuple(each for each in listed.questions if each.id != question)
    unit.positions.keep_access_list(agency, write_access_list(replace(listed, questions=left)))


def as_json(requests: AccessRequests) -> dict[str, Any]:
    """For programs."""
    return {
        "as_of": requests.as_of.isoformat() if requests.as_of else None,
        "questions": [
            {
                "question": each.question.id.value,
                "kind": each.question.kind.value,
                "request": each.question.request,
                "due": each.question.due.isoformat(),
                "client": each.client,
                "client_id": each.client_local_id,
            }
            for each in requests.entries
        ],
    }


def as_text(requests: AccessRequests) -> str:
    """For people."""
    if requests.as_of is None:
        return "The gateway has asked about nobody yet."
    lines = [f"People who ask what is held of them, as of {requests.as_of.isoformat()}:"]
    for each in requests.entries:
        client = (
            f"{each.client} ({each.client_local_id})" if each.client else "a client of whom this ledger knows no more"
        )
        lines.append(
            f"  {each.question.id}  request {each.question.request}, by {each.question.due.isoformat()}: {client}"
        )
        lines.append(f"      {WORDS[each.question.kind]}")
    lines += [] if requests.entries else ["  none"]
    return "\n".join(
        [
            *lines,
            "Ring the data protection officer under the request's reference, then answer: patchwork-connector access-requests answer QUESTION "
            "release, not-theirs, or exempt --ground GROUND",
        ]
    )


def _kept(unit: Unit, agency: AgencyId) -> AccessList | None:
    from mappings.access_json import read_access_list

    kept = unit.positions.access_list(agency)
    return None if kept is None else read_access_list(kept)


def _entry(unit: Unit, question: AccessQuestion) -> Entry:
    for known in unit.involvements.of_person(question.person_ref):
        try:
            own = own_side(unit, known.ref)
        except NotKnownHere:
            continue
        return Entry(question, own.client_local_id, label(own))
    return Entry(question)
