"""The allow-list itself: what it lets through, how large it can get, and that reading needs no `fhir.resources`."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

from pydantic import BaseModel

from mappings import evidence_codec
from mappings.canonical.codes import IdentifierSystem, RelationKind, Strength
from mappings.canonical.evidence import (
    MAX_ALIASES,
    MAX_BLOCKS,
    MAX_IDENTIFIERS,
    BirthDateTokens,
    Evidence,
    IdentifierToken,
    LocationTokens,
)
from mappings.canonical.notice import MAX_EPOCHS, MAX_RELATIONS, RelatedPerson
from mappings.fhir import limits, notice_bundle
from mappings.fhir.alert_allow_list import ALERT
from mappings.fhir.allow_list import NOTICE
from mappings.fhir.fhir_names import FHIR_NAMES
from mappings.fhir.receipt_bundle import RECEIPT
from mappings.fhir.shapes import Many, Object, Resource, Shape
from tests.mappings.fhir.examples import STARTED, names, token

PERSONAL = {"birthDate", "address", "gender", "photo", "contact", "deceasedBoolean", "multipleBirthBoolean", "note"}
MODULES = (
    "bundle",
    "messageheader",
    "careteam",
    "practitioner",
    "organization",
    "patient",
    "communication",
    "extension",
)


def objects(shape: Shape, path: str) -> Iterator[tuple[str, Object]]:
    """Every object an allow-list describes, with where it stands."""
    if isinstance(shape, Object):
        yield path, shape
        for name, inner in (*shape.required.items(), *shape.optional.items()):
            yield from objects(inner, f"{path}.{name}")
    elif isinstance(shape, Many):
        yield from objects(shape.of, path)
    elif isinstance(shape, Resource):
        for kind, inner in shape.types.items():
            yield from objects(inner, f"{path}({kind})")


def test_no_profile_has_room_for_a_clients_details() -> None:
    for profile in (NOTICE, ALERT, RECEIPT):
        for path, shape in objects(profile, "Bundle"):
            allowed = shape.required.keys() | shape.optional.keys()
            assert not allowed & PERSONAL, path
            if path.endswith("(Patient)"):
                assert allowed == {"resourceType", "extension", "identifier"}


def test_every_name_in_a_profile_is_one_that_fhir_knows() -> None:
    for profile in (NOTICE, ALERT, RECEIPT):
        for _, shape in objects(profile, "Bundle"):
            assert shape.required.keys() | shape.optional.keys() <= FHIR_NAMES


def test_the_names_that_refusals_may_repeat_are_those_of_fhir() -> None:
    known = {"resourceType"}
    for name in MODULES:
        module = importlib.import_module(f"fhir.resources.R4B.{name}")
        for each in vars(module).values():
            if isinstance(each, type) and issubclass(each, BaseModel) and each.__module__ == module.__name__:
                known |= {field.alias or key for key, field in each.model_fields.items()}
    plain = {name for name in known if not name.startswith("_")} - {"fhir_comments"}
    assert plain <= FHIR_NAMES


def test_the_largest_notice_there_can_be_is_within_the_limits() -> None:
    largest = _largest_evidence("e" * 40)
    assert len(evidence_codec.encode(largest)) <= evidence_codec.MAX_BYTES == limits.MAX_EVIDENCE
    epochs = tuple(replace(largest, epoch=f"{n}" * 40) for n in range(MAX_EPOCHS))
    usual = tuple(replace(STARTED.evidence[0], epoch=f"{n}" * 40) for n in range(MAX_EPOCHS))
    notice = replace(
        STARTED,
        evidence=epochs,
        relations=(RelatedPerson(RelationKind.SIBLING, usual),) * MAX_RELATIONS,
        sealed_details="x" * limits.MAX_SEALED_DETAILS,
    )
    assert notice_bundle.read(notice_bundle.write(notice)) == notice


def test_the_hot_path_never_imports_fhir_resources() -> None:
    program = (
        "import sys; from mappings import statement_json; "
        "from mappings.fhir import alert_bundle, capability_statement, notice_bundle, notification, receipt_bundle, standalone_alert; "
        "assert not [name for name in sys.modules if name.split('.')[0] in ('fhir', 'fhir_core', 'pydantic')]"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def _largest_evidence(epoch: str) -> Evidence:
    full = token("x")
    return Evidence(
        epoch=epoch,
        identifiers=(IdentifierToken(IdentifierSystem.UPN, Strength.STRONG, full),) * MAX_IDENTIFIERS,
        given=names("given"),
        middle=names("middle"),
        family=names("family"),
        given_aliases=(names("given"),) * MAX_ALIASES,
        family_aliases=(names("family"),) * MAX_ALIASES,
        names_signature=token("x", 32),
        birth_date=BirthDateTokens(full, full, full, full, full, full),
        locations=(LocationTokens(full, full, full, full, full, token("x", 32)),) * MAX_ALIASES,
        blocks=(full,) * MAX_BLOCKS,
        bands=(full,) * MAX_BLOCKS,
    )
