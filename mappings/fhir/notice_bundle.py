"""A notice as a FHIR R4 message Bundle, there and back: MessageHeader, CareTeam, Practitioner or team, Organization,
Patient.

CareTeam is the one resource that says "X of Y is involved with P". It carries the full state, never a delta; evidence
travels as extensions of a Patient that has no name, birth date or number. What may stand where is the allow-list in
`mappings/fhir/allow_list.py`.
"""

import base64
from datetime import date
from typing import Any

from mappings import evidence_codec
from mappings.canonical.codes import (
    AgeBand,
    Consent,
    Informed,
    LegalBasis,
    NoticeEvent,
    RelationKind,
    RelationStanding,
    Sensitivity,
    ServiceLine,
)
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId, GatewayId, InvolvementRef, MessageId, PersonRef
from mappings.canonical.notice import Notice, RelatedPerson
from mappings.canonical.receipt import Issue
from mappings.fhir import care_team as involved
from mappings.fhir import extensions as url
from mappings.fhir import sequence_extension
from mappings.fhir.allow_list import NOTICE, STATUS_ASSERTED, STATUS_OF
from mappings.fhir.extension_reading import compound, maybe, simple, value, values, within
from mappings.fhir.message import Message, bundle, check, encode, full_url
from mappings.fhir.message import read as read_message
from mappings.fhir.notice_values import surely_fits
from mappings.fhir.refusal import ProfileRefusal

Json = dict[str, Any]
NEEDED = ("MessageHeader", "CareTeam", "Organization", "Patient")


def write(notice: Notice) -> bytes:
    """The Bundle as UTF-8 JSON; the same notice always gives the same bytes.

    Raises `ProfileRefusal` where the notice holds what the profile cannot carry, such as a display name with a line
    break: nothing is changed on the way, so that both sides compute the same digest of its state.
    """
    document = to_json(notice)
    if not surely_fits(notice):
        from_message(check(document, NOTICE, NEEDED))
    return encode(document)


def read(data: bytes) -> Notice:
    """The notice in `data`. Raises `ProfileRefusal`, and nothing else, whatever the bytes are."""
    return from_message(read_message(data, NOTICE, NEEDED))


def to_json(notice: Notice) -> Json:
    """The Bundle as JSON, not yet compared with the allow-list."""
    header: Json = {
        "resourceType": "MessageHeader",
        "extension": [
            simple(url.HOME_GATEWAY, "valueUri", str(notice.home_gateway)),
            sequence_extension.write(notice.sequence),
        ],
        "eventCoding": {"system": url.NOTICE_EVENTS, "code": notice.event.value},
        "source": {"endpoint": url.CONNECTOR_ENDPOINT},
        "focus": [{"reference": full_url(notice.id, "CareTeam")}],
    }
    organization: Json = {
        "resourceType": "Organization",
        "identifier": [{"system": url.AGENCIES, "value": str(notice.agency)}],
    }
    care_team = _care_team(notice)
    practitioner = involved.write(
        notice.worker, care_team, full_url(notice.id, "Practitioner"), full_url(notice.id, "Organization")
    )
    resources = [header, care_team, practitioner, organization, _patient(notice)]
    return bundle(url.NOTICE_PROFILE, notice.id, [each for each in resources if each is not None], identified=True)


def from_message(message: Message) -> Notice:
    """The notice in a message that passed the allow-list. Raises `ProfileRefusal`."""
    evidence, relations = _check(message)
    header, care_team, patient = _resources(message)
    period = care_team.get("period", {})
    consent, informed = within(care_team, url.CONSENT)[0], within(care_team, url.INFORMED)[0]
    band = within(patient, url.AGE_BAND)[0]
    return Notice(
        id=MessageId(message.bundle["identifier"]["value"].removeprefix("urn:uuid:")),
        event=NoticeEvent(header["eventCoding"]["code"]),
        sequence=sequence_extension.read(within(header, url.SEQUENCE)[0]),
        home_gateway=GatewayId(value(header, url.HOME_GATEWAY, "valueUri")),
        agency=AgencyId(message.resources["Organization"][1]["identifier"][0]["value"]),
        person_ref=PersonRef(patient["identifier"][0]["value"]),
        involvement_ref=InvolvementRef(care_team["identifier"][0]["value"]),
        evidence=evidence,
        service=ServiceLine(care_team["category"][0]["coding"][0]["code"]),
        sensitivity=Sensitivity(value(care_team, url.SENSITIVITY, "valueCode")),
        worker=involved.read(message),
        age_band=AgeBand(value(band, "band", "valueCode")),
        age_band_until=_day(value(band, "until", "valueDate")),
        start=_day(period.get("start")),
        end=_day(period.get("end")),
        confirmed=date.fromisoformat(value(care_team, url.CONFIRMED, "valueDate")),
        legal_basis=LegalBasis(value(care_team, url.LEGAL_BASIS, "valueCode")),
        consent=Consent(value(consent, "status", "valueCode")),
        consent_date=_day(value(consent, "date", "valueDate")),
        informed=Informed(value(informed, "how", "valueCode")),
        informed_date=_day(value(informed, "date", "valueDate")),
        held_back=value(care_team, url.HELD_BACK, "valueBoolean"),
        relations=relations,
        sealed_details=value(care_team, url.SEALED_DETAILS, "valueString") or "",
        worker_tokens=tuple(values(care_team, url.WORKER_TOKEN, "valueString")),
        status_asserted=value(band, "status", "valueCode") is not None,
    )


def _resources(message: Message) -> tuple[Json, Json, Json]:
    header, care_team, patient = (message.resources[name][1] for name in ("MessageHeader", "CareTeam", "Patient"))
    return header, care_team, patient


def _check(message: Message) -> tuple[tuple[Evidence, ...], tuple[RelatedPerson, ...]]:
    """What the allow-list cannot say: elements that must agree with one another. Gives back the evidence it decoded."""
    header, care_team, patient = _resources(message)
    issues: list[Issue] = []
    message.points("MessageHeader", "focus[0]", header["focus"][0], "CareTeam", issues)
    message.points("CareTeam", "subject", care_team["subject"], "Patient", issues)
    involved.check(message, issues)
    status = STATUS_OF[NoticeEvent(header["eventCoding"]["code"])]
    if care_team["status"] != status:
        text = f"does not agree with the event of the message; write {status}"
        issues.append(Issue("invariant", "conflict", message.path("CareTeam", "status"), text))
    period = care_team.get("period", {})
    if "start" in period and "end" in period and period["end"] < period["start"]:
        text = "lies before the start; correct one of them"
        issues.append(Issue("invariant", "conflict", message.path("CareTeam", "period.end"), text))
    band = within(patient, url.AGE_BAND)[0]
    if value(band, "status", "valueCode") and value(band, "band", "valueCode") != AgeBand.YOUNG_20_24:
        text = f"asserts a status of somebody who is not {AgeBand.YOUNG_20_24}; take it out"
        issues.append(Issue("invariant", "conflict", message.path("Patient", "extension"), text))
    encoded = values(patient, url.EVIDENCE, "valueBase64Binary")
    evidence = _decode(encoded, message.path("Patient", "extension"), issues)
    relations = _read_relations(message, patient, issues)
    if issues:
        raise ProfileRefusal(issues)
    return evidence, relations


def _care_team(notice: Notice) -> Json:
    extension = [
        simple(url.SENSITIVITY, "valueCode", notice.sensitivity.value),
        simple(url.CONFIRMED, "valueDate", notice.confirmed.isoformat()),
        simple(url.LEGAL_BASIS, "valueCode", notice.legal_basis.value),
        compound(
            url.CONSENT,
            simple("status", "valueCode", notice.consent.value),
            maybe("date", "valueDate", _text(notice.consent_date)),
        ),
        compound(
            url.INFORMED,
            simple("how", "valueCode", notice.informed.value),
            maybe("date", "valueDate", _text(notice.informed_date)),
        ),
        simple(url.HELD_BACK, "valueBoolean", notice.held_back),
    ]
    if notice.sealed_details:
        extension.append(simple(url.SEALED_DETAILS, "valueString", notice.sealed_details))
    extension += [simple(url.WORKER_TOKEN, "valueString", token) for token in notice.worker_tokens]
    care_team: Json = {
        "resourceType": "CareTeam",
        "extension": extension,
        "identifier": [{"system": url.INVOLVEMENT_REFS, "value": str(notice.involvement_ref)}],
        "status": STATUS_OF[notice.event],
        "category": [{"coding": [{"system": url.SERVICE_LINES, "code": notice.service.value}]}],
        "subject": {"reference": full_url(notice.id, "Patient")},
    }
    period = {name: _text(when) for name, when in (("start", notice.start), ("end", notice.end)) if when}
    if period:
        care_team["period"] = period
    return care_team


def _patient(notice: Notice) -> Json:
    band = compound(
        url.AGE_BAND,
        simple("band", "valueCode", notice.age_band.value),
        maybe("until", "valueDate", _text(notice.age_band_until)),
        maybe("status", "valueCode", STATUS_ASSERTED if notice.status_asserted else None),
    )
    relations = [
        compound(
            url.RELATION,
            simple("kind", "valueCode", each.kind.value),
            simple("standing", "valueCode", each.standing.value),
            *map(_evidence_part, each.evidence),
        )
        for each in notice.relations
    ]
    evidence = [simple(url.EVIDENCE, "valueBase64Binary", _base64(each)) for each in notice.evidence]
    return {
        "resourceType": "Patient",
        "extension": [band, *evidence, *relations],
        "identifier": [{"system": url.PERSON_REFS, "value": str(notice.person_ref)}],
    }


def _evidence_part(evidence: Evidence) -> Json:
    return simple("evidence", "valueBase64Binary", _base64(evidence))


def _base64(evidence: Evidence) -> str:
    return base64.b64encode(evidence_codec.encode(evidence)).decode("ascii")


def _read_relations(message: Message, patient: Json, issues: list[Issue]) -> tuple[RelatedPerson, ...]:
    relations = []
    for index, item in enumerate(patient["extension"]):
        if item["url"] != url.RELATION:
            continue
        path = message.path("Patient", f"extension[{index}].extension")
        evidence = _decode(values(item, "evidence", "valueBase64Binary"), path, issues)
        kind, standing = (value(item, part, "valueCode") for part in ("kind", "standing"))
        relations.append(RelatedPerson(RelationKind(kind), evidence, RelationStanding(standing)))
    return tuple(relations)


def _decode(encoded: list[str], path: str, issues: list[Issue]) -> tuple[Evidence, ...]:
    found = []
    for text in encoded:
        try:
            found.append(evidence_codec.decode(base64.b64decode(text)))
        except evidence_codec.InvalidEvidence as fault:
            issues.append(Issue("value", "invalid-evidence", path, str(fault)))
    if len({each.epoch for each in found}) < len(found):
        issues.append(
            Issue(
                "duplicate", "repeated-element", path, "gives evidence twice for one linkage epoch; give one for each"
            )
        )
    return tuple(found)


def _text(when: date | None) -> str | None:
    return when.isoformat() if when else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
