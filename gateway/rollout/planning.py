"""Planning the roll-out: a registrar signs what is intended with an agency, changes it, or drops it.

* It lets nobody in and tells nobody anything, so one signature is enough. How far an agency really is, is never typed: see
  `gateway.rollout.progress`.
* What is not named in a change stays as it was. An agency need not be in the register; then the plan names it.
* A champion is a post and one work telephone number or e-mail address. Both are sealed, and stand in no audit event and no log.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from gateway.model.rollout import Champion, RolloutEntry
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.operators import VerifiedChange, record
from gateway.trust.permissions import check_may_plan
from mappings.canonical.identifiers import AgencyId

PLAN, DROP = "rollout.plan", "rollout.drop"
MOST_PLANNED = 1_000
MAX_POST, MAX_CONTACT, MAX_ELIGIBILITY = 80, 120, 200
FAR = timedelta(days=3_653)
"""How far from today a planned day may be, either way: ten years. Further off somebody mistyped it."""

_FIELDS = ("name", "starts_on", "live_by", "eligibility", "champion")
_MEMBERS = frozenset({"agency", *_FIELDS, "contact", "no_champion"})
_MAILBOX = re.compile(r"[^@\s<>,;]{1,64}@[^@\s<>,;]{1,60}\.[^@\s<>,;.]{2,24}")
_TELEPHONE = re.compile(r"[+(]?[0-9][0-9 ()-]{5,28}[0-9]( ext\.? ?[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody typed; empty is what is to stay as it was. `no_champion` removes the one there is."""

    agency: str
    name: str = ""
    starts_on: str = ""
    live_by: str = ""
    eligibility: str = ""
    champion: str = ""
    contact: str = ""
    no_champion: bool = False


@dataclass(frozen=True, slots=True)
class _Change:
    """The members of a signed `rollout.plan`, read."""

    agency: AgencyId
    name: str | None
    starts_on: date | None
    live_by: date | None
    eligibility: str | None
    champion: Champion | None
    no_champion: bool


def plan_content(wanted: Wanted) -> dict[str, Any]:
    """What is signed to plan. Raises `Refused` before anything is signed."""
    said = {name: getattr(wanted, name) for name in (*_FIELDS, "contact") if getattr(wanted, name)}
    content: dict[str, Any] = {"agency": wanted.agency} | said
    if wanted.no_champion:
        content["no_champion"] = True
    _read(content)
    return content


def drop_content(agency: str) -> dict[str, Any]:
    """What is signed to drop what is planned of an agency. Raises `Refused` before anything is signed."""
    content = {"agency": agency}
    _read_agency(content)
    return content


def _plan(unit: UnitOfWork, signed: VerifiedChange) -> RolloutEntry:
    change = _read(signed.content)
    before = unit.rollouts.get(change.agency)
    if before is None and len(unit.rollouts.all()) >= MOST_PLANNED:
        raise Refused(f"{MOST_PLANNED} agencies are planned already; drop those that will not come")
    entry = _merged(unit, change, before, signed)
    _check_days(entry, signed.at)
    unit.rollouts.save(entry)
    record(
        unit,
        signed,
        "rollout-planned",
        agency=entry.agency.value,
        starts_on=entry.starts_on.isoformat(),
        live_by=entry.live_by.isoformat(),
        changed=" ".join(
            name for name in _FIELDS if name in signed.content or (name == "champion" and change.no_champion)
        ),
    )
    return entry


def _merged(unit: UnitOfWork, change: _Change, before: RolloutEntry | None, signed: VerifiedChange) -> RolloutEntry:
    registered = unit.trust.agency(change.agency)
    name = change.name or (before.name if before else "") or (registered.name if registered else "")
    starts_on = change.starts_on or (before.starts_on if before else None)
    live_by = change.live_by or (before.live_by if before else None)
    if not name:
        raise Refused(f"agency {change.agency} is not in the register yet, so the plan must name it: add --name")
    if starts_on is None or live_by is None:
        raise Refused(
            f"agency {change.agency} is not planned yet: say when it is to start and to be live, by --starts and --live-by"
        )
    champion = change.champion or (before.champion if before and not change.no_champion else None)
    eligibility = change.eligibility or (before.eligibility if before else "")
    planned = (signed.actor.id, signed.at)
    if before is not None and change.starts_on is None and change.live_by is None:
        planned = (before.planned_by, before.planned_at)
    return RolloutEntry(change.agency, name, starts_on, live_by, eligibility, champion, *planned)


def _check_days(entry: RolloutEntry, now: datetime) -> None:
    if entry.live_by < entry.starts_on:
        raise Refused("the agency would be live before it starts; exchange the two days, or move one of them")
    if any(abs(day - now.date()) > FAR for day in (entry.starts_on, entry.live_by)):
        raise Refused("a day of the plan is more than ten years from today; look at the year")


def _drop(unit: UnitOfWork, signed: VerifiedChange) -> AgencyId:
    agency = _read_agency(signed.content)
    if not unit.rollouts.drop(agency):
        raise Refused(f"nothing is planned of agency {agency}; patchwork rollout list shows the plan")
    record(unit, signed, "rollout-dropped", agency=agency.value)
    return agency


def _read_agency(content: Mapping[str, Any]) -> AgencyId:
    return Content("roll-out", content, frozenset({"agency"})).identifier("agency", AgencyId)


def _read(content: Mapping[str, Any]) -> _Change:
    read = Content("roll-out", content, _MEMBERS, optional=_MEMBERS - {"agency"})
    if len(content) < 2:
        raise Refused("there is nothing to plan: say a day, the eligibility or the champion")
    no_champion = read.flag("no_champion")
    if no_champion and "champion" in content:
        raise Refused("say who the champion is, or that there is none, not both")
    return _Change(
        agency=read.identifier("agency", AgencyId),
        name=read.text("name") if "name" in content else None,
        starts_on=read.day("starts_on") if "starts_on" in content else None,
        live_by=read.day("live_by") if "live_by" in content else None,
        eligibility=read.text("eligibility", MAX_ELIGIBILITY) if "eligibility" in content else None,
        champion=_champion(read, content),
        no_champion=no_champion,
    )


def _champion(read: Content, content: Mapping[str, Any]) -> Champion | None:
    if ("champion" in content) != ("contact" in content):
        raise Refused("a champion is a post and how to reach it at work: say both, by --champion and --contact")
    if "champion" not in content:
        return None
    contact = read.text("contact", MAX_CONTACT)
    if not (_MAILBOX.fullmatch(contact) or _TELEPHONE.fullmatch(contact)):
        raise read.refusal("contact", "must be one work telephone number or one work e-mail address, and nothing else")
    return Champion(read.text("champion", MAX_POST), contact)


EXECUTORS = {
    PLAN: Executor(check_may_plan, check_may_plan, never, _plan),
    DROP: Executor(check_may_plan, check_may_plan, never, _drop),
}
