"""`patchwork governance report`: the facts for an impact assessment and a review meeting, as one document of plain JSON values.

Read only. Counts about people are published as `gateway.reporting.small_number` says; counts of agreements, rules and alarms, which are about
nobody, are exact.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from gateway.alarms.tallies import FOLLOWED
from gateway.housekeeping.retention import Retention
from gateway.model.agreement import Agreement
from gateway.ports import UnitOfWork
from gateway.reporting.audit_count import DELAYS, LATER, UNKNOWN, AuditCount, count_audit
from gateway.reporting.data_item import BESIDES, ITEMS
from gateway.reporting.facts_port import Answered, Holding, Sights
from gateway.reporting.kept import kept
from gateway.reporting.period import Period
from gateway.reporting.roll_out import plan
from gateway.reporting.rule_wording import in_words
from gateway.reporting.small_number import published, share, total
from gateway.rollout.progress import Progress, progress
from gateway.rules.in_force import rules_in_force
from gateway.sharing.decision import RULES
from gateway.sharing.findings import findings
from gateway.sharing.rule_set import RuleSet
from gateway.trust.actor import Actor
from gateway.trust.operators import Office
from gateway.trust.permissions import check_may_observe
from mappings.canonical.codes import AnswerCode

Document = dict[str, Any]
SOON = timedelta(days=90)
"""Within which an agreement or its review counts as ending soon: a renewal is negotiated, and signed by two."""

SMALL_NUMBERS = 'Counts about people: 1 to 4 are shown as "<5", all others rounded down to a multiple of 5; totals are of what is shown.'
NO_ALERT_MEANS = (
    "No alert does not mean that nobody is involved. Numbers here say what Patchwork did, not what followed from it."
)


def report(office: Office, actor: Actor, over: Period, retention: Retention) -> Document:
    """Everything, as of now and over the period. Raises `NotPermitted`, `StoreDown`."""
    check_may_observe(actor)
    now = office.clock.now()
    today = now.date()
    counted = count_audit(office.store, over)
    with office.store.read() as unit:
        names = {agency.id.value: agency.name for agency in unit.trust.agencies()}
        return {
            "partnership": office.partnership.value,
            "mode": unit.side.mode.value,
            "made_at": now.isoformat(timespec="seconds"),
            "period": {"since": over.first.isoformat(), "until": min(over.last, today).isoformat()},
            "small_numbers": SMALL_NUMBERS,
            "agreements": [_agreement(each, today) for each in unit.agreements.current()],
            "rules": _rules(rules_in_force(unit), today),
            "data_items": [
                {"item": each.words, "elements": list(each.paths), "kept": each.kept} for each in (*ITEMS, *BESIDES)
            ],
            "retention": kept(retention),
            "decisions": _decisions(counted),
            "refusals": _published(counted.refused),
            "openings": {
                "cases handed out": published(counted.opened["review-case-exported"]),
                "details opened": published(counted.opened["review-details-opened"]),
            },
            "one_way_sights": one_way(unit.facts.sights(), names),
            "alarms": unit.facts.alarms_raised(over.begin, over.end),
            "roll_out": _roll_out(unit, counted, over, retention.asked_since(today), progress(unit, now), today),
            "remember": NO_ALERT_MEANS,
        }


def one_way(sights: list[Sights], names: Mapping[str, str]) -> list[Document]:
    """Whose connector has been told of whom, where the other side has been told nothing of it. Pairs in which nothing is one-way are
    left out."""
    return [
        {
            "connector": each.connector.value,
            "agency": names.get(each.agency.value, each.agency.value),
            "told_of": names.get(each.about.value, each.about.value),
            "sights": published(each.sights),
            "one_way": published(each.one_way),
        }
        for each in sights
        if each.one_way
    ]


def _agreement(each: Agreement, today: date) -> Document:
    ends = min(each.valid_until, each.review_by)
    in_force = each.valid_from <= today <= ends
    return {
        "id": each.id.value,
        "version": each.version,
        "title": each.title,
        "parties": [party.value for party in each.parties],
        "controllers": list(each.controllers),
        "purpose": each.purpose,
        "legal_bases": [basis.value for basis in each.legal_bases],
        "age_bands": [band.value for band in each.age_bands],
        "relations": [relation.value for relation in each.relations],
        "level": each.level.value,
        "sealed_details": each.sealed_details,
        "valid_from": each.valid_from.isoformat(),
        "valid_until": each.valid_until.isoformat(),
        "review_by": each.review_by.isoformat(),
        "rights_contact": each.rights_contact,
        "in_force": in_force,
        "ends_soon": in_force and ends - today <= SOON,
    }


def _rules(rule_set: RuleSet, today: date) -> Document:
    return {
        "version": rule_set.version,
        "title": rule_set.title,
        "digest": rule_set.digest,
        "signed_by": [name for name in (rule_set.recorded_by, rule_set.approved_by) if name],
        "in_words": [in_words(rule) for rule in rule_set.rules],
        "to_look_at": [f"{each.weight.value}: {each.sentence}" for each in findings(rule_set, today)],
    }


def _decisions(counted: AuditCount) -> Document:
    return {
        "told": _published(counted.told),
        "told_under_rule": _published(counted.by_rule),
        "not_told_because": [
            {"reason": reason, "meaning": RULES.get(reason, ""), "times": published(number)}
            for reason, number in sorted(counted.not_told.items())
        ],
    }


def _roll_out(
    unit: UnitOfWork, counted: AuditCount, over: Period, stale_on: date, found: Sequence[Progress], today: date
) -> Document:
    """The plan names every agency; of all of them it is said what is held, and as of when, also where that is nothing yet. Seen is at least
    what practitioners answered; followed up where their answer says that the two sides have been in contact."""
    holdings = unit.facts.holdings(stale_on)
    connected, answered = unit.facts.connected(over.begin, over.end), unit.facts.answered(over.begin, over.end)
    live, stale = total(each.live for each in holdings), total(each.stale for each in holdings)
    return {
        "involvements": {"live": live, "stale": stale, "stale_percent": share(stale, live)},
        "connections": {
            "live": published(connected.live),
            "made": published(connected.made),
            "over": published(connected.over),
        },
        "alerts": {
            "sent": total(counted.told.values()),
            **_published(counted.settled),
            "seen": published(answered.alerts),
            "followed_up": published(unit.facts.followed(over.begin, over.end, FOLLOWED)),
        },
        "answers": _answers(answered),
        "from_notice_to_alert": {
            words: published(counted.delays[words]) for words in (*(name for name, _ in DELAYS), LATER, UNKNOWN)
        },
        "agencies": [_agency(each, holdings) for each in found],
        "plan": plan(found, today),
    }


def _answers(answered: Answered) -> Document:
    """What practitioners said came of their alerts. Every code is there: that nobody ever said one is a fact too."""
    said = {code.value: published(answered.answers.get(code.value, 0)) for code in AnswerCode}
    return {"alerts_answered": published(answered.alerts), **said}


def _agency(one: Progress, holdings: list[Holding]) -> Document:
    held = next((each for each in holdings if each.agency == one.agency), None)
    as_of = held.as_of.isoformat() if held and held.as_of else None
    live, stale, over = (held.live, held.stale, held.over) if held else (0, 0, 0)
    return {
        "agency": one.name,
        "state": one.course.state.value,
        "as_of": as_of,
        "live": published(live),
        "stale": published(stale),
        "stale_percent": share(published(stale), published(live)),
        "over_and_kept": published(over),
    }


def _published(counts: Mapping[str, int]) -> Document:
    return {name: published(number) for name, number in sorted(counts.items())}
