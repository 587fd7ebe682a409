"""The answer to a request for access as a page: self-contained, to be printed or read aloud, without a script, a picture or a link to elsewhere.

Headings in order, tables with captions and header cells, nothing said by colour alone (WCAG 2.2 AA).
"""

from collections.abc import Sequence
from datetime import date
from html import escape
from typing import TYPE_CHECKING

from mappings.canonical.codes import AlertEvent

if TYPE_CHECKING:
    from identity.custody.access_answer import Answer
    from identity.custody.access_file import HeldRecord
    from identity.custody.disclosure_document import DisclosureDocument

_STYLE = """
body{font:1rem/1.5 system-ui,sans-serif;color:#111;background:#fff;max-width:52rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;line-height:1.2}h2{font-size:1.25rem;margin-top:2rem}h3{font-size:1.05rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}caption{text-align:left;font-weight:600;padding:.25rem 0}
th,td{border:1px solid #555;padding:.4rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#eee}
@media print{body{margin:0;max-width:none;font-size:11pt}h2,h3,caption{break-after:avoid}tr{break-inside:avoid}thead{display:table-header-group}}
"""
_EVENTS = {
    AlertEvent.MADE: "was told of",
    AlertEvent.CHANGED: "was told of a change at",
    AlertEvent.ENDED: "was told that it is over with",
    AlertEvent.RETRACTED: "was told to disregard what it had been told of",
}
_STANDINGS = {"live": "goes on", "ended": "has ended", "expired": "has ended", "withdrawn": "was taken back"}


def page(answer: "Answer") -> str:
    """HTML, whole."""
    asked = answer.file.request
    parts = [
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>What Patchwork holds: {escape(asked.reference)}</title><style>{_STYLE}</style></head><body><main>",
        "<h1>What Patchwork holds, and who was told what</h1>",
        f"<p>Your request <strong>{escape(asked.reference)}</strong>, received on {_day(asked.received_on)}, answered on "
        f"{_day(answer.answered_at.date())}.</p>",
        "<p>Patchwork lets professionals learn that they are working with the same person. It holds no name, date of birth or address of "
        "yours: it holds that an agency is involved, and keyed marks that only tell whether two records are one person’s.</p>",
        _records(answer),
        _disclosures(answer),
        _rights(answer),
        "</main></body></html>\n",
    ]
    return "\n".join(parts)


def _records(answer: "Answer") -> str:
    records = answer.file.records
    if not records:
        return "<h2>What is held now</h2><p>Nothing that can be shown here.</p>"
    return "<h2>What is held now</h2>" + "".join(_record(answer, each) for each in records)


def _record(answer: "Answer", record: "HeldRecord") -> str:
    name = escape(answer.name_of(record.agency.value))
    if record.relation is not None:
        return f"<h3>{name}</h3><p>It has noted you as somebody’s {escape(record.relation.value)}. What it holds of them is theirs to see.</p>"
    if not record.involvements:
        return f"<h3>{name}</h3><p>What it had said has been erased.</p>"
    heads = (
        "Service",
        "Since",
        "Until",
        "Standing",
        "Age band",
        "Legal basis",
        "Consent",
        "Were you informed?",
        "Role and team",
    )
    rows = [
        (
            _word(one.service.value),
            _day(one.start),
            _day(one.end),
            f"{_STANDINGS.get(one.standing, one.standing)}, confirmed {_day(one.confirmed)}",
            _word(one.age_band.value),
            _word(one.legal_basis.value),
            _word(one.consent.value),
            _word(one.informed.value) + (f", {_day(one.informed_date)}" if one.informed_date else ""),
            ", ".join(text for text in (one.role, one.team) if text) or "not shown",
        )
        for one in record.involvements
    ]
    return f"<h3>{name}</h3>" + _table(f"Involvements of {answer.name_of(record.agency.value)}", heads, rows)


def _disclosures(answer: "Answer") -> str:
    if not answer.disclosures:
        return "<h2>Who was told what</h2><p>Nothing that can be shown here.</p>"
    heads = ("When", "Who", "What", "Shown", "On what basis")
    rows = [_disclosure(answer, each) for each in answer.disclosures]
    return "<h2>Who was told what</h2>" + _table("Everything that was told, the oldest first", heads, rows)


def _disclosure(answer: "Answer", each: "DisclosureDocument") -> tuple[str, ...]:
    about = f"{_EVENTS[each.event]} {answer.name_of(each.about.value)} ({_word(each.service.value)})"
    basis = f"agreement {each.agreement}, version {each.agreement_version}" if each.agreement else "it was over"
    shown = ", ".join(each.shown) or "nothing more"
    return (
        f"{_day(each.told_at.date())}, {each.told_at:%H:%M} UTC",
        answer.name_of(each.told.value),
        about,
        shown,
        basis,
    )


def _rights(answer: "Answer") -> str:
    contacts = "".join(f"<li>{escape(each)}</li>" for each in answer.file.contacts)
    listed = f"<ul>{contacts}</ul>" if contacts else ""
    return (
        "<h2>What else you should know</h2>"
        "<p>Some information may have been left out, where the law says that it must or may be: where it could do serious harm, where it is "
        "about somebody else, or where it would name a member of staff. This page does not say whether anything was.</p>"
        "<p>You can ask for mistakes to be put right, object, or ask that use of your data be restricted. Each agency above is responsible for "
        f"what it said. Write to:</p>{listed}"
        "<p>You can complain to the Information Commissioner’s Office, ico.org.uk, telephone 0303 123 1113.</p>"
    )


def _table(caption: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _word(code: str) -> str:
    return code.replace("-", " ")


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else "not said"
