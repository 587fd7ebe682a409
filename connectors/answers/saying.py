"""Saying what came of an alert: which alert is meant, the answer queued for the gateway, and what follows of it here.

* Only references, the code and the day leave. Who said it stays in the ledger.
* The same answer to the same alert again is not sent again; what follows of it here is made good where it was cut off.
* "Different people" is said again with each daily statement for a fortnight, so that a gateway restored from a backup pauses the pair anew.
"""

import uuid
from dataclasses import dataclass, replace
from typing import Any

from connectors.alerts.own_side import NotKnownHere, label, own_side
from connectors.answers.ending import end_here
from connectors.answers.rerouting import reroute
from connectors.ledger.answers import Rerouted, SaidAnswer
from connectors.ledger.connections import Told
from connectors.ledger.ledger import Unit
from connectors.publishing.queueing import Desk
from mappings.canonical.codes import AnswerCode, MessageKind
from mappings.canonical.identifiers import AgencyId, InvalidIdentifier, MessageId, SpokenReference
from mappings.canonical.practitioner_answer import PractitionerAnswer

MAX_BY = 120
_BATCH = 200

WHAT_FOLLOWS = {
    AnswerCode.DIFFERENT_PEOPLE: "The gateway pauses it on both sides at once, and a steward decides. Tell your information governance lead.",
    AnswerCode.SAME_PERSON: "The steward sees it as evidence; nothing changes by it.",
}


class NotAnswered(Exception):
    """Nothing was said; the message names what is wrong and the way out, never a client."""


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """What became of it: `new` unless it had been said before; whether our involvement was `ended`; to whom it was passed on."""

    new: bool
    ended: bool = False
    rerouted: Rerouted | None = None


def code_of(said: str) -> AnswerCode:
    """The answer somebody typed. Raises `NotAnswered` with the choices."""
    try:
        return AnswerCode(said.strip().lower())
    except ValueError:
        raise NotAnswered(f"an answer is one of: {', '.join(code.value for code in AnswerCode)}") from None


def by_whom(said: str) -> str:
    """Who answers, as typed. Raises `NotAnswered`."""
    name = " ".join(said.split())
    if len(name) > MAX_BY or not name.isprintable():
        raise NotAnswered(f"whoever answers is named in at most {MAX_BY} printable characters")
    return name


def meant(unit: Unit, said: str) -> list[Told]:
    """The current connections that a reference to say, or an alert's id, stands for. Raises `NotAnswered` where it is neither."""
    from mappings.fhir import alert_bundle

    wanted = _read(said)
    found = []
    for told in unit.connections.current():
        alert = alert_bundle.read(told.alert) if told.alert is not None else None
        if alert is not None and wanted in (alert.spoken_reference, alert.id):
            found.append(told)
    return found


def say(desk: Desk, told: Told, code: AnswerCode, by: str = "") -> Said:
    """Queue the answer, and do what follows of it here. Raises `TokeniserUnavailable` where an involvement could not be ended; then the answer is
    queued, and saying it again ends it."""
    from mappings.fhir import alert_bundle

    if told.alert is None:
        raise NotAnswered("that connection is over, and there is nothing to answer any more")
    alert = alert_bundle.read(told.alert)
    with desk.ledger.write() as unit:
        new = unit.answers.find(alert.id, code) is None
        if new:
            today = desk.now().date()
            answer = SaidAnswer(
                told.connection, told.involvement_ref, alert.id, alert.version, code, today, alert.id, by
            )
            _queue(unit, desk, answer)
        rerouted = reroute(desk, unit, told) if code is AnswerCode.NOT_ON_CASELOAD else None
    ended = code is AnswerCode.NO_LONGER_INVOLVED and end_here(desk, told.involvement_ref)
    return Said(new, ended, rerouted)


def say_again(desk: Desk) -> int:
    """Queue again what is asked for again; answers how many."""
    with desk.ledger.write() as unit:
        due = unit.answers.due(_BATCH)
        for said in due:
            _queue(unit, desk, said)
    return len(due)


def answers_document(unit: Unit, agency: AgencyId, limit: int) -> dict[str, Any]:
    """What was answered, the newest first, and which involvements that were ended here their source states still; for programs."""
    answered = [
        {
            "answer": each.answer.value,
            "on": each.said_on.isoformat(),
            "by": each.by,
            "client": _client(unit, each),
            "status": queued.status if (queued := unit.outbox.get(each.message)) else "settled",
        }
        for each in unit.answers.all(limit)
    ]
    still = []
    for ended in unit.ended_here.stated_still():
        try:
            own = own_side(unit, ended.ref)
        except NotKnownHere:
            continue
        still.append(
            {
                "involvement": own.involvement_local_id,
                "client": label(own),
                "source": ended.source,
                "ended_on": ended.said_on.isoformat(),
                "stated_on": ended.stated_on.isoformat() if ended.stated_on else None,
            }
        )
    return {"agency": agency.value, "answers": answered, "ended_here_and_still_stated": still}


def answers_text(document: dict[str, Any]) -> str:
    """The same for people."""
    lines = [
        f"  {each['on']}  {each['answer']}  {each['client']}{' by ' + each['by'] if each['by'] else ''}  ({each['status']})"
        for each in document["answers"]
    ]
    still = [
        f"  {each['involvement']} ({each['client']}): ended here on {each['ended_on']}, still stated by {each['source']} on {each['stated_on']}"
        for each in document["ended_here_and_still_stated"]
    ]
    if still:
        still = [
            "Ended here, and still stated by our own system:",
            *still,
            "End them there too; or take the end back with: patchwork-connector still-involved confirm INVOLVEMENT",
        ]
    return "\n".join(["What we answered:", *(lines or ["  nothing yet"]), *still])


def _read(said: str) -> SpokenReference | MessageId:
    letters = "".join(said.split()).replace("-", "").upper()
    try:
        return SpokenReference(f"{letters[:3]}-{letters[3:]}")
    except InvalidIdentifier:
        pass
    try:
        return MessageId(said.strip().lower())
    except InvalidIdentifier:
        raise NotAnswered("name the alert by the reference to say, such as K7P-4QX, or by its id") from None


def _queue(unit: Unit, desk: Desk, said: SaidAnswer) -> None:
    # Imported here: the profile takes longer to load than most commands take to run.
    from mappings.answer_json import write_answer

    now = desk.now()
    id, sequence = MessageId(str(uuid.uuid4())), unit.positions.next(now)
    answer = PractitionerAnswer(
        id,
        sequence,
        desk.publisher.agency,
        said.connection,
        said.involvement_ref,
        said.alert,
        said.version,
        said.answer,
        said.said_on,
    )
    unit.outbox.add(id, MessageKind.ANSWER, id, write_answer(answer), now, sequence=sequence)
    unit.answers.save(replace(said, message=id))


def _client(unit: Unit, said: SaidAnswer) -> str:
    try:
        return label(own_side(unit, said.involvement_ref))
    except NotKnownHere:
        return "a client whom this ledger does not know any more"
