"""`patchwork merge`: merges of an agency's own records that wait for a steward."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, SettingsFile, Trial

if TYPE_CHECKING:
    from gateway.merges.waiting import WaitingMerge

app = typer.Typer(
    help="An agency's merges of its own records that wait for a steward.", no_args_is_help=True, rich_markup_mode=None
)
_Record = Annotated[int, typer.Argument(help="The number of the superseded record, as patchwork merge list shows it.")]
_COLUMNS = ("superseded", "surviving", "agency", "since", "cases")


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 200,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show the merges that wait, the longest waiting first, with the review cases that decide about them."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_rows
    from gateway.merges.waiting import list_waiting
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        rows = [_row(view) for view in list_waiting(office, LOCAL_READER, limit)]
    print_rows(as_json, "waiting_merges", rows, _COLUMNS)


@app.command()
def show(
    record: _Record, trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False
) -> None:
    """Show one: what stewards said that speaks against it, and which case asks about it. Never a detail of a person."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_result, table
    from gateway.merges.waiting import show_waiting
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        row = _row(show_waiting(office, LOCAL_READER, record))
    lines = [f"{name}: {row[name]}" for name in ("superseded", "surviving", "agency", "since")]
    columns = ("record", "agency", "of_superseded", "of_surviving", "case", "state")
    against = table("records that speak against it", row["against"], columns)
    way = (
        "A steward decides each case: patchwork review show CASE, then confirm or refuse. The merge is carried out when nothing speaks against "
        "it any more, at the latest within a day."
    )
    print_result(as_json, {"waiting_merge": row}, "\n".join([*lines, "", against, "", way]))


def _row(view: "WaitingMerge") -> dict[str, Any]:
    against = [
        {
            "record": each.record,
            "agency": each.agency.value,
            "of_superseded": each.said_of_superseded.value if each.said_of_superseded else None,
            "of_surviving": each.said_of_surviving.value if each.said_of_surviving else None,
            "case": each.case.id if each.case else None,
            "state": each.case.state.value if each.case else None,
        }
        for each in view.against
    ]
    return {
        "superseded": view.superseded,
        "surviving": view.surviving,
        "agency": view.agency.value,
        "since": view.since.isoformat(timespec="seconds"),
        "against": against,
        "cases": [each["case"] for each in against if each["case"] is not None],
    }
