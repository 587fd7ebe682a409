"""Who else is known to be involved with one client, as the agency's own FHIR server keeps it: one current CareTeam.

The others stand inside it as contained resources, by name and work contact, never under an id of somebody else's
system. Whoever is involved with a relative of the client is not in it: they are not of this client's care team.
https://hl7.org/fhir/R4/careteam.html
"""

from collections.abc import Sequence
from typing import Any

from mappings.canonical.alert import Alert, Introducer, OtherParty
from mappings.canonical.involvement import Contact
from mappings.fhir import extensions as url
from mappings.fhir.extension_reading import simple

Json = dict[str, Any]
NAME = "Also involved, known through Patchwork"
UNNAMED = "Somebody who may not be named here"


def for_client(
    alerts: Sequence[Alert], patient_identifier: str, note: str, *, key: str, agency: str, system: str = ""
) -> Json:
    """The CareTeam. `alerts` are those that hold now, none where nobody is left; `key` is what it is found again by, and
    says nothing of the client; `agency` is whose client it is; `note` is to be read beside it.

    Raises ValueError for an empty identifier; the message does not hold it.
    """
    if not patient_identifier.strip():
        raise ValueError("a care team needs the agency's id of its client")
    patient = {"value": patient_identifier}
    team: Json = {
        "resourceType": "CareTeam",
        "identifier": [{"system": url.CARE_TEAMS, "value": key, "assigner": _assigner(agency)}],
        "status": "inactive",
        "name": NAME,
        "subject": {"type": "Patient", "identifier": {"system": system, **patient} if system else patient},
        "note": [{"text": note}],
    }
    shown = [alert for alert in alerts if alert.relation is None]
    if shown:
        contained: list[Json] = []
        team["status"] = "active"
        team["participant"] = [_participant(alert, number, contained) for number, alert in enumerate(shown, start=1)]
        if contained:
            team["contained"] = contained
    return team


def address(team: Json) -> str:
    """Where it is put, below the server's base: a conditional update, so that there is one."""
    identifier = team["identifier"][0]
    return f"CareTeam?identifier={identifier['system']}|{identifier['value']}"


def kept_for(team: Json, agency: str) -> tuple[str, str] | None:
    """The key and the client's id of a care team that this agency's connector wrote and that names somebody; None for any other resource, whatever
    stands in it."""
    subject = team.get("subject")
    patient = subject.get("identifier") if isinstance(subject, dict) else None
    client = patient.get("value") if isinstance(patient, dict) else None
    for held in team["identifier"] if isinstance(team.get("identifier"), list) else []:
        ours = (
            isinstance(held, dict)
            and held.get("system") == url.CARE_TEAMS
            and held.get("assigner") == _assigner(agency)
        )
        if ours and team.get("status") == "active" and isinstance(held.get("value"), str) and isinstance(client, str):
            return held["value"], client
    return None


def _assigner(agency: str) -> Json:
    return {"identifier": {"system": url.AGENCIES, "value": agency}}


def _participant(alert: Alert, number: int, contained: list[Json]) -> Json:
    participant: Json = {
        "extension": [
            simple(url.SPOKEN_REFERENCE, "valueString", str(alert.spoken_reference)),
            simple(url.CERTAINTY, "valueCode", alert.certainty.value),
        ]
    }
    if alert.other is not None:
        return participant | _other(alert.other, number, contained)
    if alert.introducer is not None:
        return participant | _introducer(alert.introducer, number, contained)
    return participant | {"member": {"display": UNNAMED}}


def _other(other: OtherParty, number: int, contained: list[Json]) -> Json:
    worker, agency = other.worker, f"agency-{number}"
    organization: Json = {"resourceType": "Organization", "id": agency, "name": other.agency_name}
    participant: Json = {"role": _roles(other)}
    if other.start:
        participant["period"] = {"start": other.start.isoformat()}
    if worker.name:
        person: Json = {"resourceType": "Practitioner", "id": f"worker-{number}", "name": [{"text": worker.name}]}
        contained += [person | _telecom(worker.contact), organization]
        who = ", ".join(dict.fromkeys(each for each in (worker.name, worker.team, other.agency_name) if each))
        return participant | {
            "member": {"reference": f"#worker-{number}", "display": who},
            "onBehalfOf": {"reference": f"#{agency}", "display": other.agency_name},
        }
    # A team is shown as what it is within its agency: FHIR lets nobody act on behalf of another but a Practitioner.
    contained.append(organization | _telecom(worker.contact))
    who = ", ".join(dict.fromkeys(each for each in (worker.team, other.agency_name) if each))
    return participant | {"member": {"reference": f"#{agency}", "display": who}}


def _introducer(introducer: Introducer, number: int, contained: list[Json]) -> Json:
    office: Json = {"resourceType": "Organization", "id": f"introducer-{number}", "name": introducer.name}
    contained.append(office | _telecom(introducer.contact))
    return {
        "role": [{"text": f"{UNNAMED} is involved; this office is asked"}],
        "member": {"reference": f"#introducer-{number}", "display": introducer.name},
    }


def _roles(other: OtherParty) -> list[Json]:
    roles: list[Json] = [{"coding": [{"system": url.SERVICE_LINES, "code": other.service.value}]}]
    return [{"text": other.worker.role}, *roles] if other.worker.role else roles


def _telecom(contact: Contact) -> Json:
    both = (("phone", contact.phone), ("email", contact.email))
    telecom = [{"system": system, "value": value, "use": "work"} for system, value in both if value]
    return {"telecom": telecom} if telecom else {}
