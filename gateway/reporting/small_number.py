"""Counts about people as they may be published, so that no small number and no difference between counts points at anybody.

* 1 to 4 become "<5". Nothing stays 0: that there is nobody names nobody.
* Everything else is rounded down to a multiple of 5, each count by itself. So whoever subtracts what is shown from a count of all, or one
  report from another, is left with more than one number that a suppressed one may be (tried for all tables of up to three parts; rounding
  to the nearest would show two fours as 4 and 4).
* A total is made of what is shown, not of what was counted: it tells nothing that its parts do not.

Source: the small number rules of NHS England's Hospital Episode Statistics analysis guide (suppress small numbers, round the rest to 5); the
threshold of 5 is this project's governance statement.
"""

from collections.abc import Iterable

THRESHOLD = 5
SUPPRESSED = "<5"
Published = int | str


def published(number: int) -> Published:
    """What is shown of a count. Raises `ValueError` for a negative one."""
    if number < 0:
        raise ValueError("a count is not negative")
    if number == 0:
        return 0
    if number < THRESHOLD:
        return SUPPRESSED
    return number // THRESHOLD * THRESHOLD


def total(parts: Iterable[int]) -> Published:
    """The sum of the parts as they are shown; where some are suppressed, the least that it may be, as text."""
    shown = [published(part) for part in parts]
    known = sum(each for each in shown if isinstance(each, int))
    hidden = sum(each == SUPPRESSED for each in shown)
    if not hidden:
        return known
    return SUPPRESSED if not known and hidden == 1 else f"at least {known + hidden}"


def share(shown_part: Published, shown_whole: Published) -> Published:
    """A share in percent, from published numbers alone, so that it tells no more than they do; empty where one is suppressed or the whole
    is too small to speak of shares."""
    if isinstance(shown_part, str) or isinstance(shown_whole, str) or shown_whole < 4 * THRESHOLD:
        return ""
    return round(100 * shown_part / shown_whole)
