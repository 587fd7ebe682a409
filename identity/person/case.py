"""One candidate held against the incoming evidence, and the candidates of one person together."""

from collections.abc import Iterable
from dataclasses import dataclass

from identity.person.candidate import Candidate
from identity.person.comparison import Levels, compare
from identity.person.weights import Parameters, Score
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId

ALMOST_CERTAIN = 0.9


@dataclass(frozen=True, slots=True)
class Case:
    """A candidate with its levels and score."""

    candidate: Candidate
    levels: Levels
    score: Score

    @property
    def same_number(self) -> bool:
        """Whether one verified number is on both sides."""
        return self.levels.number == 1

    @property
    def number_is_borne_out(self) -> bool:
        """Whether the given name, the birth date or, where neither can be compared, the family name agrees beside the
        number."""
        given, born = self.levels.given, self.levels.birth_date
        return given in {1, 2, 3} or born in {1, 2} or (not given and not born and self.levels.family in {1, 2})

    @property
    def may_be_relatives(self) -> bool:
        """Whether this is what close relatives look like, whatever the score.

        Twins: born on one day, of one place or surname, and the given names differ. Father and son, or cousins named
        after a grandparent: the names agree and the birth dates do not, or cannot be compared and the middle names differ.
        """
        levels = self.levels
        together = levels.location in {1, 2} or levels.family in {1, 2}
        # Twins' names are often alike (Maya and Mya): a merely close one outweighs neither another gender nor another
        # middle name.
        given = levels.given == 4 or (levels.given in {2, 3} and 4 in {levels.gender, levels.middle})
        undated = not levels.birth_date and levels.middle == 4 and together
        return (given and levels.birth_date in {1, 2} and together) or levels.birth_date == 4 or undated

    @property
    def may_be_a_namesake(self) -> bool:
        """Whether too little agrees to tell one person from a namesake: in any town some people share a given name and a birthday, or
        both names and a year; in a home or hostel many share the address.

        No place brings the two together, and either the family name differs, or there is no birth date to compare and
        no town that agrees, or no more than the year of birth agrees beside names that are not both the same or in
        another place; or, at one place, the family name differs and the birth date is not the same.
        """
        levels = self.levels
        if levels.location in {1, 2}:
            return levels.family == 4 and levels.birth_date != 1
        thin = levels.birth_date == 3 and (levels.location or not {levels.given, levels.family} <= {1, 2})
        undated = not levels.birth_date and levels.town not in {1, 2}
        return levels.family == 4 or undated or bool(thin)

    @property
    def is_elsewhere(self) -> bool:
        """Whether both sides name a place and the two do not agree: then only the names' rarity tells who moved from a namesake, and in a
        register of a million some people share both names and the birth date."""
        return self.levels.location in {4, 5}

    @property
    def is_likely_alike(self) -> bool:
        """Whether enough agrees for a score below certainty to count: the place does, and of given name, family name
        and birth date all but one do, the odd one being missing or nearly alike (or, with the same birth date and gender
        or given name, another family name).

        Or, at the very same address, given name or birth date agrees and the others are nearly alike, as where a form
        was misread throughout. The family name that agrees is not enough: brothers and sisters have it.

        Where there is no birth date, names that are not both the same, as those of sisters may be alike, count only where
        little is missing to certainty.
        """
        levels = self.levels
        if levels.location not in {1, 2}:
            return False
        told = (levels.given, levels.family, levels.birth_date)
        if 4 in told:
            return self._may_have_married
        if not levels.birth_date and not (levels.given == levels.family == 1) and self.score.posterior < ALMOST_CERTAIN:
            return False
        clear = sum(level in {1, 2} for level in told)
        return clear >= 2 or self._may_be_misread

    @property
    def _may_have_married(self) -> bool:
        levels = self.levels
        alike = levels.given in {1, 2} or (levels.given == 3 and levels.gender == 1 and levels.location == 1)
        return levels.family == 4 and levels.birth_date == 1 and alike

    @property
    def _may_be_misread(self) -> bool:
        levels = self.levels
        clear = levels.given in {1, 2} or levels.birth_date in {1, 2}
        nearly = levels.given and levels.family and (levels.birth_date or levels.given == 1)
        return levels.location == 1 and clear and bool(nearly) and 4 not in {levels.gender, levels.middle}

    @property
    def contradicts(self) -> bool:
        """Whether the evidence as a whole speaks against one person, or a number or both given name and birth date
        do."""
        return self.levels.conflict or (self.levels.given == 4 and self.levels.birth_date == 4) or self.score.bits < 0


@dataclass(frozen=True, slots=True)
class Group:
    """All cases of one person (or of one record that is linked to nobody), the strongest first."""

    person_id: int | None
    cases: tuple[Case, ...]

    @property
    def best(self) -> Case:
        """The case that speaks most for this person."""
        return self.cases[0]

    def of_agency(self, agency: AgencyId) -> tuple[Case, ...]:
        """The records that this agency holds of the person."""
        return tuple(case for case in self.cases if case.candidate.agency == agency)

    def records(self) -> frozenset[int]:
        """The ids of the records."""
        return frozenset(case.candidate.record_id for case in self.cases)


def examine(incoming: Evidence, candidate: Candidate, population: int, parameters: Parameters) -> Case:
    """The incoming evidence held against one candidate of the same epoch."""
    levels = compare(incoming, candidate.evidence)
    return Case(candidate, levels, parameters.score(levels, rarity_of(incoming, candidate.evidence), population))


def rarity_of(one: Evidence, other: Evidence) -> tuple[int, int]:
    """The rarity of the given and the family name; the commoner where the two say different."""
    pairs = ((one.given, other.given), (one.family, other.family))
    given, family = (min((name.rarity for name in pair if name), default=0) for pair in pairs)
    return given, family


def grouped(cases: Iterable[Case]) -> list[Group]:
    """One group a person, the strongest group first; the order does not hang on the order of the cases."""
    by_person: dict[tuple[int, int], list[Case]] = {}
    for case in cases:
        person = case.candidate.person_id
        key = (0, case.candidate.record_id) if person is None else (1, person)
        by_person.setdefault(key, []).append(case)
    groups = [Group(key[1] if key[0] else None, tuple(sorted(each, key=_strength))) for key, each in by_person.items()]
    return sorted(groups, key=lambda group: _strength(group.best))


def _strength(case: Case) -> tuple[float, int]:
    return -case.score.log_odds, case.candidate.record_id
