"""A side of a gateway: invented people or real ones, each with a register, a pepper, keys, queues and inboxes of its own.

* A gateway has one side, or both. With both, a connector is on exactly one of them, and its status says on which: until two people send it
  live it is on the trial side, from then on it is on the live side for good.
* A side that is `alone` is the whole gateway. A lone trial side is for demos and hears live connectors too; a lone live side has no place
  for a trial.

Pure rules over `identity.agency.trust`.
"""

from dataclasses import dataclass

from identity.agency.trust import Status, may_speak_in
from mappings.canonical.codes import Mode

_BEFORE_LIVE = (Status.INVITED, Status.REQUESTED, Status.APPROVED)
_GONE = (Status.REVOKED, Status.OFF_BOARDED)


@dataclass(frozen=True, slots=True)
class Side:
    """One side; `alone` where the gateway has no other."""

    mode: Mode
    alone: bool = True

    def is_place_of(self, status: Status) -> bool:
        """Whether a connector of that status is on this side: its queue and its inbox are here."""
        return self.alone or (status in _BEFORE_LIVE) == (self.mode is Mode.TRIAL)

    def hears(self, status: Status) -> bool:
        """Whether notices of such a connector are taken on this side, and alerts sent to it."""
        return self.is_place_of(status) and may_speak_in(status, self.mode)

    def has_left(self, status: Status) -> bool:
        """Whether such a connector was on this side and is gone from it for good: nobody is there to be told any more."""
        went_live = not self.alone and self.mode is Mode.TRIAL and status in (Status.LIVE, Status.SUSPENDED)
        return went_live or status in _GONE

    def takes_back(self, status: Status) -> bool:
        """Whether what such a connector published on this side is to be taken back. After a revocation it stands until people off-board."""
        return self.has_left(status) and status is not Status.REVOKED


LONE_TRIAL = Side(Mode.TRIAL)
BOTH = (Side(Mode.LIVE, alone=False), Side(Mode.TRIAL, alone=False))
"""The sides of a gateway that has both: the register of trust is on the live one."""
