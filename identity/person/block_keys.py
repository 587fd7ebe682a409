"""By which composites a record is found. Only composites of high entropy: a key of one field could be told by its
frequency.

* Every key joins at least a birth date's part or a postcode or an address with a name's part, or two names with one
  another.
* The order is that of usefulness; what exceeds the format's limit is cut from the end, aliases and former places first.
* A pseudo-postcode never gets here, and an address without a postcode or name never stands alone.
* Beside a birth date a name counts alike in whichever field it stands, so that swapped names meet though one is misspelt too. These keys bear the
  kind that family names had alone before: evidence made then is still found by its family name.

Otherwise the set is that of the prototype (two independent errors in a record still leave a key that agrees).
"""

from collections.abc import Iterator

from identity.person.phonetic import phonetic
from identity.person.standard_person import StandardLocation, StandardPerson
from mappings.canonical.evidence import MAX_BLOCKS


def block_texts(person: StandardPerson) -> list[str]:
    """The composites in clear, each beginning with its kind; to be keyed at once. At most `MAX_BLOCKS`, no two
    alike."""
    texts = dict.fromkeys(text for text in _all(person))
    return list(texts)[:MAX_BLOCKS]


def _all(person: StandardPerson) -> Iterator[str]:
    given, family = phonetic(person.given), phonetic(person.family)
    yield from _by_date(person, person.given, person.family)
    if given and family:
        yield "|".join(("pp", *sorted((given, family))))
        if person.birth_date and person.birth_date.year:
            shorts = sorted((person.given[:3], person.family[:3]))
            yield "|".join(("y3", str(person.birth_date.year), *shorts))
    for place in person.locations[:1]:
        yield from _by_place(person, place)
    for alias in person.family_aliases[:2]:
        yield from _by_date(person, "", alias)
    for alias in person.given_aliases[:2]:
        yield from _by_date(person, alias, "")
    for place in person.locations[1:3]:
        yield from _by_place(person, place)


def _by_date(person: StandardPerson, given: str, family: str) -> Iterator[str]:
    born = person.birth_date
    if born is None:
        return
    parts = []
    if born.year and born.month:
        parts.append(("ym", f"{born.year}-{born.month}"))
    if born.year and born.day:
        parts.append(("yd", f"{born.year}--{born.day}"))
    if born.month and born.day:
        parts.append(("md", f"{born.month}-{born.day}"))
    if born.exact:
        full = f"{born.year}-{born.month}-{born.day}"
        yield from (f"fd|{name[0]}|{full}" for name in (family, given) if name)
    for sound in filter(None, (phonetic(family), phonetic(given))):
        yield from (f"f{pair}|{sound}|{value}" for pair, value in parts)


def _by_place(person: StandardPerson, place: StandardLocation) -> Iterator[str]:
    year = str(person.birth_date.year or "") if person.birth_date else ""
    if place.postcode:
        if person.given:
            yield f"pg|{place.postcode}|{person.given[0]}"
        if person.family:
            yield f"pf|{place.postcode}|{person.family[0]}"
        if year:
            yield f"py|{place.postcode}|{year}"
    if place.address and person.given:
        yield f"ag|{place.address}|{person.given[0]}"
    if place.town and year:
        for kind, sound in (("tf", phonetic(person.family)), ("tg", phonetic(person.given))):
            if sound:
                yield f"{kind}|{place.town}|{sound}|{year}"
