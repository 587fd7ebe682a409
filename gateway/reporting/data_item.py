"""What the register holds of a notice, in plain words, with the elements of the allow-list that it comes from.

A test compares this with the allow-list: an element that stands in neither `ITEMS` nor `FORM_ONLY`, or in both, fails it.
"""

from dataclasses import dataclass

CODE, REFERENCE, DAY = "a code from a closed list", "an opaque reference", "a day"
CONTACT = "encrypted, until the involvement is erased"
EVIDENCE = "keyed tokens, encrypted, until the record is erased; under a key that the gateway does not hold"


@dataclass(frozen=True, slots=True)
class DataItem:
    """`words` for people, `paths` in the allow-list, and `kept` as what."""

    words: str
    paths: tuple[str, ...]
    kept: str


ITEMS = (
    DataItem("id of the notice", ("Bundle.identifier",), "as the key of its answer, for as long as answers are kept"),
    DataItem("what happened (started, changed, ended, withdrawn)", ("MessageHeader.eventCoding",), CODE),
    DataItem("place in the ledger's sequence", ("MessageHeader.extension(sequence)",), "two counters"),
    DataItem("home gateway", ("MessageHeader.extension(home-gateway)",), "an id of this gateway"),
    DataItem("involvement", ("CareTeam.identifier",), REFERENCE),
    DataItem("client", ("Patient.identifier",), REFERENCE),
    DataItem("agency", ("Organization.identifier",), "its id in the register of trust"),
    DataItem("service line", ("CareTeam.category",), CODE),
    DataItem("sensitivity of the service line", ("CareTeam.extension(sensitivity)",), CODE),
    DataItem("worker's display name", ("Practitioner.name",), CONTACT),
    DataItem("worker's role", ("CareTeam.participant.role",), CONTACT),
    DataItem(
        "keyed token of the worker's registration number",
        ("CareTeam.extension(worker-token)",),
        "encrypted with the contact; compared with other agencies', told to nobody",
    ),
    DataItem("team's display name", ("CareTeam.name",), CONTACT),
    DataItem("work contact of worker or team", ("Practitioner.telecom", "CareTeam.telecom"), CONTACT),
    DataItem("begin and end", ("CareTeam.period.start", "CareTeam.period.end"), f"{DAY} each, until erased"),
    DataItem("day of the last confirmation", ("CareTeam.extension(last-confirmed)",), DAY),
    DataItem(
        "age band and until when it holds; of 20 to 24, that leaving care or an EHC plan is asserted, and not which",
        ("Patient.extension(age-band)",),
        f"{CODE} and a day, until erased; somebody of 20 to 24 without it is kept as an adult",
    ),
    DataItem("evidence of who it is", ("Patient.extension(evidence)",), EVIDENCE),
    DataItem("relatives: kind, standing and evidence", ("Patient.extension(relation)",), EVIDENCE),
    DataItem("legal basis", ("CareTeam.extension(legal-basis)",), CODE),
    DataItem("consent", ("CareTeam.extension(consent)",), CODE),
    DataItem("how the person was informed", ("CareTeam.extension(informed)",), CODE),
    DataItem("held back or not", ("CareTeam.extension(held-back)",), "yes or no"),
    DataItem(
        "name, birth date and postcode sealed to the stewards",
        ("CareTeam.extension(sealed-details)",),
        "ciphertext that the gateway cannot open, only where an agreement provides for it and while the involvement lives",
    ),
)
"""Everything a notice says."""

BESIDES = (
    DataItem(
        "an agency's champion: post, and one work telephone number or e-mail address",
        (),
        "encrypted in the roll-out plan, until another is named, the entry is dropped or the agency has left",
    ),
    DataItem(
        "whom an agency publishes",
        (),
        "codes, a number and a day, as its connector stated it last; nothing of a person",
    ),
)
"""What is held of staff and agencies, which no notice says."""

FORM_ONLY = frozenset(
    {
        "Bundle.meta",
        "Bundle.meta.profile",
        "Bundle.type",
        "Bundle.entry",
        "Bundle.entry.fullUrl",
        "Bundle.entry.resource",
        "MessageHeader.source",
        "MessageHeader.source.endpoint",
        "MessageHeader.focus",
        "MessageHeader.focus.reference",
        "CareTeam.status",
        "CareTeam.subject",
        "CareTeam.subject.reference",
        "CareTeam.participant",
        "CareTeam.participant.member",
        "CareTeam.participant.member.reference",
        "CareTeam.participant.onBehalfOf",
        "CareTeam.participant.onBehalfOf.reference",
        "CareTeam.managingOrganization",
        "CareTeam.managingOrganization.reference",
        "CareTeam.period",
    }
)
"""Elements that give a notice its form and say nothing of anybody."""
