"""Community health: one FHIR R4 bundle in the UK Core shape."""

import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.demo.caseloads import Allocation
from deploy.demo.exports.as_written import as_written
from deploy.demo.seaton_family import FILES

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
VERIFIED = {
    "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
    "valueCodeableConcept": {
        "coding": [
            {"system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland", "code": "01"}
        ]
    },
}


def write(path: Path, rows: Sequence[Allocation]) -> None:
    """Write the bundle: the family's resources as carried, the town's after them."""
    bundle = json.loads((FILES / "fhir_ukcore_bundle.json").read_text(encoding="utf-8"))
    for row in rows:
        bundle["entry"].extend(_entry(resource) for resource in _resources(row))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(bundle, ensure_ascii=False, indent=1), encoding="utf-8")


def _entry(resource: dict[str, Any]) -> dict[str, Any]:
    name = f"{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}", "resource": resource}


def _resources(row: Allocation) -> list[dict[str, Any]]:
    given, family = row.worker.split(" ", 1)
    practitioner = {
        "resourceType": "Practitioner",
        "id": f"w{row.number}",
        "name": [{"family": family, "given": [given]}],
    }
    role = {
        "resourceType": "PractitionerRole",
        "id": f"r{row.number}",
        "practitioner": {"reference": f"Practitioner/w{row.number}"},
        "organization": {"reference": "Organization/o1"},
        "code": [{"text": "Health visitor"}],
        "telecom": [{"system": "phone", "value": f"01632 96{row.number % 10_000:04d}", "use": "work"}],
    }
    return [_patient(row), practitioner, role, _care_team(row)]


def _patient(row: Allocation) -> dict[str, Any]:
    written = as_written(row)
    identifiers: list[dict[str, Any]] = [{"system": "https://rzz.nhs.uk/Id/local-mrn", "value": f"CH-{row.number}"}]
    if written.nhs_number:
        identifiers.append({"system": NHS_NUMBER, "value": written.nhs_number, "extension": [VERIFIED]})
    return {
        "resourceType": "Patient",
        "id": f"p{row.number}-town",
        "identifier": identifiers,
        "name": [{"use": "official", "family": written.family, "given": written.given.split(" ")}],
        "gender": "female" if row.person.female else "male",
        "birthDate": row.person.born.isoformat(),
        "address": [{"use": "home", "line": [written.street], "city": "Seaton", "postalCode": written.postcode}],
    }


def _care_team(row: Allocation) -> dict[str, Any]:
    period = {"start": row.start.isoformat()} | ({"end": row.end.isoformat()} if row.end else {})
    return {
        "resourceType": "CareTeam",
        "id": f"ct{row.number}-town",
        "identifier": [{"system": "https://rzz.nhs.uk/Id/careteam", "value": f"CT-T{row.number}"}],
        "status": "inactive" if row.end else "active",
        "name": row.service,
        "subject": {"reference": f"Patient/p{row.number}-town"},
        "period": period,
        "participant": [{"member": {"reference": f"PractitionerRole/r{row.number}"}, "period": period}],
        "managingOrganization": [{"reference": "Organization/o1"}],
    }
