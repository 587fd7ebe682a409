"""`patchwork epoch`: passing linkage epochs, sealed by the keyholder, on to connectors, and leading a partnership from one to the next. The
gateway cannot open them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    from gateway.keys.epoch_coverage import Coverage
    from gateway.model.epoch_use import RetiredEpoch

app = typer.Typer(
    help="Linkage epochs: on their way to connectors, in use, retired.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def _group() -> None:
    """Linkage epochs: on their way to connectors, in use, retired."""


@app.command()
def relay(
    file: Annotated[Path, typer.Argument(help="What patchwork-keyholder epoch seal --relay made.")],
    connector: Annotated[str, typer.Option(help="The connector it is for.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Keep a sealed linkage epoch for its connector, which fetches it (registrar). Where keyholder_public_file is set, only one that
    the keyholder addressed and signed is taken."""
    from gateway.app import build_facts, opened_office
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.keys.epoch_relay import RELAY, relay_content

    with opened_office(settings) as (read, office):
        content = relay_content(office, file, connector, build_facts(read))
        handed, _ = carry_out(office, read, Signers(key, passphrase_file), (RELAY, content))
    kept = handed.result
    document = {"connector": kept.connector.value, "epoch": kept.epoch, "mode": kept.mode.value}
    text = f"Kept linkage epoch {kept.epoch} ({kept.mode.value}) for connector {kept.connector}, unopened."
    print_result(as_json, document, text)


@app.command("list")
def list_epochs(trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """List the linkage epochs under which there is evidence, and those that are retired."""
    from gateway.cli.printing import print_rows

    covered, retired = _seen(settings, trial)
    in_use = sorted({epoch for each in covered for epoch in each.under} - {each.epoch for each in retired})
    rows = [
        {
            "epoch": epoch,
            "state": "in use",
            "live_records": sum(each.under.get(epoch, 0) for each in covered),
            "retired_at": None,
            "dropped_at": None,
        }
        for epoch in in_use
    ]
    rows += [
        {
            "epoch": each.epoch,
            "state": "retired",
            "live_records": sum(agency.under.get(each.epoch, 0) for agency in covered),
            "retired_at": each.retired_at.isoformat(timespec="seconds"),
            "dropped_at": each.dropped_at.isoformat(timespec="seconds") if each.dropped_at else None,
        }
        for each in retired
    ]
    print_rows(as_json, "epochs", rows, ("epoch", "state", "live_records", "retired_at", "dropped_at"))


@app.command()
def coverage(trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show for each agency how many of its live records have evidence under which epoch. An epoch can retire when another one has all."""
    from gateway.cli.printing import print_result, table

    covered, _ = _seen(settings, trial)
    epochs = sorted({epoch for each in covered for epoch in each.under})
    document = {
        "epochs": epochs,
        "full": [epoch for epoch in epochs if all(each.under.get(epoch, 0) == each.live for each in covered)],
        "agencies": [
            {
                "agency": each.agency.value,
                "live": each.live,
                "under": dict(each.under),
                "not_counted_yet": each.uncounted,
            }
            for each in covered
        ],
    }
    rows = [
        {"agency": each.agency.value, "live": each.live} | {epoch: each.under.get(epoch, 0) for epoch in epochs}
        for each in covered
    ]
    print_result(as_json, document, table("live records", rows, ("agency", "live", *epochs)))


@app.command()
def retire(
    file: Annotated[Path, typer.Argument(help="The word that patchwork-keyholder epoch retire made.")],
    losing: Annotated[
        list[str] | None,
        typer.Option(help="AGENCY=NUMBER: so many of its records are given up. Takes a second person."),
    ] = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Retire a linkage epoch on the keyholder's word (registrar). Refused while live records would be lost to matching, unless the losing
    agencies are named with their numbers. Connectors are told; the running gateway drops what is left under it."""
    from gateway.app import build_facts, opened_office
    from gateway.cli.carrying_out import carry_out, print_waiting
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.keys.epoch_retirement import RETIRE, retire_content

    with opened_office(settings) as (read, office):
        content = retire_content(office, file, build_facts(read).keyholder, read.mode, _losing(losing or []))
        signers = Signers(key, passphrase_file, second_key, second_passphrase_file)
        handed, _ = carry_out(office, read, signers, (RETIRE, content))
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal)
        return
    done = handed.result
    document = {"retired": list(done.epochs), "serial": done.serial, "lost_records": done.lost}
    names = ", ".join(done.epochs) or "nothing new"
    print_result(
        as_json, document, f"Retired: {names}. Records given up: {done.lost}. Connectors hear of it when they ask next."
    )


def _seen(path: Path, trial: bool) -> "tuple[list[Coverage], list[RetiredEpoch]]":
    from gateway.app import opened_side
    from gateway.keys.epoch_coverage import coverage as covered

    with opened_side(path, trial) as (_, office), office.store.read() as unit:
        return covered(unit.epochs.uses()), unit.epochs.retired()


def _losing(given: list[str]) -> dict[str, int]:
    from gateway.refused import Refused

    named: dict[str, int] = {}
    for each in given:
        agency, _, number = each.rpartition("=")
        if not agency or not number.isascii() or not number.isdigit():
            raise Refused("write --losing as AGENCY=NUMBER, as the refusal and patchwork epoch coverage show it")
        named[agency] = int(number)
    return named
