"""A FHIR R4 Patient (UK Core) as a person."""

from collections import Counter
from dataclasses import dataclass

from connectors.sources.fhir_nodes import Misfit, Node, child, children, codes, day, text, texts, when
from connectors.sources.fhir_references import BundleIndex, Entry
from mappings.canonical.codes import Gender, IdentifierSystem, Mode, Strength
from mappings.canonical.person import Address, Person, PersonIdentifier
from mappings.concept_map import UnmappedCode, fold
from mappings.fhir_map import FhirMap
from mappings.national_numbers import WrongMode, pupil_number, ten_digits
from mappings.transforms import is_name, postcode, split_name

MAX_MERGES = 5
MAX_ADDRESSES = 6
MAX_NAME = 200
NAME_ORDER = {"official": 0, "usual": 1, "": 2}


@dataclass(slots=True)
class PatientMap:
    """How a preset reads patients. `remarks` counts what was left out, by sentence."""

    map: FhirMap
    mode: Mode | None
    remarks: Counter[str]

    def person(self, entry: Entry) -> Person:
        """Raises `Misfit`."""
        patient = entry.resource
        official, known_as, former = _names(patient)
        given, family = _parts(official)
        identifiers, superseded, own = self._identifiers(patient)
        local_id = _local_id(entry, identifiers, own)
        label = " ".join((*given, family)).strip()
        return Person(
            local_id=local_id,
            given=given,
            family=family,
            known_as=known_as,
            former_family=former,
            birth_date=when(patient, "birthDate"),
            death_date=day(patient, "deceasedDateTime"),
            gender=self._gender(patient),
            addresses=_addresses(patient),
            identifiers=identifiers,
            superseded=superseded,
            label=f"{label} ({local_id})" if label else local_id,
        )

    def local_id(self, entry: Entry) -> str:
        """The agency's own id of the patient. Raises `Misfit`."""
        identifiers, _, own = self._identifiers(entry.resource)
        return _local_id(entry, identifiers, own)

    def known_by_number(self, system: str, value: str, display: str) -> Person | None:
        """A person of whom a logical reference gives only a national number."""
        number = self._number(system, value, Strength.MEDIUM)
        if number is None:
            return None
        given, family = split_name(display)
        return Person(
            local_id=number.value, given=given, family=family, identifiers=(number,), label=display or number.value
        )

    def _gender(self, patient: Node) -> Gender:
        try:
            return self.map.gender.target(text(patient, "gender")) or Gender.UNKNOWN
        except UnmappedCode as problem:
            raise Misfit(f"Patient.gender {problem}") from None

    def _identifiers(self, patient: Node) -> tuple[tuple[PersonIdentifier, ...], tuple[PersonIdentifier, ...], str]:
        """The national numbers, those of before (`use` old), and the agency's own number for the patient."""
        found: list[PersonIdentifier] = []
        before: list[PersonIdentifier] = []
        own: dict[str, str] = {}
        for identifier in children(patient, "identifier"):
            system, value = text(identifier, "system"), text(identifier, "value", MAX_NAME)
            is_old = text(identifier, "use") == "old"
            if not value:
                continue
            if system in self.map.identifier_systems:
                number = self._number(system, value, self._strength(identifier))
                (before if is_old else found).extend([number] if number else [])
            elif not is_old:
                own.setdefault(system, value)
        preferred = [own[system] for system in self.map.local_systems if system in own]
        return tuple(found), tuple(before), next(iter((*preferred, *own.values())), "")

    def _number(self, system: str, value: str, strength: Strength) -> PersonIdentifier | None:
        of = self.map.identifier_systems.get(system)
        if of is None:
            return None
        try:
            number = pupil_number(value) if of is IdentifierSystem.UPN else ten_digits(of, value, strength, self.mode)
        except WrongMode as problem:
            raise Misfit(f"Patient.identifier {problem}") from None
        if number is None:
            self.remarks[
                "Patient.identifier: the check digit does not agree, or it is outside the test range of a trial; the number was left out"
            ] += 1
        return number

    def _strength(self, identifier: Node) -> Strength:
        for extension in children(identifier, "extension"):
            if text(extension, "url") in self.map.verification_extensions:
                coding = {"valueCodeableConcept": {"coding": children(extension, "valueCoding")}}
                said = (
                    *codes(extension, "valueCodeableConcept"),
                    *codes(coding, "valueCodeableConcept"),
                    text(extension, "valueCode"),
                )
                # Without a status the number is as good as one present but not traced.
                return next((self.map.verification.target(one) or Strength.WEAK for one in said if one), Strength.WEAK)
        return Strength.MEDIUM


def restricted(resource: Node, fhir_map: FhirMap) -> bool:
    """Whether the resource carries one of the security labels whose people are never published."""
    labels = children(child(resource, "meta"), "security")
    return any(
        fold(text(label, name)) in fhir_map.restricted
        for label in labels
        for name in ("code", "display")
        if text(label, name)
    )


def surviving(entry: Entry, index: BundleIndex) -> Entry:
    """The patient that replaces this one, as far as the bundle holds it (Patient.link of type replaced-by, or replaces
    on the other). Raises `Misfit`."""
    for _ in range(MAX_MERGES):
        links = [link for link in children(entry.resource, "link") if text(link, "type") == "replaced-by"]
        target = index.follow(child(links[0], "other"), entry).entry if links else None
        target = target or index.replaced.get(id(entry.resource))
        if target is None:
            return entry
        entry = target
    raise Misfit(f"Patient.link leads through more than {MAX_MERGES} patients")


def _local_id(entry: Entry, identifiers: tuple[PersonIdentifier, ...], own: str) -> str:
    local_id = own or (identifiers[0].value if identifiers else "") or text(entry.resource, "id") or entry.full_url
    if not local_id:
        raise Misfit("the Patient has no identifier and no id")
    return local_id


def _names(patient: Node) -> tuple[Node, tuple[str, ...], tuple[str, ...]]:
    names = children(patient, "name")
    current = sorted(
        (name for name in names if text(name, "use") in NAME_ORDER), key=lambda name: NAME_ORDER[text(name, "use")]
    )
    nick = [part for name in names if text(name, "use") == "nickname" for part in _nicknames(name)]
    former = [text(name, "family", MAX_NAME) for name in names if text(name, "use") in ("old", "maiden")]
    return current[0] if current else {}, _clean(nick), _clean(former)


def _nicknames(name: Node) -> tuple[str, ...]:
    return texts(name, "given", MAX_NAME) or (text(name, "text", MAX_NAME),)


def _clean(names: list[str]) -> tuple[str, ...]:
    return tuple(name for name in dict.fromkeys(names) if is_name(name))


def _parts(name: Node) -> tuple[tuple[str, ...], str]:
    given, family = texts(name, "given", MAX_NAME), text(name, "family", MAX_NAME)
    if not given and not family:
        given, family = split_name(text(name, "text", MAX_NAME))
    given = tuple(part for one in given for part in one.split())
    return tuple(one for one in given if is_name(one)), family if is_name(family) else ""


def _addresses(patient: Node) -> tuple[Address, ...]:
    found = []
    for address in children(patient, "address"):
        if text(address, "use") not in ("old", "billing"):
            made = Address(texts(address, "line"), text(address, "city"), postcode(text(address, "postalCode")))
            found.append((text(address, "use") != "home", made))
    ordered = [made for _, made in sorted(found, key=lambda pair: pair[0])]
    return tuple(one for one in ordered if one != Address())[:MAX_ADDRESSES]
