"""What the gateway says it can do is valid FHIR, and offers no look-up."""

from datetime import date

from fhir.resources.R4B.capabilitystatement import CapabilityStatement

from mappings.fhir import capability_statement

STATEMENT = capability_statement.build("0.1.0", "https://seaton.example/", date(2026, 11, 23))


def test_it_is_fhir() -> None:
    understood = CapabilityStatement.model_validate(STATEMENT)
    assert understood.fhirVersion == "4.0.1"
    assert understood.url == "https://seaton.example/fhir/metadata"


def test_it_offers_no_resource_and_no_operation() -> None:
    assert all(set(rest) == {"mode", "documentation", "security"} for rest in STATEMENT["rest"])


def test_it_names_the_three_profiles() -> None:
    said = STATEMENT["messaging"][0]["documentation"]
    assert all(f"StructureDefinition/{name}|1" in said for name in ("notice", "alert", "receipt"))
