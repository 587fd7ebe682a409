"""The sentences a practitioner reads: who else is involved with their own client, how sure that is, and how to make the call safely.

Plain words, the client's label as their own system shows it, and nothing that the alert does not say.
"""

from datetime import date

from mappings.canonical.alert import NO_ALERT_MEANS, Alert, Introducer, OtherParty, Participation
from mappings.canonical.codes import AlertEvent, AlertLevel, Certainty, RelationKind, ServiceLine

_CERTAINTY = {
    Certainty.SAME_NUMBER: "both records have the same verified number",
    Certainty.STRONG_MATCH: "very likely the same person; several details agree, but there is no shared verified number",
    Certainty.REVIEWED: "people looked at both records and confirmed that it is the same person",
}

_FAMILY_CERTAINTY = {
    Certainty.SAME_NUMBER: "the relative whom one record names has the verified number of the other record",
    Certainty.STRONG_MATCH: "very likely that relative; several details agree, but there is no shared verified number",
    Certainty.REVIEWED: "people looked at the records and confirmed that it is that relative",
}

_RELATION = {
    RelationKind.PARENT: "a parent of",
    RelationKind.CARER: "a carer of",
    RelationKind.CARED_FOR: "somebody in the care of",
    RelationKind.CHILD: "a child of",
    RelationKind.SIBLING: "a brother or sister of",
    RelationKind.PARTNER: "the partner of",
}

_SERVICE = {
    ServiceLine.CHILDRENS_SOCIAL_CARE: "children's social care",
    ServiceLine.VOLUNTARY: "voluntary sector",
    ServiceLine.YOUTH_JUSTICE: "youth justice",
}

_BEGIN_THE_CALL = (
    "Before you talk about anybody:",
    "1. Ring the number in this alert, not one that somebody gives you.",
    "2. Say the reference {reference}. Let the other side find THEIR client by it; do not say a name.",
)
_END_THE_CALL = (
    "4. Only then say a name. If anything does not agree, stop and tell your information governance lead.",
)
CALL_SCRIPT = (*_BEGIN_THE_CALL, "3. Agree the day and month of birth and the first initial.", *_END_THE_CALL)
FAMILY_CALL_SCRIPT = (
    *_BEGIN_THE_CALL,
    "3. Their client is another person than yours: agree how the two are related, and that relative's day and month of birth and first initial.",
    *_END_THE_CALL,
)

INTRODUCER_SCRIPT = (
    "To have your work contact passed on to whoever is involved:",
    "1. patchwork-connector ask-introducer {reference}, or ring the introducer and say the reference. Do not say a name: nobody there has one.",
    "2. Whether it is passed on, and whether somebody rings you, is theirs to decide. You hear nothing either way, and that means nothing.",
)
INTRODUCED = (
    "They do not know who you are. They asked through the introducer that their contact be passed on to you.",
    "Whether you ring is yours to decide: they are not told that this reached you. Do not say which service you are until you are sure.",
    "",
)


def sentence(alert: Alert, client: str) -> str:
    """The first line: what happened, about whom, in one sentence. `client` is this agency's own label of its client."""
    match alert.event:
        case AlertEvent.RETRACTED:
            return f"Please disregard what you were told under reference {alert.spoken_reference} about {client}: it was wrong or was withdrawn."
        case AlertEvent.ENDED:
            # One sentence for an end, a lapsed agreement and a refusal alike: which it was is not the reader's to know.
            return (
                f"The other involvement with {client} that you know under reference {alert.spoken_reference} "
                "is no longer shared through Patchwork."
            )
        case AlertEvent.CHANGED:
            return f"Something changed about who else is involved with {_subject(alert, client)}: {who_else(alert)}."
        case AlertEvent.MADE:
            who = "Somebody else" if alert.relation is None else "Somebody"
            return f"{who} is involved with {_subject(alert, client)}: {who_else(alert)}."


def rerouted(said: str, worker: str) -> str:
    """The same, for whoever sees to it instead of `worker`."""
    return f"{said.rstrip()}\n\nNot on the caseload of {worker}, as was answered: please see who of us is to follow this up.\n"


def text(alert: Alert, client: str, own_worker: str) -> str:
    """Everything a practitioner reads, in lines. `own_worker` is who of this agency is involved, empty where nobody is named."""
    lines = [f"For: {own_worker}"] if own_worker else []
    lines.append(sentence(alert, client))
    if alert.event is not AlertEvent.RETRACTED:
        lines += details(alert)
    if alert.event in (AlertEvent.MADE, AlertEvent.CHANGED):
        lines += ["", *(line.format(reference=alert.spoken_reference) for line in script(alert))]
    return "\n".join([*lines, "", *standing_words(alert.participation)]) + "\n"


def standing_words(participation: Participation) -> list[str]:
    """What every alert and worklist ends with: who takes part, as of when, and what silence does not mean."""
    agencies = ", ".join(participation.agencies) or "no agency"
    return [f"Taking part as of {day(participation.as_of)}: {agencies}.", NO_ALERT_MEANS]


def certainty(alert: Alert) -> str:
    """How sure it is that both sides mean one person, or a person and that person's relative, in words."""
    return (_CERTAINTY if alert.relation is None else _FAMILY_CERTAINTY)[alert.certainty]


def service_words(service: ServiceLine) -> str:
    """A service line as people say it."""
    return _SERVICE.get(service, service.value.replace("-", " "))


def contact_words(other: OtherParty) -> str:
    """The number and address to use, or what to do where none was given."""
    contact = other.worker.contact
    return (
        ", ".join(part for part in (contact.phone, contact.email) if part)
        or f"ask the switchboard of {other.agency_name}"
    )


def day(when: date) -> str:
    """A day as people write it: 3 September 2025."""
    return f"{when.day} {when:%B %Y}"


def introducer_words(introducer: Introducer) -> str:
    """Whom to ask, and how to reach them."""
    contact = introducer.contact
    return ", ".join(part for part in (introducer.name, contact.phone, contact.email) if part)


def script(alert: Alert) -> tuple[str, ...]:
    """How to make the call, or whom to ask; `{reference}` stands for the spoken reference."""
    if alert.introducer is not None:
        return INTRODUCER_SCRIPT
    script = CALL_SCRIPT if alert.relation is None else FAMILY_CALL_SCRIPT
    return (*INTRODUCED, *script) if alert.introduced else script


def _subject(alert: Alert, client: str) -> str:
    return client if alert.relation is None else f"{_RELATION[alert.relation]} {client}"


def who_else(alert: Alert) -> str:
    """The other side in one phrase, as far as the alert names it."""
    other = alert.other
    if other is None and alert.introducer is not None:
        return "who it is must stay private; ask the introducer"
    if other is None:
        return "the other side may not be named here; ask your information governance lead with the reference below"
    if alert.level is not AlertLevel.FULL:
        return f"{other.agency_name} ({service_words(other.service)})"
    worker = other.worker
    # Whoever may not be named stands under the agency's own name, which is said once.
    named = worker.name or worker.team or "a team"
    parts = dict.fromkeys(part for part in (named, worker.role, worker.team) if part and part != other.agency_name)
    return f"{', '.join([*parts, other.agency_name])} ({service_words(other.service)})"


def details(alert: Alert) -> list[str]:
    """What is known of the other side, the reference to say, and how sure it is."""
    lines = []
    other = alert.other
    if other is not None:
        if other.start:
            lines.append(f"Involved since: {day(other.start)}")
        lines.append(f"Contact: {contact_words(other)}")
    if alert.introducer is not None:
        lines.append(f"Introducer: {introducer_words(alert.introducer)}")
    lines.append(f"Reference to say: {alert.spoken_reference}")
    if alert.event is not AlertEvent.ENDED:
        lines.append(f"How sure: {certainty(alert)}.")
    return lines
