"""The report for people: the same document that `--json` prints, under headings."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.cli.printing import table

_AGREEMENT = ("id", "version", "valid_from", "valid_until", "review_by", "level", "state", "title")
_ITEM = ("item", "kept")
_ONE_WAY = ("connector", "agency", "told_of", "sights", "one_way")
_REASON = ("reason", "times", "meaning")
_AGENCY = ("agency", "state", "as_of", "live", "stale", "stale_percent", "over_and_kept")
_COUNT = ("what", "number")
_PLANNED = ("name", "state", "starts_on", "live_by", "invited_on", "live_since", "left_on", "champion")
_CONNECTOR = (
    "connector",
    "quota",
    "placed",
    "matched",
    "brief",
    "sights",
    "one_way",
    "dropped",
    "unreachable",
    "limited",
    "alarms",
)
_MEANINGS = (
    "placed: people declared, or declared again with other details; matched: those whom another agency knows; brief: over within a day;",
    "sights: people it was told of; one way: those whose other side was told nothing; dropped: over within a week of an alert;",
    "unreachable: notices without telephone and e-mail; limited: notices put off because of the quota.",
)


def report_text(document: Mapping[str, Any]) -> str:
    """Everything, in the order of a meeting."""
    return "\n".join(_lines(document))


def fishing_text(document: Mapping[str, Any]) -> str:
    """Who declares and learns how much, and what is one-way."""
    lines = [
        f"The last {document['days']} days, as of {document['made_at']}. {document['small_numbers']}",
        *_MEANINGS,
        "",
    ]
    lines.append(table("connectors", document["connectors"], _CONNECTOR))
    lines += _section("One-way sights now", table("one-way_sights", document["one_way_sights"], _ONE_WAY))
    lines += _section("Rules that let one side learn alone", *(document["one_way_rules"] or ["None."]))
    return "\n".join([*lines, "", document["waits"]])


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    period = document["period"]
    yield f"Governance report of {document['partnership']} ({document['mode']}), {period['since']} to {period['until']}"
    yield f"Made {document['made_at']}. {document['small_numbers']}"
    yield from _section(
        "Agreements", table("agreements", [_agreement(each) for each in document["agreements"]], _AGREEMENT)
    )
    yield from _section(f"Rules in force (version {document['rules']['version']})", *_rules(document["rules"]))
    yield from _section("Data items held", table("data_items", document["data_items"], _ITEM))
    yield from _section("How long they are kept", *document["retention"])
    yield from _section("Alerts that were told", _counts(document["decisions"]["told"]))
    yield from _section("Rules they were told under", _counts(document["decisions"]["told_under_rule"]))
    yield from _section("Not told, because", table("reasons", document["decisions"]["not_told_because"], _REASON))
    yield from _section("Messages refused, by reason", _counts(document["refusals"]))
    yield from _section("Sealed details", _counts(document["openings"]))
    yield from _section("One-way sights", table("one-way_sights", document["one_way_sights"], _ONE_WAY))
    yield from _section("Alarms raised", _counts(document["alarms"]))
    yield from _section("Roll-out plan", *_plan(document["roll_out"]["plan"]))
    yield from _section("Whether it works", *_roll_out(document["roll_out"]))
    yield ""
    yield document["remember"]


def _section(title: str, *paragraphs: str) -> Iterator[str]:
    yield ""
    yield title
    yield "-" * len(title)
    yield from paragraphs


def _agreement(each: Mapping[str, Any]) -> Mapping[str, Any]:
    state = "not in force" if not each["in_force"] else "ends soon" if each["ends_soon"] else "in force"
    return {**each, "state": state}


def _rules(rules: Mapping[str, Any]) -> Iterator[str]:
    yield f"{rules['title']}; signed by {' and '.join(rules['signed_by']) or 'nobody: it ships with the program'}"
    yield from rules["in_words"]
    yield from rules["to_look_at"]


def _plan(plan: Mapping[str, Any]) -> Iterator[str]:
    states = ", ".join(f"{number} {state}" for state, number in plan["states"].items())
    yield f"As of {plan['as_of']}: {states}."
    yield table("agencies", plan["agencies"], _PLANNED)
    yield "Late:"
    yield from plan["late"] or ["None."]
    yield "Whom they publish:"
    yield from [_eligibility(each) for each in plan["agencies"]] or ["No agencies."]


def _eligibility(each: Mapping[str, Any]) -> str:
    planned = each["eligibility"] or "nobody has said"
    if not each["eligibility_stated"]:
        return f"{each['name']}: planned: {planned}"
    return (
        f"{each['name']}: planned: {planned}; its connector said on {each['stated_on']}: {each['eligibility_stated']}"
    )


def _roll_out(found: Mapping[str, Any]) -> Iterator[str]:
    for title in ("involvements", "connections", "alerts", "answers", "from_notice_to_alert"):
        yield f"{title.replace('_', ' ').capitalize()}:"
        yield _counts(found[title])
    yield table("agencies", found["agencies"], _AGENCY)


def _counts(counts: Mapping[str, Any]) -> str:
    rows = [{"what": name.replace("_", " "), "number": number} for name, number in counts.items()]
    return table("such_events", rows, _COUNT) if rows else "None."
