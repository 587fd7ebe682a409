"""How one kind of signed change is carried out: who may sign it, whether one person is enough, and what it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.ports import UnitOfWork
from gateway.trust.actor import Actor
from gateway.trust.operators import VerifiedChange


def never(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    """One person is enough: what is done narrows trust, or gives none by itself."""
    return False


def always(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    """A second person must sign: what is done widens trust."""
    return True


@dataclass(frozen=True, slots=True)
class Executor:
    """`check_may` and `check_may_approve` raise `NotPermitted` for whoever may not be the first, or the second, to sign.

    `needs_four_eyes` looks at the register and the content; it raises `Refused` for what cannot be done at all. `execute` carries the
    change out inside the caller's transaction and records it; it reads everything from `VerifiedChange.content`, the bytes that were
    signed. `sweeps`: everybody is to be looked at again after it. `moves_connectors`: who may speak has changed, so the broker is to be
    brought into line after the commit.
    """

    check_may: Callable[[Actor], None]
    check_may_approve: Callable[[Actor], None]
    needs_four_eyes: Callable[[UnitOfWork, Mapping[str, Any]], bool]
    execute: Callable[[UnitOfWork, VerifiedChange], Any]
    sweeps: bool = False
    moves_connectors: bool = False
