"""A review case as the command line shows it: levels in words, never a detail."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.review.deciding import CaseView, Side


def case_row(view: "CaseView") -> dict[str, Any]:
    """As plain JSON values."""
    import json

    from gateway.review.wording import doubt_in_words, level_in_words

    case = view.case
    findings = [
        {"field": field, "level": level, "bits": bits, "text": level_in_words(field, level)}
        for field, level, bits in json.loads(case.explanation)
    ]
    overdue = case.is_overdue(view.at)
    return {
        "id": case.id,
        "version": case.version,
        "state": "overdue" if overdue else case.state.value,
        "reason": case.reason.value,
        "score": round(case.score, 4),
        "findings": findings,
        "doubts": [{"code": code, "text": doubt_in_words(code)} for code in case.doubts],
        "sides": [_side(side) for side in view.sides],
        "agencies": [side.record.agency.value for side in view.sides],
        "ages": ["/".join(side.bands) or "unknown" for side in view.sides],
        "raised_by": case.raised_by,
        "opened_at": _instant(case.opened_at),
        "due_at": _instant(case.due_at),
        "later_until": _instant(case.later_until),
        "note": case.note,
        "exported_at": _instant(case.exported_at),
        "exported_by": case.exported_by,
        "out": case.is_out,
        "openings": [
            {"by": each.opened_by, "at": _instant(each.opened_at), "reason": each.reason, "as_kept": each.as_kept}
            for each in view.openings
        ],
        "answers": [
            {"agency": agency.value, "said": each.code.value, "on": each.said_on.isoformat()}
            for agency, each in view.answers
        ],
        "decided_by": case.decided_by,
        "decided_at": _instant(case.decided_at),
    }


def _side(side: "Side") -> dict[str, Any]:
    return {
        "record": side.record.id,
        "agency": side.record.agency.value,
        "age_bands": [band.value for band in side.bands],
        "live_involvements": side.live,
        "linked_with": list(side.companions),
    }


def case_text(row: dict[str, Any]) -> str:
    """For people."""
    from gateway.cli.printing import table

    names = ["id", "version", "state", "reason", "score", "opened_at", "due_at"]
    names += [name for name in ("later_until", "note", "decided_by", "decided_at", "exported_by") if row[name]]
    lines = [f"{name.replace('_', ' ')}: {row[name]}" for name in names]
    sides = table("sides", row["sides"], ("record", "agency", "age_bands", "live_involvements", "linked_with"))
    findings = table("findings", row["findings"], ("field", "text", "bits"))
    if row["out"]:
        lines.append(f"out: exported {row['exported_at']}, and nothing came back yet")
    lines += [f"opened: by {each['by']} at {each['at']}, {each['reason']}" for each in row["openings"]]
    lines += [f"answered: {each['said']}, by {each['agency']} on {each['on']}" for each in row["answers"]]
    doubts = [f"- {doubt['text']}" for doubt in row["doubts"]]
    return "\n".join(
        [*lines, "", sides, "", findings, *(["", "a person must look, because:", *doubts] if doubts else [])]
    )


def _instant(at: Any) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
