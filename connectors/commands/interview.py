"""Asking somebody, or taking what the options say: the same questions either way. With `--yes` nobody is asked."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

import typer

from connectors.setup.answers import Incomplete
from connectors.setup.guessing import IN_WORDS, Guess
from mappings.column_binding import shown
from mappings.source_map import Field

Code = TypeVar("Code", bound=StrEnum)
LEAVE_OUT = "-"


class Interview:
    """`yes`: take every proposal. Raises `Incomplete` for what has neither been said nor a proposal."""

    def __init__(self, *, yes: bool) -> None:
        self._yes = yes

    def text(self, said: str, question: str, option: str, proposal: str = "", *, needed: bool = True) -> str:
        """What `option` said, else what is answered; empty only where it is not needed."""
        answered = said.strip() or self._asked(question, proposal)
        if needed and not answered:
            raise Incomplete(f"{question} is not known; give it with {option}")
        if not answered.isprintable():
            raise Incomplete(f"{option} holds characters that cannot be printed; write it anew")
        return answered

    def code(self, said: str, kind: type[Code], question: str, option: str, proposal: str = "") -> Code:
        """One of the codes."""
        choices = ", ".join(kind)
        answered = said.strip() or self._asked(f"{question} (one of {choices})", proposal)
        try:
            return kind(answered)
        except ValueError:
            raise Incomplete(f"give the {question[0].lower()}{question[1:]} with {option}: one of {choices}") from None

    def columns(self, guesses: Sequence[Guess], said: dict[str, str]) -> dict[str, Field]:
        """The field of every heading that is read. `said` are those that options settled, by heading; `-` leaves one out."""
        unknown = sorted(set(said) - {each.heading for each in guesses})
        if unknown:
            raise Incomplete(f"there is no column {unknown[0]!r}; the headings are {_listed(guesses)}")
        read: dict[str, Field] = {}
        for place, each in enumerate(guesses):
            if not each.heading:
                continue
            answered = said.get(each.heading) or self._asked_column(each, place)
            field = _field(answered)
            if field is not None and field in read.values():
                raise Incomplete(f"two columns are to hold {field.value}; leave one out with --leave-out HEADING")
            if field is not None:
                read[each.heading] = field
        return read

    def _asked_column(self, guess: Guess, place: int) -> str:
        proposal = guess.field.value if guess.field else LEAVE_OUT
        meaning = f", {IN_WORDS[guess.field]}" if guess.field in IN_WORDS else ""
        said = f"{proposal}{meaning}" if guess.field else "is not read"
        return self._asked(f"{shown(guess.heading, place)}: {said} ({guess.why})", proposal) or proposal

    def _asked(self, question: str, proposal: str) -> str:
        if self._yes:
            return proposal
        return str(typer.prompt(question, default=proposal, err=True)).strip()


def settled(columns: Sequence[str], left_out: Sequence[str]) -> dict[str, str]:
    """`FIELD=HEADING` options by heading, and `-` for those that are left out. Raises `Incomplete`."""
    said = dict.fromkeys(left_out, LEAVE_OUT)
    for each in columns:
        field, equals, heading = each.partition("=")
        if not equals or not heading:
            raise Incomplete(f"--column {each!r} is not FIELD=HEADING, such as family=Surname")
        said[heading] = field
    return said


def _field(text: str) -> Field | None:
    if text == LEAVE_OUT:
        return None
    try:
        return Field(text)
    except ValueError:
        raise Incomplete(
            f"{text!r} is no field; use {LEAVE_OUT} to leave the column out, or one of {', '.join(Field)}"
        ) from None


def _listed(guesses: Sequence[Guess]) -> str:
    return ", ".join(shown(each.heading, place) for place, each in enumerate(guesses))
