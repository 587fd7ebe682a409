"""A shield, a restriction and an override as tables and JSON show them."""

from typing import Any

from gateway.cli.carrying_out import print_waiting
from gateway.cli.printing import print_result
from gateway.model.withholding import Override, Withholding
from gateway.proposals import HandedIn

WITHHOLDING_COLUMNS = ("id", "agency", "made_at", "made_by", "lapses_at", "confirmed_at", "ended_at")
OVERRIDE_COLUMNS = ("id", "shield", "made_by", "approved_by", "made_at", "served_at", "closed_by", "reason")


def withholding_row(known: Withholding) -> dict[str, Any]:
    """What stands, since when, until when."""
    return {
        "id": known.id,
        "agency": known.agency.value,
        "record": known.record_id,
        "made_by": known.made_by,
        "reason": known.reason or None,
        **{
            name: at.isoformat(timespec="seconds") if (at := getattr(known, name)) else None
            for name in ("made_at", "lapses_at", "confirmed_at", "ended_at")
        },
    }


def override_row(known: Override) -> dict[str, Any]:
    """Who let whom be told, why, and what somebody found of it."""
    return {
        "id": known.id,
        "shield": known.withholding,
        "recipient": known.recipient,
        "discloser": known.discloser,
        "reason": known.reason,
        "made_by": known.made_by,
        "approved_by": known.approved_by,
        "closed_by": known.closed_by or None,
        "finding": known.finding or None,
        **{
            name: at.isoformat(timespec="seconds") if (at := getattr(known, name)) else None
            for name in ("made_at", "served_at", "closed_at")
        },
    }


def print_ended(as_json: bool, handed: HandedIn, trial: bool) -> None:
    """Say that it stands no longer, or that the end waits for a second person."""
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal, trial)
        return
    known = handed.result.withholding
    text = f"{known.kind.value.capitalize()} {known.id} is lifted; {handed.result.alerts} alerts follow from it."
    print_result(as_json, {"lifted": withholding_row(known) | {"alerts": handed.result.alerts}}, text)
