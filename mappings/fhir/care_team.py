"""Who is involved, on the wire: the CareTeam's own name and contact for a team, a Practitioner beside it for a worker.

A worker is a Practitioner acting on behalf of the agency. Where only the team is named, the agency's Organization is
the member, with no `onBehalfOf` (FHIR invariant ctm-1 allows that only for a Practitioner), and the contact is the
CareTeam's own.
"""

from typing import Any

from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Worker
from mappings.canonical.receipt import Issue
from mappings.fhir.message import Message

Json = dict[str, Any]


def write(worker: Worker, care_team: Json, practitioner_url: str, organization_url: str) -> Json | None:
    """Adds the worker to `care_team`; gives back the Practitioner, or None where only the team is named."""
    participant: Json = {}
    if worker.role:
        participant["role"] = [{"text": worker.role}]
    care_team["participant"] = [participant]
    care_team["managingOrganization"] = [{"reference": organization_url}]
    if worker.team:
        care_team["name"] = worker.team
    telecom = _telecom(worker.contact)
    if not worker.name:
        participant["member"] = {"reference": organization_url}
        if telecom:
            care_team["telecom"] = telecom
        return None
    participant["member"] = {"reference": practitioner_url}
    participant["onBehalfOf"] = {"reference": organization_url}
    practitioner: Json = {"resourceType": "Practitioner", "name": [{"text": worker.name}]}
    if telecom:
        practitioner["telecom"] = telecom
    return practitioner


def check(message: Message, issues: list[Issue]) -> None:
    """Adds whatever is wrong between CareTeam, Practitioner and Organization of a message that has the first and the
    last."""
    care_team = message.resources["CareTeam"][1]
    participant = care_team["participant"][0]
    message.points("CareTeam", "managingOrganization[0]", care_team["managingOrganization"][0], "Organization", issues)
    if message.get("Practitioner") is None:
        message.points("CareTeam", "participant[0].member", participant["member"], "Organization", issues)
        if "onBehalfOf" in participant:
            path = message.path("CareTeam", "participant[0].onBehalfOf")
            issues.append(
                Issue(
                    "invariant",
                    "conflict",
                    path,
                    "may only stand with a Practitioner; take it out where a team is the member",
                )
            )
    else:
        message.points("CareTeam", "participant[0].member", participant["member"], "Practitioner", issues)
        if "onBehalfOf" in participant:
            message.points("CareTeam", "participant[0].onBehalfOf", participant["onBehalfOf"], "Organization", issues)
        else:
            path = message.path("CareTeam", "participant[0].onBehalfOf")
            issues.append(
                Issue(
                    "required", "missing-element", path, "is missing; say for which Organization the Practitioner acts"
                )
            )
        if "telecom" in care_team:
            path = message.path("CareTeam", "telecom")
            issues.append(
                Issue(
                    "invariant",
                    "conflict",
                    path,
                    "may only stand without a Practitioner; give the contact to the Practitioner",
                )
            )
    for resource in ("CareTeam", "Practitioner"):
        _check_telecom(message, resource, issues)


def read(message: Message) -> Worker:
    """The worker or team of a message that `check` found right."""
    care_team = message.resources["CareTeam"][1]
    practitioner = message.get("Practitioner")
    role = care_team["participant"][0].get("role")
    by_system = {telecom["system"]: telecom["value"] for telecom in (practitioner or care_team).get("telecom", ())}
    return Worker(
        name=practitioner["name"][0]["text"] if practitioner else "",
        role=role[0]["text"] if role else "",
        team=care_team.get("name", ""),
        contact=Contact(by_system.get("phone", ""), by_system.get("email", "")),
    )


def _telecom(contact: Contact) -> list[Json]:
    both = (("phone", contact.phone), ("email", contact.email))
    return [{"system": system, "value": value, "use": "work"} for system, value in both if value]


def _check_telecom(message: Message, resource: str, issues: list[Issue]) -> None:
    found = message.get(resource)
    systems = [telecom["system"] for telecom in found.get("telecom", ())] if found else []
    if len(systems) != len(set(systems)):
        path = message.path(resource, "telecom")
        issues.append(
            Issue(
                "duplicate",
                "repeated-element",
                path,
                "gives two contacts of one system; give one phone and one email at most",
            )
        )
