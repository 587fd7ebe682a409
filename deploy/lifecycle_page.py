"""Writes `deploy/docs/connector-lifecycle.md` from the table in `identity.agency.trust`: python -m deploy.lifecycle_page"""

from pathlib import Path

from gateway.model.side import BOTH
from identity.agency.trust import CHANGES, Status, may_receive_retractions, may_speak_in
from mappings.canonical.codes import Mode

PAGE = Path(__file__).parent / "docs" / "connector-lifecycle.md"

_INTRODUCTION = """# The life of a connector

This page is made from the table in `identity/agency/trust.py` by `make docs`; a test compares the two. Every step is written down with who
took it, with whom, why and when (`patchwork connector show ID`). What widens trust takes two people (`patchwork proposal`); what narrows it
takes one, and has effect at once.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, "```mermaid", *_diagram(), "```", "", *_steps(), "", *_meanings(), ""])


def _diagram() -> list[str]:
    lines = ["stateDiagram-v2", f"    [*] --> {_name(Status.INVITED)}"]
    for step in CHANGES:
        lines.append(f"    {_name(step.before)} --> {_name(step.after)}{': two people' if step.widens else ''}")
    return [*lines, f"    {_name(Status.OFF_BOARDED)} --> [*]"]


def _steps() -> list[str]:
    lines = ["| from | to | what it means | people |", "|---|---|---|---|"]
    return lines + [
        f"| {step.before} | {step.after} | {step.meaning} | {'two' if step.widens else 'one'} |" for step in CHANGES
    ]


def _meanings() -> list[str]:
    lines = [
        "On a gateway that has both sides a connector is on one of them, and speaks there alone. A gateway that is a trial alone hears live "
        "connectors too.",
        "",
        "| a connector that is | speaks in trial mode | speaks in live mode | is still told of retractions | is on the side |",
        "|---|---|---|---|---|",
    ]
    return lines + [
        f"| {status} | {_yes(may_speak_in(status, Mode.TRIAL))} | {_yes(may_speak_in(status, Mode.LIVE))} "
        f"| {_yes(may_receive_retractions(status))} | {next(side.mode for side in BOTH if side.is_place_of(status))} |"
        for status in Status
    ]


def _name(status: Status) -> str:
    return status.value.replace("-", "_")


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
