"""`patchwork link`: which records are of one person, and undoing that."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import (
    DEFAULT_SETTINGS,
    Json,
    KeyFile,
    PassphraseFile,
    SecondKey,
    SecondPassphraseFile,
    SettingsFile,
    Trial,
)

if TYPE_CHECKING:
    from gateway.linkage.link_changes import LinkView

app = typer.Typer(help="Links between records, and undoing them.", no_args_is_help=True, rich_markup_mode=None)
_Record = Annotated[int, typer.Argument(help="The record's number, as patchwork review show lists it.")]


@app.command()
def show(
    record: _Record, trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False
) -> None:
    """Show with which records one is linked, every link it ever had, and what stewards said of it."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_result, table
    from gateway.linkage.link_changes import show_link
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        row = _row(show_link(office, LOCAL_READER, record))
    together = table("linked records", row["linked_with"], ("record", "agency"))
    links = table(
        "links", row["links"], ("link", "person", "method", "certainty", "decided_by", "valid_from", "valid_to")
    )
    said = table("assertions", row["assertions"], ("record", "verdict", "made_by", "made_at"))
    text = f"record: {row['record']}\nagency: {row['agency']}\n\n{together}\n\n{links}\n\n{said}"
    print_result(as_json, {"record": row}, text)


@app.command()
def unlink(
    record: _Record,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Take a record out of its person, for good: whoever was told is told to disregard it (steward)."""
    from gateway.app import opened_side
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.linkage.link_changes import UNLINK, show_link, unlink_content
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (read, office):
        content = unlink_content(show_link(office, LOCAL_READER, record))
        handed, _ = carry_out(office, read, Signers(key, passphrase_file), (UNLINK, content))
    done = handed.result
    document = {"record": done.record, "person": done.person, "alerts": done.alerts}
    print_result(as_json, {"unlinked": document}, f"Record {record} is unlinked; {done.alerts} alerts follow from it.")


@app.command()
def relink(
    record: _Record,
    other: Annotated[int, typer.Argument(help="A record of the person that it is of.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Say that a record is of one person with another, also where it was said before that it is not (two stewards)."""
    from gateway.app import opened_side
    from gateway.cli.carrying_out import carry_out, print_waiting
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.linkage.link_changes import RELINK, relink_content, show_link
    from gateway.trust.actor import LOCAL_READER

    signers = Signers(key, passphrase_file, second_key, second_passphrase_file)
    with opened_side(settings, trial) as (read, office):
        here, there = (show_link(office, LOCAL_READER, each) for each in (record, other))
        handed, _ = carry_out(office, read, signers, (RELINK, relink_content(here, there)))
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal, trial)
        return
    done = handed.result
    document = {"record": done.record, "person": done.person, "alerts": done.alerts}
    print_result(as_json, {"relinked": document}, f"Record {record} is linked; {done.alerts} alerts follow from it.")


def _row(view: "LinkView") -> dict[str, Any]:
    return {
        "record": view.record.id,
        "agency": view.record.agency.value,
        "linked_with": [{"record": each.id, "agency": each.agency.value} for each in view.companions],
        "links": [
            {
                "link": each.id,
                "person": each.person_id,
                "method": each.method,
                "certainty": each.certainty.value if each.certainty else None,
                "decided_by": each.decided_by,
                "valid_from": each.valid_from.isoformat(timespec="seconds"),
                "valid_to": each.valid_to.isoformat(timespec="seconds") if each.valid_to else None,
            }
            for each in view.links
        ],
        "assertions": [
            {
                "record": each.other(view.record.id),
                "verdict": each.verdict.value,
                "made_by": each.made_by,
                "made_at": each.made_at.isoformat(timespec="seconds"),
            }
            for each in view.assertions
        ],
    }
