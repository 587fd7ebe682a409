"""What no rule lifts for a service that must stay private, because it is sensitive or nobody has classified it yet.

* Of it others are shown at most that somebody is involved, and to ask the introducer.
* It is shown no more than it shows, unless a one-way permit of the other side says `to_private` and why.
* It is shown nothing until it is confirmed: until its agency's source has vouched for it on a later day than the one on which it was first
  stated here. Claiming a private involvement is seen by nobody, so it must not be of use at once.
"""

from gateway.model.involvement import RegisteredInvolvement
from gateway.sharing.policy import RANK, Permitted, Shown, Verdict
from mappings.canonical.codes import AlertLevel, Sensitivity

Directions = tuple[Shown, Shown]
"""What the first, and what the second of two is shown of the other."""


def is_private(side: RegisteredInvolvement) -> bool:
    """Whether neither its name nor its category, worker or contact may be shown."""
    return side.sensitivity is not Sensitivity.STANDARD


def is_confirmed(side: RegisteredInvolvement) -> bool:
    """Whether its agency's source has vouched for it after the day on which it was first stated here."""
    return side.stated_on is not None and side.confirmed > side.stated_on


def protected(
    first: RegisteredInvolvement, second: RegisteredInvolvement, of: tuple[Verdict, Verdict], shown: Directions
) -> Directions:
    """`shown` held to the above. `of` are the verdicts on disclosing the first and the second."""
    to_first, to_second = _hidden(second, shown[0]), _hidden(first, shown[1])
    return _held(first, to_first, to_second, of[1].to_private), _held(second, to_second, to_first, of[0].to_private)


def _hidden(discloser: RegisteredInvolvement, shown: Shown) -> Shown:
    if shown.level is None or not is_private(discloser):
        return shown
    return shown._replace(level=AlertLevel.EMPTY)


def _held(recipient: RegisteredInvolvement, own: Shown, given: Shown, lifted: Permitted | None) -> Shown:
    if not is_private(recipient):
        return own
    if not is_confirmed(recipient):
        return Shown(None, own.rules, "not-confirmed") if own.level is not None else own
    capped = own if _rank(own.level) <= _rank(given.level) else own._replace(level=given.level)
    if lifted is not None and _rank(lifted.level) > _rank(capped.level):
        return Shown(lifted.level, (lifted.rule,), "")
    if capped.level is None and own.level is not None:
        return Shown(None, own.rules, "more-than-given")
    return capped


def _rank(level: AlertLevel | None) -> int:
    return -1 if level is None else RANK[level]
