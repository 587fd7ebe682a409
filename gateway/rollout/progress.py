"""How far each agency has come: what is intended beside what the register of trust and the connectors say, and what is late.

Nobody types how far an agency is: it follows from its invitation and from each step of its connector (`identity.agency.trust`). An agency
that left and was invited or planned since is at the beginning again.
"""

from dataclasses import dataclass
from datetime import date, datetime

from gateway.model.connector import Connector
from gateway.model.connector_change import ConnectorChange
from gateway.model.invitation import Invitation
from gateway.model.rollout import RolloutEntry, RolloutState
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.operators import Office
from gateway.trust.permissions import check_may_observe
from identity.agency.trust import Status
from mappings.canonical.eligibility import StatedEligibility
from mappings.canonical.identifiers import AgencyId

NOT_INVITED, INVITED = "has not been invited", "is invited and has not enrolled"
_STATES = {
    Status.INVITED: (RolloutState.ONBOARDING, INVITED),
    Status.REQUESTED: (RolloutState.ONBOARDING, "has enrolled and waits to be approved"),
    Status.APPROVED: (RolloutState.ONBOARDING, "is still in its trial"),
    Status.LIVE: (RolloutState.LIVE, "is live"),
    Status.SUSPENDED: (RolloutState.SUSPENDED, "is suspended"),
    Status.REVOKED: (RolloutState.LEFT, "has left"),
    Status.OFF_BOARDED: (RolloutState.LEFT, "has left, and what it published is taken back"),
}
_GONE = (Status.REVOKED, Status.OFF_BOARDED)


@dataclass(frozen=True, slots=True)
class Course:
    """What the register says of one agency. `words` go on after its name. Days are those on which it happened first, and None where it has not:
    `live_since` only while it is live or suspended, `left_on` only once it has left."""

    state: RolloutState
    words: str
    invited_on: date | None = None
    enrolled_on: date | None = None
    live_since: date | None = None
    left_on: date | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """One agency: its name in the register, else in the plan; what was intended (None: nobody planned it); how far it is; and whom its connector
    said it publishes, and when it said so. `late` is in words, and empty where nothing is."""

    agency: AgencyId
    name: str
    planned: RolloutEntry | None
    course: Course
    stated: StatedEligibility | None
    stated_at: datetime | None
    late: str


def list_progress(office: Office, actor: Actor) -> list[Progress]:
    """Every agency that is in the plan or in the register, by name. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return progress(unit, office.clock.now())


def show_progress(office: Office, actor: Actor, agency: str) -> Progress:
    """One agency. Raises `NotPermitted`, `Refused` where it is in neither."""
    id = Content("roll-out", {"agency": agency}, frozenset({"agency"})).identifier("agency", AgencyId)
    found = next((each for each in list_progress(office, actor) if each.agency == id), None)
    if found is None:
        raise Refused(
            f"agency {id} is neither in the plan nor in the register; patchwork rollout list shows those that are"
        )
    return found


def progress(unit: UnitOfWork, now: datetime) -> list[Progress]:
    """See `list_progress`."""
    plan = {entry.agency: entry for entry in unit.rollouts.all()}
    names = {agency.id: agency.name for agency in unit.trust.agencies()}
    invited = {agency: each for each in unit.enrolments.open_invitations(now) for agency in each.agencies}
    stated = unit.eligibilities.all()
    found = []
    for agency in plan.keys() | names.keys():
        entry, course = plan.get(agency), course_of(unit, agency, invited.get(agency), plan.get(agency))
        name = names.get(agency) or (entry.name if entry else "")
        late = _late(entry, course, now.date()) if entry else ""
        said, said_at = stated.get(agency, (None, None))
        found.append(Progress(agency, name, entry, course, said, said_at, late))
    return sorted(found, key=lambda each: (each.name.casefold(), each.agency.value))


def course_of(unit: UnitOfWork, agency: AgencyId, invitation: Invitation | None, entry: RolloutEntry | None) -> Course:
    """How far one agency is. `invitation`: the one that is open."""
    connector = unit.trust.connector_for(agency)
    if connector is not None:
        steps = unit.trust.changes(connector.id)
        course = _course(unit, connector, steps)
        if course.state is not RolloutState.LEFT or not _anew(_first(connector, steps, _GONE), invitation, entry):
            return course
    if invitation is not None:
        return Course(RolloutState.ONBOARDING, INVITED, invited_on=invitation.made_at.date())
    return Course(RolloutState.PLANNED, NOT_INVITED)


def _anew(left_at: datetime, invitation: Invitation | None, entry: RolloutEntry | None) -> bool:
    """Whether it was invited, or its days were set, after it had left."""
    invited = invitation is not None and invitation.made_at > left_at
    return invited or (entry is not None and entry.planned_at > left_at)


def _course(unit: UnitOfWork, connector: Connector, steps: list[ConnectorChange]) -> Course:
    request = unit.enrolments.request(connector.id)
    invitation = unit.enrolments.invitation(request.invitation) if request else None
    state, words = _STATES[connector.status]
    left = state is RolloutState.LEFT
    return Course(
        state,
        words,
        invited_on=invitation.made_at.date() if invitation else None,
        enrolled_on=steps[0].at.date() if steps else None,
        live_since=_live_since(connector, steps),
        left_on=_first(connector, steps, _GONE).date() if left else None,
    )


def _live_since(connector: Connector, steps: list[ConnectorChange]) -> date | None:
    if connector.status in (Status.LIVE, Status.SUSPENDED):
        return _first(connector, steps, (Status.LIVE,)).date()
    return None


def _first(connector: Connector, steps: list[ConnectorChange], statuses: tuple[Status, ...]) -> datetime:
    """When it first came to stand like that; of one whose steps were not kept, since when it stands as it does."""
    return next((step.at for step in steps if step.after in statuses), connector.since)


def _late(entry: RolloutEntry, course: Course, today: date) -> str:
    if course.state not in (RolloutState.PLANNED, RolloutState.ONBOARDING):
        return ""
    if entry.live_by < today:
        return f"was to be live by {in_words(entry.live_by)}, and {course.words}"
    if course.state is RolloutState.PLANNED and entry.starts_on < today:
        return f"was to start on {in_words(entry.starts_on)}, and {course.words}"
    return ""


def in_words(day: date) -> str:
    """As people write it."""
    return f"{day.day} {day:%B %Y}"
