"""For which of its connector's agencies a letter speaks."""

from gateway.model.connector import Connector
from gateway.notices.letter import Letter
from mappings.canonical.access import AccessAnswer
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.introduction import IntroductionRequest
from mappings.canonical.notice import Notice
from mappings.canonical.practitioner_answer import PractitionerAnswer
from mappings.canonical.record_merge import RecordMerge
from mappings.canonical.shield_request import ShieldRequest
from mappings.canonical.statement import Statement

Stated = Notice | RecordMerge | ShieldRequest | IntroductionRequest | PractitionerAnswer
"""What counts in an agency's ledger, and where in it the agency stands."""

AGENCY_STANDS_IN: dict[type, str] = {
    Notice: "Organization.identifier",
    RecordMerge: "Merge.agency",
    ShieldRequest: "Shield.agency",
    IntroductionRequest: "IntroductionRequest.agency",
    PractitionerAnswer: "Answer.agency",
}


def signed_for(letter: Letter, sender: Connector) -> tuple[AgencyId, ...]:
    """The agencies that the signature speaks for; all of the sender's where it could not be read."""
    return sender.agencies if letter.key_id is None else sender.agencies_of(letter.key_id, letter.received_at)


def ledger_of(letter: Letter, sender: Connector) -> AgencyId | None:
    """The agency whose ledger a letter comes from; None where that cannot be told."""
    agencies = signed_for(letter, sender)
    if isinstance(letter.content, Stated | Statement | AccessAnswer) and letter.content.agency in agencies:
        return letter.content.agency
    return agencies[0] if len(agencies) == 1 else None
