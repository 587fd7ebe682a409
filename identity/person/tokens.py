"""From a standardised person to keyed evidence: the only thing about a person that leaves an agency.

* Every token is keyed BLAKE2b, 16 bytes, under a key of its own purpose and epoch (`subkeys`): nothing can be tried out
  without the key.
* Given and family names share one key, so that swapped names meet; a lone initial has the same exact and initial token.
* LSH bands join three minima of 16 bits over both names and the birth date: two records that are 80 % alike share one
  of the 12 almost surely, and no band is of one field only.
* Identity is weak, and never linked automatically but by a strong number, where there is only a nickname or a filler
  ("Baby"); where one of the two names is missing or an initial, and there is no birth date or no place beside it; and
  where one is missing and the birth date is no more than a year, or filled in.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from hashlib import blake2b

from identity.custody.epoch import LinkageEpoch
from identity.person import protected_place
from identity.person.block_keys import block_texts
from identity.person.identifier_rules import counts_in
from identity.person.look import look
from identity.person.minhash import MinHasher, bigrams, lesser, packed, values
from identity.person.name_rarity import family_rarity, given_rarity
from identity.person.phonetic import phonetic
from identity.person.protected_place import ProtectedTokens
from identity.person.standard_person import StandardLocation, StandardPerson
from identity.person.subkeys import subkey
from mappings.canonical.codes import Mode, Strength
from mappings.canonical.evidence import (
    TOKEN_BYTES,
    BirthDateTokens,
    Evidence,
    IdentifierToken,
    LocationTokens,
    NameTokens,
)
from mappings.canonical.person import PartialDate, PersonIdentifier

BANDS, ROWS = 12, 3
SPAN = 12
_CACHED = 20_000
_PURPOSES = ("name", "sound", "looks", "date", "place", "number", "block", "band", "worker")


class KeyedTokeniser:
    """The `Tokeniser` that holds the linkage key itself. Keeps what it made of the names, dates and places it met last, in
    memory and bounded, because many people share them; not shared between threads."""

    def __init__(self, epoch: LinkageEpoch) -> None:
        self._epoch = epoch
        self._keyed = {purpose: blake2b(key=subkey(epoch, purpose), digest_size=TOKEN_BYTES) for purpose in _PURPOSES}
        self._names = MinHasher(subkey(epoch, "name-signature"))
        self._places = MinHasher(subkey(epoch, "place-signature"))
        self._given = lru_cache(_CACHED)(lambda name: self._name(name, given_rarity(name)))
        self._family = lru_cache(_CACHED)(lambda name: self._name(name, family_rarity(name)))
        self._name_minima = lru_cache(_CACHED)(lambda name: self._names.minima(bigrams(name)))
        self._date = lru_cache(_CACHED)(self._born)
        self._place = lru_cache(_CACHED)(self._location)
        self._place_part = lru_cache(_CACHED)(lambda text: self._token("place", text))

    @property
    def epoch_id(self) -> str:
        """The id of the epoch, as it stands in the evidence."""
        return self._epoch.id

    def evidence(self, persons: Sequence[StandardPerson]) -> list[Evidence]:
        """One evidence for each person, in order."""
        return [self._evidence(person) for person in persons]

    def worker(self, registration: str) -> str:
        """The same for the same registration number of a practitioner at every agency of the partnership, within this epoch. Hex."""
        return self._token("worker", registration).hex()

    def protected(self, places: Iterable[StandardLocation]) -> ProtectedTokens:
        """What evidence of anybody who lives at one of these places would hold of it."""
        there = list(places)
        tokens = [self._place(place) for place in there]
        held = {token for each in tokens for token in (each.postcode, each.address) if token is not None}
        blocks = {self._token("block", text) for place in there for text in protected_place.block_texts(place)}
        return ProtectedTokens(frozenset(held), frozenset(blocks))

    def _evidence(self, person: StandardPerson) -> Evidence:
        numbers = self._numbers(person.identifiers)
        both = self._both_names(person)
        return Evidence(
            epoch=self._epoch.id,
            identifiers=numbers,
            given=self._given(person.given) if person.given else None,
            middle=self._given(person.middle) if person.middle else None,
            family=self._family(person.family) if person.family else None,
            given_aliases=tuple(map(self._given, person.given_aliases)),
            family_aliases=tuple(map(self._family, person.family_aliases)),
            names_signature=None if both is None else packed(both),
            birth_date=self._date(person.birth_date, person.default_day) if person.birth_date else None,
            locations=tuple(map(self._place, person.locations)),
            gender=person.gender,
            blocks=self._tokens("block", block_texts(person)),
            bands=self._bands(person, both),
            weak=is_weak_in(person, self._epoch.mode),
            superseded=self._numbers(person.superseded),
        )

    def _numbers(self, items: Iterable[PersonIdentifier]) -> tuple[IdentifierToken, ...]:
        return tuple(
            IdentifierToken(item.system, item.strength, self._token("number", f"{item.system.value}|{item.value}"))
            for item in items
            if counts_in(item, self._epoch.mode)
        )

    def _token(self, purpose: str, text: str) -> bytes:
        mac = self._keyed[purpose].copy()
        mac.update(text.encode())
        return mac.digest()

    def _tokens(self, purpose: str, texts: Iterable[str]) -> tuple[bytes, ...]:
        begin, made = self._keyed[purpose].copy, []
        for text in texts:
            mac = begin()
            mac.update(text.encode())
            made.append(mac.digest())
        return tuple(made)

    def _both_names(self, person: StandardPerson) -> int | None:
        """The minima of the bigrams of both names together; None where there is neither."""
        there = [self._name_minima(name) for name in (person.given, person.family) if name]
        return reduce(lesser, there) if there else None

    def _name(self, name: str, rarity: int) -> NameTokens:
        return NameTokens(
            exact=self._token("name", name),
            phonetic=self._token("sound", phonetic(name)),
            initial=self._token("name", name[0]),
            signature=packed(self._name_minima(name)),
            rarity=rarity,
            looks=self._token("looks", look(name)),
        )

    def _born(self, born: PartialDate, default_day: bool) -> BirthDateTokens:
        year, month, day = born.year, born.month, born.day

        def token(kind: str, *parts: int | None) -> bytes | None:
            return self._token("date", "|".join((kind, *map(str, parts)))) if all(parts) else None

        return BirthDateTokens(
            year=token("y", year),
            full=token("ymd", year, month, day),
            year_month=token("ym", year, month),
            year_day=token("yd", year, day),
            month_day=token("md", month, day),
            # Of the same kind as the full date, so that 04-07 on one side equals 07-04 on the other.
            swapped=token("ymd", year, day, month),
            default_day=default_day,
            day=token("d", day),
            month=token("m", month),
            near=tuple(
                self._token("date", f"span|{start}|{(year + start) // SPAN}") for start in (0, SPAN // 2) if year
            ),
        )

    def _location(self, place: StandardLocation) -> LocationTokens:
        def token(kind: str, text: str) -> bytes | None:
            return self._place_part(f"{kind}|{text}") if text else None

        features = _place_features(place)
        return LocationTokens(
            postcode=token("postcode", place.postcode),
            sector=token("sector", place.sector),
            area=token("area", place.area),
            address=token("address", place.address),
            town=token("town", place.town),
            signature=packed(self._places.minima(features)) if features else None,
        )

    def _bands(self, person: StandardPerson, names: int | None) -> tuple[bytes, ...]:
        born = person.birth_date
        # Names alone would be a common key for common names; with nothing but a name there is nothing to be found by.
        if names is None or not (born or (person.given and person.family)):
            return ()
        if born:
            parts = zip("ymd", (born.year, born.month, born.day), strict=True)
            dated = self._names.minima(f"d{part}{value}" for part, value in parts if value)
            names = lesser(names, dated)
        rows = _in_threes(values(names))
        return self._tokens("band", [f"{band}|[{one}, {two}, {three}]" for band, (one, two, three) in enumerate(rows)])


def _in_threes(minima: Sequence[int]) -> Iterable[tuple[int, int, int]]:
    """The first minima, so many together as make a band."""
    used = iter(minima[: BANDS * ROWS])
    return zip(used, used, used, strict=True)


def is_weak_in(person: StandardPerson, mode: Mode) -> bool:
    """Whether identity is weak where only numbers of this side count: what stands in the evidence, and what a connector publishes by."""
    strong = any(item.strength is Strength.STRONG and counts_in(item, mode) for item in person.identifiers)
    return not strong and is_weak(person)


def is_weak(person: StandardPerson) -> bool:
    """Whether identity is too thin to be linked by anything but a strong number."""
    born = person.birth_date
    if person.nickname_only or person.filler_only:
        return True
    if len(person.given) > 1 and len(person.family) > 1:
        return False
    placed = any(place.postcode or place.address or place.town for place in person.locations)
    if born is None or not placed:
        return True
    return not (person.given and person.family) and (born.month is None or person.default_day)


def _place_features(place: StandardLocation) -> set[str]:
    if place.address:
        return {f"a{pair}" for pair in bigrams(place.address)}
    if place.postcode:
        return {f"p{pair}" for pair in bigrams(place.postcode)} | {
            f"p{spot}{sign}" for spot, sign in enumerate(place.postcode)
        }
    return {f"t{pair}" for pair in bigrams(place.town)}
