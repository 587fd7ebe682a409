"""`patchwork rollout`: which agency is to come when, who speaks for it there, and how far it has come."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, KeyFile, PassphraseFile, SettingsFile, Trial

if TYPE_CHECKING:
    from gateway.rollout.progress import Progress

app = typer.Typer(
    help="The roll-out plan: who is to come when, and how far they are.", no_args_is_help=True, rich_markup_mode=None
)
_Agency = Annotated[str, typer.Argument(help="The agency's URI, as it is or will be in the register.")]
_COLUMNS = ("name", "state", "starts_on", "live_by", "live_since", "champion", "late")
_LINES = (
    "agency", "state", "stands", "late", "starts_on", "live_by", "invited_on", "enrolled_on", "live_since", "left_on", "champion", "contact",
    "eligibility", "eligibility_stated", "stated_on", "planned_by",
)  # fmt: skip


@app.command()
def plan(
    agency: _Agency,
    name: Annotated[str, typer.Option(help="Its name, where it is not in the register yet.")] = "",
    starts: Annotated[str, typer.Option("--starts", help="The day its onboarding is to begin, as 2026-02-01.")] = "",
    live_by: Annotated[str, typer.Option("--live-by", help="The day by which it is to be live, as 2026-03-01.")] = "",
    eligibility: Annotated[
        str, typer.Option(help="Whom it is to publish, in one line as it says it; never about a client.")
    ] = "",
    champion: Annotated[str, typer.Option(help="The post that speaks for Patchwork there, never a name.")] = "",
    contact: Annotated[str, typer.Option(help="That post's work telephone number or e-mail address.")] = "",
    no_champion: Annotated[bool, typer.Option("--no-champion", help="Remove the champion there is.")] = False,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Plan an agency, or change what is planned of it (registrar). What you leave out stays as it was."""
    from gateway.app import opened_office
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.rollout.planning import PLAN, Wanted, plan_content
    from gateway.rollout.progress import in_words, show_progress
    from gateway.trust.actor import LOCAL_READER

    content = plan_content(Wanted(agency, name, starts, live_by, eligibility, champion, contact, no_champion))
    with opened_office(settings) as (read, office):
        handed, _ = carry_out(office, read, Signers(key, passphrase_file), (PLAN, content))
        row = _row(show_progress(office, LOCAL_READER, agency))
    text = f"{handed.result.name} is to start on {in_words(handed.result.starts_on)} and to be live by {in_words(handed.result.live_by)}."
    print_result(as_json, {"planned": row}, text)


@app.command("list")
def list_(
    late: Annotated[bool, typer.Option("--late", help="Only those that are late.")] = False,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show every agency that is planned or in the register: what was intended, how far it is, and what is late."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_rows
    from gateway.rollout.progress import list_progress
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        found = list_progress(office, LOCAL_READER)
    print_rows(as_json, "agencies", [_row(each) for each in found if each.late or not late], _COLUMNS)


@app.command()
def show(
    agency: _Agency, trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False
) -> None:
    """Show one agency, with how its champion is reached and whom its connector says it publishes."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_result
    from gateway.rollout.progress import show_progress
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        row = _row(show_progress(office, LOCAL_READER, agency))
    lines = [f"{name.replace('_', ' ')}: {row[name]}" for name in _LINES if row[name]]
    print_result(as_json, {"agency": row}, "\n".join([row["name"], *lines]))


@app.command()
def drop(
    agency: _Agency,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Drop what is planned of an agency, its champion with it (registrar). Whether it takes part does not change."""
    from gateway.app import opened_office
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.rollout.planning import DROP, drop_content

    content = drop_content(agency)
    with opened_office(settings) as (read, office):
        carry_out(office, read, Signers(key, passphrase_file), (DROP, content))
    print_result(as_json, {"dropped": agency}, f"Nothing is planned of agency {agency} any more.")


def _row(each: "Progress") -> dict[str, Any]:
    from gateway.reporting.roll_out import agency, contact

    return agency(each) | {"contact": contact(each)}
