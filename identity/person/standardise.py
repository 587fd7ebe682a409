"""From a person as an agency's records have them to the one form in which persons are compared.

* Names: see `name_standard`. The first given name counts, the second is the middle name, all later ones are dropped.
* A given name that nobody bears has what it may be, misread, among its aliases.
* A nickname is an alias; where it is all there is, it stands as the given name and the identity is weak.
* Former family names (marriage, adoption by a step-parent) are aliases of the family name.
* Numbers that were superseded are aliases of those that are borne today, and never count as one of these.
* An unborn child has no birth date: its expected date is never evidence.
* Every standardised person is the same for the same input, on every machine and with the same tables.
"""

from identity.person.address_standard import standard_location
from identity.person.birth_date import has_default_day, plausible
from identity.person.identifier_rules import standard_identifiers
from identity.person.misread_name import misread_as
from identity.person.name_standard import family_name, full_forms, given_names, hyphen_parts, usual_spelling
from identity.person.standard_person import StandardLocation, StandardPerson
from mappings.canonical.evidence import MAX_ALIASES
from mappings.canonical.person import Address, Person


def standardise(person: Person) -> StandardPerson:
    """The person as tokens are made from. Never fails: what cannot be read counts as not known."""
    written, middle, spoken = _given(person.given)
    given = usual_spelling(written)
    called = [name for text in person.known_as[:MAX_ALIASES] for name in given_names(text).parts[:1]]
    nickname_only = not given and bool(called or spoken)
    if nickname_only:
        given = usual_spelling((called or spoken)[0])
    family, family_aliases = family_name(person.family)
    for former in person.former_family[:MAX_ALIASES]:
        whole, parts = family_name(former)
        family_aliases = (*family_aliases, whole, *parts)
    if not family and family_aliases:
        family = family_aliases[0]
    halves = [half for text in person.given[:1] for half in hyphen_parts(text)]
    born = plausible(person.birth_date)
    numbers = standard_identifiers(person.identifiers)
    borne = {(each.system, each.value) for each in numbers}
    superseded = (each for each in standard_identifiers(person.superseded) if (each.system, each.value) not in borne)
    return StandardPerson(
        given=given,
        middle=middle,
        family=family,
        given_aliases=_aliases(
            given, [*called, *spoken, *halves, *full_forms(given), *_forms(called), *misread_as(written)], written
        ),
        family_aliases=_aliases(family, list(family_aliases)),
        nickname_only=nickname_only,
        filler_only=not given and any(text.strip() for text in person.given),
        birth_date=born,
        default_day=born is not None and has_default_day(born),
        gender=person.gender,
        locations=_locations(person.addresses),
        identifiers=numbers,
        superseded=tuple(superseded)[:MAX_ALIASES],
    )


def _given(fields: tuple[str, ...]) -> tuple[str, str, list[str]]:
    """(The first given name as it is written, the second in its usual spelling, those from brackets and the like.)"""
    parts: list[str] = []
    spoken: list[str] = []
    for text in fields[:MAX_ALIASES]:
        names = given_names(text)
        parts += names.parts
        spoken += names.asides
    first, second = [*parts, "", ""][:2]
    return first, usual_spelling(second), spoken


def _forms(called: list[str]) -> list[str]:
    return [form for name in called for form in full_forms(name)]


def _aliases(name: str, others: list[str], written: str = "") -> tuple[str, ...]:
    """Also the name as it is written, where that is not its usual spelling: a misspelling is close to what was written."""
    spelled = (written, *(usual_spelling(other) for other in others))
    return tuple(dict.fromkeys(other for other in spelled if other and other != name))[:MAX_ALIASES]


def _locations(addresses: tuple[Address, ...]) -> tuple[StandardLocation, ...]:
    places = (standard_location(address) for address in addresses[: 2 * MAX_ALIASES])
    return tuple(dict.fromkeys(place for place in places if place))[:MAX_ALIASES]
