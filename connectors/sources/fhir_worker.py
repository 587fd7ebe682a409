"""Who is involved, as FHIR R4 says it: a Practitioner, alone or in a PractitionerRole, and the organisation behind
them."""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.sources.fhir_nodes import Misfit, Node, child, children, codes, text, texts, words
from connectors.sources.fhir_references import BundleIndex, Entry, Target
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import MAX_DISPLAY
from mappings.professional_numbers import ProfessionalRegister, registration
from mappings.source_map import Row
from mappings.transforms import surname_first

_REGISTERS = {
    "https://fhir.hl7.org.uk/Id/gmc-number": ProfessionalRegister.GMC,
    "https://fhir.hl7.org.uk/Id/nmc-number": ProfessionalRegister.NMC,
}

Complete = Callable[[Row, Row | None], None]
"""Adds to what is said of a worker what directories say; the second is what is said of their team."""

NO_CONTACT = Contact()
PEOPLE = ("Practitioner", "PractitionerRole")


@dataclass(frozen=True, slots=True, repr=False)
class FoundWorker:
    """A worker's display name, own id, role in words, contact, the codes that hint at the service, and the employer's
    ODS code."""

    name: str
    id: str
    role: str = ""
    contact: Contact = NO_CONTACT
    hints: tuple[str, ...] = ()
    employer: str = ""
    registration: str = ""


def worker(target: Target, index: BundleIndex, ods_system: str) -> FoundWorker:
    """The worker a reference leads to. Raises `Misfit` where it leads nowhere and says no name either."""
    if target.entry is None:
        if not target.display:
            raise Misfit("the reference to a worker leads to nothing in this bundle and has no display")
        return FoundWorker(display(target.display, "display"), target.identifier or target.display)
    resource = target.entry.resource
    if target.entry.type == "Practitioner":
        return FoundWorker(
            _name(resource, target),
            _own_id(resource, target),
            contact=contact(resource),
            registration=_registration(resource),
        )
    behind = index.follow(child(resource, "practitioner"), target.entry)
    person = behind.entry.resource if behind.entry else {}
    by_role, by_person = contact(resource), contact(person)
    return FoundWorker(
        name=_name(person, behind) or display(target.display, "display"),
        id=_own_id(person, behind) or _own_id(resource, target),
        role=display(words(resource, "code"), "code"),
        contact=Contact(by_role.phone or by_person.phone, by_role.email or by_person.email),
        hints=(*codes(resource, "code"), *codes(resource, "specialty")),
        employer=ods_code(index.follow(child(resource, "organization"), target.entry), ods_system),
        registration=_registration(person) or _registration(resource),
    )


def contact(resource: Node) -> Contact:
    """The first work telephone and e-mail; never what is marked as private or old."""
    found = {"phone": "", "email": ""}
    for telecom in children(resource, "telecom"):
        system = text(telecom, "system")
        if system in found and not found[system] and text(telecom, "use") not in ("home", "old", "temp"):
            found[system] = display(text(telecom, "value"), "telecom")
    return Contact(found["phone"], found["email"])


def ods_code(target: Target, ods_system: str) -> str:
    """The ODS code of an organisation, from its resource or from the reference itself."""
    if target.entry is not None:
        for identifier in children(target.entry.resource, "identifier"):
            if text(identifier, "system") == ods_system:
                return text(identifier, "value", MAX_DISPLAY).upper()
        return ""
    return target.identifier.upper() if target.system == ods_system else ""


def organisation_name(target: Target) -> str:
    """The name of an organisation, from its resource or from the reference itself."""
    said = text(target.entry.resource, "name") if target.entry is not None else ""
    return display(said or target.display, "name")


def display(said: str, element: str) -> str:
    """Text that other agencies will read. Raises `Misfit` where it is longer than a notice allows."""
    if len(said) > MAX_DISPLAY:
        raise Misfit(f"{element} is longer than {MAX_DISPLAY} characters")
    return said


def own_key(entry: Entry) -> str:
    """The first identifier value of a resource, an official one first, else its id, else its address."""
    identifiers = sorted(children(entry.resource, "identifier"), key=lambda one: text(one, "use") != "official")
    values = [text(one, "value", 200) for one in identifiers if text(one, "use") != "old"]
    return next((value for value in values if value), "") or text(entry.resource, "id") or entry.full_url


def _registration(resource: Node) -> str:
    """The first number at a professional register, by the systems of the UK Core profiles."""
    for identifier in children(resource, "identifier"):
        register = _REGISTERS.get(text(identifier, "system"))
        found = (
            registration(register, text(identifier, "value", 200))
            if register and text(identifier, "use") != "old"
            else ""
        )
        if found:
            return found
    return ""


def _own_id(resource: Node, target: Target) -> str:
    return own_key(Entry(resource, target.entry.full_url if target.entry else "")) or target.identifier


def _name(person: Node, target: Target) -> str:
    for name in children(person, "name"):
        if text(name, "use") in ("old", "maiden", "nickname"):
            continue
        whole = " ".join((*texts(name, "given"), text(name, "family"))).strip()
        said = whole or surname_first(text(name, "text"))
        if said:
            return display(said, "name")
    return display(surname_first(target.display), "display")
