"""What the commands about shields, restrictions and overrides have in common: rows of tables, and lifting."""

from pathlib import Path
from typing import Any

from gateway.app import opened_side
from gateway.cli.carrying_out import carry_out, print_waiting
from gateway.cli.printing import print_result
from gateway.cli.signing import Signers
from gateway.model.withholding import Override, Withholding, WithholdingKind
from gateway.withholding.shielding import signed_content

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


def lift_at_terminal(
    place: tuple[Path, bool, bool], signers: Signers, action: str, meant: tuple[WithholdingKind, int]
) -> None:
    """Sign that one of them stands no longer, and say so, or that it waits for a second person. `place`: the settings, whether on the trial
    side, whether the answer is JSON. Raises `Refused`, `KeyFault`."""
    path, trial, as_json = place
    with opened_side(path, trial) as (read, office):
        handed, _ = carry_out(office, read, signers, (action, signed_content(office, *meant, read.mode)))
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal, trial)
        return
    known = handed.result.withholding
    text = f"{known.kind.value.capitalize()} {known.id} is lifted; {handed.result.alerts} alerts follow from it."
    print_result(as_json, {"lifted": withholding_row(known) | {"alerts": handed.result.alerts}}, text)
