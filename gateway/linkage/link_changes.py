"""Undoing a link, and making one by a steward's word: `link.unlink` and `link.relink`.

* Unlinking takes a record out of its person and says that it is not of one person with the others. Everyone told hears "disregard". It takes
  one steward and effect at once: a wrong match tells a stranger about a family for as long as it stands.
* Relinking says that a record is of one person with all the records of another, also where it was said before that it is not. It overrules a
  colleague and tells people, so it takes two stewards.
* Both name the link they are about: a link that has changed since refuses the signature.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.linkage.relinking import check_joinable, link_of, people_of, relinking
from gateway.model.assertion import Assertion, Verdict
from gateway.model.person_record import Link, PersonRecord
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.operators import Office, VerifiedChange, record
from gateway.trust.permissions import check_may_observe, check_may_review
from gateway.trust.signed_side import check_side
from mappings.canonical.codes import Mode

UNLINK, RELINK = "link.unlink", "link.relink"


@dataclass(frozen=True, slots=True)
class LinkView:
    """A record of the side of this `mode`, every link it had (the active one last), the other records of its person, and what stewards said
    of it."""

    mode: Mode
    record: PersonRecord
    links: tuple[Link, ...]
    companions: tuple[PersonRecord, ...]
    assertions: tuple[Assertion, ...]

    @property
    def link(self) -> Link:
        """The active one."""
        return self.links[-1]


@dataclass(frozen=True, slots=True)
class Relinked:
    """What came of it: how many alerts follow, retractions included."""

    record: int
    person: int
    alerts: int


def show_link(office: Office, actor: Actor, record_id: int) -> LinkView:
    """One record's links. Raises `NotPermitted`, `Refused` where there is no such record."""
    check_may_observe(actor)
    with office.store.read() as unit:
        link, known = link_of(unit, record_id), unit.records.get(record_id)
        if known is None:
            raise LookupError("a link without its record")
        companions = tuple(each for each in people_of(unit, link.person_id) if each.id != record_id)
        links, said = tuple(unit.records.links(record_id)), tuple(unit.assertions.of_record(record_id))
        return LinkView(unit.side.mode, known, links, companions, said)


def unlink_content(view: LinkView) -> dict[str, Any]:
    """What is signed to take the record out of its person. Raises `Refused` where it is alone."""
    apart = [each.id for each in view.companions]
    if not apart:
        raise Refused(f"record {view.record.id} is linked with no other record, so there is nothing to undo")
    return {**_about(view), "apart_from": apart}


def relink_content(view: LinkView, other: LinkView) -> dict[str, Any]:
    """What is signed to make the record one of the other's person. Raises `Refused` where they are one already."""
    if view.link.person_id == other.link.person_id:
        raise Refused(f"records {view.record.id} and {other.record.id} are of one person already")
    together = sorted([other.record.id, *(each.id for each in other.companions)])
    return {**_about(view), "together_with": together}


def _about(view: LinkView) -> dict[str, Any]:
    return {"record": view.record.id, "link": view.link.id, "side": view.mode.value}


def _unlink(unit: UnitOfWork, change: VerifiedChange) -> Relinked:
    link, apart = _read(unit, change.content, "apart_from")
    if {each.id for each in people_of(unit, link.person_id)} != {link.record_id, *apart}:
        raise Refused(_changed(link.record_id))
    work = relinking(unit, change)
    told = work.part(link.record_id, apart)
    for each in work.cases.entries:
        unit.audit.append(change.at, each.code, each.actor, each.fields)
    done = Relinked(link.record_id, link_of(unit, link.record_id).person_id, sum(work.alerts))
    others = " ".join(map(str, apart))
    record(
        unit,
        change,
        "record-unlinked",
        record=link.record_id,
        link=link.id,
        others=others,
        told=told,
        alerts=done.alerts,
    )
    return done


def _relink(unit: UnitOfWork, change: VerifiedChange) -> Relinked:
    link, together = _check_relink(unit, change.content)
    work = relinking(unit, change)
    work.say(link.record_id, together, Verdict.SAME)
    work.join(link.record_id, together[0])
    for each in work.cases.entries:
        unit.audit.append(change.at, each.code, each.actor, each.fields)
    done = Relinked(link.record_id, link_of(unit, link.record_id).person_id, sum(work.alerts))
    others = " ".join(map(str, together))
    record(unit, change, "record-relinked", record=link.record_id, link=link.id, others=others, alerts=done.alerts)
    return done


def _check_relink(unit: UnitOfWork, content: Mapping[str, Any]) -> tuple[Link, list[int]]:
    link, together = _read(unit, content, "together_with")
    there = link_of(unit, together[0])
    if {each.id for each in people_of(unit, there.person_id)} != set(together):
        raise Refused(_changed(link.record_id))
    if len(people_of(unit, link.person_id)) > 1:
        raise Refused(
            f"record {link.record_id} is linked with others; take it out of its present person first with: "
            f"patchwork link unlink {link.record_id}"
        )
    check_joinable(unit, link, there, overruled=link.record_id)
    return link, together


def _read(unit: UnitOfWork, content: Mapping[str, Any], others: str) -> tuple[Link, list[int]]:
    """The active link that was signed for, and the other records. Raises `Refused`."""
    read = Content("link", content, frozenset({"record", "link", "side", others}))
    check_side(unit, read)
    link = link_of(unit, read.whole("record", 1, 2**53))
    named = read.wholes(others, 1, 2**53)
    if link.id != read.whole("link", 1, 2**53) or link.record_id in named:
        raise Refused(_changed(link.record_id))
    return link, named


def _relink_needs_two(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    _check_relink(unit, content)
    return True


def _changed(record_id: int) -> str:
    return f"the links of record {record_id} have changed since this was signed; look again with: patchwork link show {record_id}"


EXECUTORS = {
    UNLINK: Executor(check_may_review, check_may_review, never, _unlink),
    RELINK: Executor(check_may_review, check_may_review, _relink_needs_two, _relink),
}
