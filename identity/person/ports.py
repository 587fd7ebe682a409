"""What matching needs from others: somebody who makes evidence, and somebody who finds candidates."""

from collections.abc import Sequence
from typing import Protocol

from identity.person.candidate import Candidate
from identity.person.pepper import IndexKeys
from identity.person.standard_person import StandardPerson
from mappings.canonical.evidence import Evidence


class TokeniserUnavailable(Exception):
    """No evidence can be made just now; nothing was lost, try again later. The message holds nothing of any person."""


class Tokeniser(Protocol):
    """Makes evidence under one linkage epoch. Batched, and allowed to fail, because an implementation may be a network
    call. A reading is tokenised inside the ledger's transaction: an implementation that is slow to answer keeps others from
    writing meanwhile."""

    @property
    def epoch_id(self) -> str:
        """The id of the epoch, as it stands in the evidence."""
        ...

    def evidence(self, persons: Sequence[StandardPerson]) -> list[Evidence]:
        """One evidence for each person, in order. Raises `TokeniserUnavailable`."""
        ...

    def worker(self, registration: str) -> str:
        """A keyed token of a practitioner's registration number: 32 hexadecimal digits. Raises `TokeniserUnavailable`."""
        ...


class CandidateIndex(Protocol):
    """Finds registered records that may be about the same person. Never more than the budget in `blocking`."""

    def candidates(self, keys: IndexKeys, exclude_record: int | None) -> list[Candidate]:
        """Records that share an identifier or a block key, as `blocking.choose` picks them."""
        ...

    def band_candidates(self, keys: IndexKeys, exclude_record: int | None) -> list[Candidate]:
        """Records that share an LSH band, picked alike: the second pass, when the first brought nothing near review."""
        ...

    def members(self, person_id: int) -> list[Candidate]:
        """Every record that is actively linked to the person: a link must not contradict any of them."""
        ...
