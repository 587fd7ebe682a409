"""The life of a connector, as a table: who may speak for an agency, and how that begins and ends.

    invited -> requested -> approved (trial) -> live -> suspended -> live | revoked -> off-boarded

* Nobody speaks before two people have looked: every change that widens trust needs four eyes (`needs_four_eyes`).
* Every change that narrows trust needs one person and takes effect at once.
* Revoked is final: an agency that comes back is invited again and makes new keys.
* Off-boarded means that what was told because of it has been taken back.

Pure rules: nothing here reads a clock, a store or a name. Model: X-Road's registration of a security server (request,
approval, disable).
"""

from dataclasses import dataclass
from enum import StrEnum

from mappings.canonical.codes import Mode


class Status(StrEnum):
    """Where a connector stands."""

    INVITED = "invited"
    REQUESTED = "requested"
    APPROVED = "approved"
    LIVE = "live"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    OFF_BOARDED = "off-boarded"


class IllegalChange(Exception):
    """A change of status that the table does not have. The message says why and what is possible instead."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the table: what it means, and whether it widens trust."""

    before: Status
    after: Status
    meaning: str
    widens: bool = False


CHANGES: tuple[Change, ...] = (
    Change(Status.INVITED, Status.REQUESTED, "the agency has made its keys and sent the public ones"),
    Change(Status.INVITED, Status.REVOKED, "the invitation is withdrawn"),
    Change(Status.REQUESTED, Status.APPROVED, "fingerprints were compared; it may speak in trial mode", widens=True),
    Change(Status.REQUESTED, Status.REVOKED, "the request is turned down"),
    Change(Status.APPROVED, Status.LIVE, "the trial went well; it may speak about real people", widens=True),
    Change(Status.APPROVED, Status.REVOKED, "the trial is given up"),
    Change(Status.LIVE, Status.SUSPENDED, "it is stopped until something is cleared up"),
    Change(Status.LIVE, Status.REVOKED, "it is stopped for good"),
    Change(Status.SUSPENDED, Status.LIVE, "it is cleared up; it may speak again", widens=True),
    Change(Status.SUSPENDED, Status.REVOKED, "it is stopped for good"),
    Change(Status.REVOKED, Status.OFF_BOARDED, "its notices are purged and what was told is retracted"),
)

_TABLE = {(change.before, change.after): change for change in CHANGES}
_WHY_NOT = {
    Status.REQUESTED: "a request only ever follows an invitation",
    Status.APPROVED: "only a requested connector can be approved",
    Status.LIVE: "only a connector that was approved and went through its trial, or one that is suspended, can go live",
    Status.SUSPENDED: "only a live connector can be suspended; revoke it instead",
    Status.REVOKED: "it is stopped for good already",
    Status.OFF_BOARDED: "only a revoked connector can be off-boarded; revoke it first",
    Status.INVITED: "a connector is invited once; make a new invitation with a new connector id",
}


def check_change(before: Status, after: Status) -> Change:
    """The row of the table for this change. Raises `IllegalChange` with the reason where there is none."""
    change = _TABLE.get((before, after))
    if change is None:
        possible = ", ".join(row.after for row in CHANGES if row.before is before) or "nothing: this is the end"
        raise IllegalChange(
            f"from {before} to {after} is not possible: {_WHY_NOT[after]}. From {before} follows {possible}."
        )
    return change


def may_change(before: Status, after: Status) -> bool:
    """The boolean twin of `check_change`."""
    return (before, after) in _TABLE


def needs_four_eyes(before: Status, after: Status) -> bool:
    """Whether a second person must agree. Raises `IllegalChange`."""
    return check_change(before, after).widens


def may_speak(status: Status) -> bool:
    """Whether notices from it are taken at all, and alerts made for it. In which mode is for `may_speak_in`."""
    return status in (Status.APPROVED, Status.LIVE)


def may_speak_in(status: Status, mode: Mode) -> bool:
    """Whether notices from it are taken in this mode: an approved connector speaks in trial mode only."""
    return status is Status.LIVE or (status is Status.APPROVED and mode is Mode.TRIAL)


def may_receive_retractions(status: Status) -> bool:
    """Whether a retraction is kept for it. A suspended connector learns on resuming that what it was told is to be
    disregarded; once it is
    revoked, only people can tell it."""
    return may_speak(status) or status is Status.SUSPENDED
