"""The introducer's work list: what was asked, by spoken reference. It names no client and no worker, on either side."""

from dataclasses import dataclass
from datetime import datetime

from gateway.introducing.reminding import due_at, is_overdue
from gateway.model.connection import Connection
from gateway.model.introduction import Introduction, IntroductionState
from gateway.model.involvement import RegisteredInvolvement
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.sharing.privacy import is_confirmed, is_private
from gateway.trust.actor import Actor
from gateway.trust.operators import Office
from gateway.trust.permissions import check_may_observe
from mappings.canonical.codes import Mode, ServiceLine

MAX_LISTED = 1_000


@dataclass(frozen=True, slots=True)
class IntroductionView:
    """A request as the introducer sees it. `asker` and `asker_service` are the asking agency's name and service; `hidden` is the other agency's
    name, for `show` only. `confirmed`: False where the other side is told nothing yet, because its agency has not confirmed it. `at` is when it was
    looked at."""

    introduction: Introduction
    reference: str
    asker: str
    asker_service: ServiceLine
    hidden: str
    confirmed: bool
    mode: Mode
    at: datetime

    @property
    def due_at(self) -> datetime | None:
        """When somebody should have decided; None where nothing waits."""
        return due_at(self.introduction)

    @property
    def is_overdue(self) -> bool:
        """Whether it waits past that."""
        return is_overdue(self.introduction, self.at)

    @property
    def waiting_days(self) -> int | None:
        """For how many days it has waited; None where it does not."""
        since = self.introduction.waiting_since
        return None if since is None else max(0, (self.at - since).days)


def list_introductions(
    office: Office, actor: Actor, all_states: bool = False, limit: int = 200
) -> list[IntroductionView]:
    """Those that wait, the longest waiting first; or all on live connections. Raises `NotPermitted`."""
    check_may_observe(actor)
    states = tuple(IntroductionState) if all_states else (IntroductionState.WAITING,)
    with office.store.read() as unit:
        found = unit.introductions.in_states(states, max(1, min(limit, MAX_LISTED)))
        return [view_introduction(unit, each, office.clock.now()) for each in found]


def show_introduction(office: Office, actor: Actor, reference: str) -> IntroductionView:
    """The one of that spoken reference, or of that number. Raises `NotPermitted`, `Refused` where there is none, or more than one."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return view_introduction(unit, find_introduction(unit, reference), office.clock.now())


def find_introduction(unit: UnitOfWork, reference: str) -> Introduction:
    """By spoken reference, which is not of one connection for certain, or by number. Raises `Refused`."""
    if reference.isascii() and reference.isdecimal():
        numbered = unit.introductions.get(int(reference[:18]))
        if numbered is not None:
            return numbered
    listed = unit.introductions.in_states(tuple(IntroductionState), MAX_LISTED)
    wanted = reference.strip().upper()
    found = [each for each in listed if unit_connection(unit, each).spoken_reference.value == wanted]
    waiting = [each for each in found if each.state is IntroductionState.WAITING] or found
    if not waiting:
        raise Refused(f"nothing was asked under {reference[:20]}; patchwork introducer list shows what there is")
    if len(waiting) > 1:
        numbers = ", ".join(str(each.id) for each in waiting)
        raise Refused(f"{wanted} was asked about more than once; name the request by its number, one of {numbers}")
    return waiting[0]


def view_introduction(unit: UnitOfWork, introduction: Introduction, at: datetime) -> IntroductionView:
    """With what the introducer may see of both sides."""
    asker, hidden = unit.involvements.get(introduction.asker), unit.involvements.get(introduction.hidden)
    return IntroductionView(
        introduction,
        unit_connection(unit, introduction).spoken_reference.value,
        _name(unit, asker),
        asker.service,
        _name(unit, hidden),
        not is_private(hidden) or is_confirmed(hidden),
        unit.side.mode,
        at,
    )


def unit_connection(unit: UnitOfWork, introduction: Introduction) -> Connection:
    """The connection it is about, which a foreign key keeps."""
    connection = unit.connections.get(introduction.connection)
    if connection is None:
        raise LookupError("an introduction names a connection that is not there")
    return connection


def _name(unit: UnitOfWork, side: RegisteredInvolvement) -> str:
    agency = unit.trust.agency(side.agency)
    return agency.name if agency else ""
