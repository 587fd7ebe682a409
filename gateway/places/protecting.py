"""Protecting places: the keyholder's list comes in, and from then on no evidence that is indexed or scored holds any of them.

* A list is taken only where the keyholder signed it, for this partnership and mode. It is offered first, and in force once the information
  governance lead has signed its digest.
* A list that lacks a place of the one in force lets that place link people again, so it takes two.
* What was registered before is gone through by the sweep that follows (`gateway.alerts.sweep`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.model.protection import Protection
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.executor import Executor
from gateway.trust.operators import Office, VerifiedChange, record
from gateway.trust.permissions import check_may_agree, check_may_approve_agreement, check_may_observe
from identity.agency.keys import VerifyKey
from identity.agency.private_file import read_public
from identity.custody.protected_list import MAX_LIST_BYTES, read
from identity.person.protected_place import ProtectedPlaces
from mappings.canonical.codes import Mode

PROTECT = "places.protect"
_MEMBERS = frozenset({"epoch", "digest"})
_NOT_OFFERED = "this list was not offered here; import the keyholder's file again"


@dataclass(slots=True)
class Protecting:
    """The lists in force, kept open between units: they are megabytes, and change once in a while."""

    _known: dict[str, str] = field(default_factory=dict)
    _places: ProtectedPlaces = field(default_factory=lambda: ProtectedPlaces({}))

    def places(self, unit: UnitOfWork) -> ProtectedPlaces:
        """Those in force in this unit, on its side."""
        lists = (each for each in unit.protections.all() if each.mode is unit.side.mode)
        active = {each.epoch: each.digest for each in lists if each.active_at is not None}
        if active != self._known:
            tokens = {epoch: unit.protections.tokens(epoch, digest) for epoch, digest in active.items()}
            self._known, self._places = active, ProtectedPlaces(tokens)
        return self._places


def offer(office: Office, file: Path, keyholder: VerifyKey | None, *modes: Mode) -> dict[str, Any]:
    """Keep the keyholder's list, not in force yet. `modes` are those of the gateway's sides: a list is for one of them, by its epoch. Returns
    what is signed to put it in force. Raises `Refused`, `KeyFault`."""
    if keyholder is None:
        raise Refused("the settings name no keyholder_public_file, so nobody's list can be believed; set it first")
    data = read_public(file, MAX_LIST_BYTES).strip()
    protected = read(data, keyholder)
    if protected.partnership != office.partnership or protected.mode not in modes:
        raise Refused("this list is for another partnership, or for the other mode; live and trial never mix")
    digest = hashlib.sha256(data).hexdigest()
    with office.store.write() as unit:
        made = Protection(protected.epoch, protected.mode, digest, len(protected.tokens.places), office.clock.now())
        unit.protections.offer(made, protected.tokens)
    return {"epoch": protected.epoch, "digest": digest}


def protections(office: Office, actor: Actor) -> list[Protection]:
    """Every list, offered and in force. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return unit.protections.all()


def lets_a_place_link_again(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    """Whether the offered list lacks a place of the one in force. Raises `Refused` where it was not offered."""
    epoch, digest = _read(content)
    in_force = [each for each in unit.protections.all() if each.epoch == epoch and each.active_at is not None]
    try:
        offered = unit.protections.tokens(epoch, digest).places
    except KeyError:
        raise Refused(_NOT_OFFERED) from None
    return any(unit.protections.tokens(epoch, each.digest).places - offered for each in in_force)


def protect(unit: UnitOfWork, change: VerifiedChange) -> Protection:
    """Put the list of a verified `places.protect` in force. Raises `Refused`."""
    epoch, digest = _read(change.content)
    try:
        unit.protections.activate(epoch, digest, change.at)
    except KeyError:
        raise Refused(_NOT_OFFERED) from None
    made = next(each for each in unit.protections.all() if (each.epoch, each.digest) == (epoch, digest))
    record(unit, change, "places-protected", epoch=epoch, digest=digest, places=made.places)
    return made


def _read(content: Mapping[str, Any]) -> tuple[str, str]:
    read_content = Content("protected places", content, _MEMBERS)
    return read_content.text("epoch", 40), read_content.text("digest", 64)


EXECUTORS = {
    PROTECT: Executor(check_may_agree, check_may_approve_agreement, lets_a_place_link_again, protect, sweeps=True),
}
