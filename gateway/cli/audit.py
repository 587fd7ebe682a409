"""`patchwork audit`: what happened, in a chain that shows every later change of it."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, SettingsFile, Trial

if TYPE_CHECKING:
    from gateway.audit.disclosures import Disclosure
    from gateway.audit.verification import Verification
    from gateway.audit.witnesses import Compared
    from mappings.canonical.witness import Witness

app = typer.Typer(help="The audit chain.", no_args_is_help=True, rich_markup_mode=None)

_MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]


@app.callback()
def _group() -> None:
    """The audit chain."""


@app.command()
def verify(
    checkpoints: Annotated[
        Path | None,
        typer.Option(
            help="Compare with the checkpoints in this folder of copies. Default: checkpoints_dir of the settings."
        ),
    ] = None,
    witnesses: Annotated[
        list[Path] | None,
        typer.Option(
            help="Compare with what an agency was told too: its file from patchwork-connector witnesses -o. As often as wished."
        ),
    ] = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Walk the whole chain of every side; exit status 1 where an event was changed, removed, inserted, moved or cut off, or where what agencies
    were told of it does not fit."""
    from gateway.app import checkpoint_folder, opened_sides
    from gateway.audit.verification import verify as verify_chain
    from gateway.audit.witnesses import compare
    from gateway.cli.printing import print_result
    from gateway.keys.secrets_on_disk import own_verify_keys
    from gateway.refused import Refused

    if checkpoints is not None and not checkpoints.is_dir():
        raise Refused(f"{checkpoints} is no folder; name the one with the copies of the checkpoints")
    told = _told(witnesses or [])
    rows = []
    with opened_sides(settings) as sides:
        _check_of_this_gateway(told, [(read.partnership, read.mode.value) for read, _ in sides])
        for read, office in sides:
            own = [each for each in told if each.mode is read.mode]
            asked = {each.told.digest for each in own}
            with office.store.read() as unit:
                register = unit.incarnation()
            # Listed before the chain is looked at: one that is made meanwhile is not beyond its end.
            folder = checkpoint_folder(read, checkpoints)
            kept = folder.kept(register, own_verify_keys(read.keys_dir))
            found = verify_chain(office.store, kept, asked=asked)
            compared = compare(own, found.fitting, folder.holding(asked - found.fitting.keys())) if own else None
            rows.append(_row(read.mode.value, found, compared))
    document = {**rows[0], "intact": all(row["intact"] for row in rows), "sides": rows}
    print_result(as_json, document, "\n".join(map(_line, rows)))
    if not document["intact"]:
        raise typer.Exit(1)


@app.command()
def checkpoint(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Sign what the chain of every side is now into a file of checkpoints_dir. Copy the files to where the database's owner cannot write."""
    from gateway.app import build_checkpointing, opened_sides
    from gateway.cli.printing import print_rows

    with opened_sides(settings) as sides:
        made = [(read.mode.value, build_checkpointing(read, its.store, its.clock).make()) for read, its in sides]
    rows = [{"side": side, "file": str(file)} for side, file in made if file is not None]
    print_rows(as_json, "checkpoints", rows, ("side", "file"))


@app.command()
def disclosures(
    connection: Annotated[str | None, typer.Option(help="Of this connection only, by its id.")] = None,
    agency: Annotated[str | None, typer.Option(help="Only what this agency was told, or what was told of it.")] = None,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many connections.")] = 1_000,
    after: Annotated[str, typer.Option(help="Go on after this connection, where there were more.")] = "",
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show who was told what about which connection, when and under which rules, and who has been told to disregard it since."""
    from itertools import islice

    from gateway.app import opened_side
    from gateway.audit.disclosures import connections
    from gateway.audit.disclosures import disclosures as told_of
    from gateway.cli.printing import print_result, table

    with opened_side(settings, trial) as (_, office):
        found = [connection] if connection else list(islice(connections(office.store, after), most + 1))
        told = [each for one in found[:most] for each in told_of(office.store, one) if each.concerns(agency)]
    rows = [_disclosed(each) for each in told]
    following = found[most - 1] if len(found) > most else None
    text = table("disclosures", rows, _DISCLOSED)
    if following:
        text += f"\n\nThere are more: --after {following}"
    print_result(as_json, {"disclosures": rows, "after": following}, text)


@app.command()
def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to make; its owner alone can read it.")],
    form: Annotated[
        str, typer.Option("--format", help="fhir (AuditEvent, a line each) or jsonl (JSON Lines).")
    ] = "jsonl",
    since: Annotated[
        datetime | None, typer.Option("--from", formats=_MOMENTS, help="From this moment on (UTC).")
    ] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=_MOMENTS, help="Before this moment (UTC).")] = None,
    references: Annotated[
        bool, typer.Option("--references", help="With what can be erased here. It cannot be erased in the file.")
    ] = False,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Write the events to a file, for a SIEM or an auditor. That it was done is itself an event."""
    from datetime import UTC

    from gateway.app import opened_side
    from gateway.audit.export import Export, Format, Period
    from gateway.cli.printing import print_result
    from gateway.refused import Refused
    from mappings.canonical.identifiers import GatewayId

    if form not in list(Format):
        raise Refused(f"there is no format {form[:20]!r}; the formats are {', '.join(Format)}")
    bounds = (each.replace(tzinfo=UTC) if each else None for each in (since, until))
    with opened_side(settings, trial) as (read, office):
        made = Export(office.store, office.clock, GatewayId(read.gateway_id), read.mode, Format(form), references)
        done = made.to_file(output, Period(*bounds))
    document = {"file": str(output), "format": form, "events": done.events, "first": done.first, "last": done.last}
    print_result(as_json, document, f"{done.events} events are in {output}.")


def _told(files: list[Path]) -> "list[Witness]":
    from gateway.refused import Refused
    from mappings.witness_file import WitnessFileFault, read_witnesses

    try:
        return [each for file in files for each in read_witnesses(file)]
    except WitnessFileFault as fault:
        raise Refused(str(fault)) from None


def _check_of_this_gateway(told: "list[Witness]", sides: list[tuple[str, str]]) -> None:
    from gateway.refused import Refused

    for each in told:
        if (each.partnership.value, each.mode.value) not in sides:
            raise Refused(
                f"there are witnesses of the {each.mode.value} side of the partnership {each.partnership.value}, which is not here; compare them "
                "at the gateway that has it"
            )


def _disclosed(each: "Disclosure") -> dict[str, Any]:
    def at(moment: datetime | None) -> str | None:
        return moment.isoformat(timespec="seconds") if moment else None

    return {
        "told_at": at(each.told_at),
        "connection": each.connection,
        "alert": each.alert,
        "event": each.event.value,
        "level": each.level,
        "told": each.told,
        "about": each.about,
        "rules": each.rules,
        "agreement": each.agreement,
        "agreement_version": each.agreement_version,
        "attempts": each.attempts,
        "receipt": each.outcome,
        "receipted_at": at(each.receipted_at),
        "disregard_sent_at": at(each.disregard_at),
        "disregard_receipted_at": at(each.disregarded_at),
    }


_DISCLOSED = (
    *("told_at", "connection", "event", "level", "told", "about", "rules", "agreement", "agreement_version"),
    *("receipt", "receipted_at", "disregard_sent_at", "disregard_receipted_at"),
)


def _row(side: str, result: "Verification", compared: "Compared | None") -> dict[str, Any]:
    return {
        "side": side,
        "events": result.events,
        "head": result.head,
        "erased": result.erased,
        "checkpoints": result.checkpoints,
        "broken_at": result.broken_at,
        "problem": result.problem,
        "intact": result.intact and not (compared and compared.findings),
        "witnesses": _witnessed(compared) if compared else None,
    }


def _witnessed(compared: "Compared") -> dict[str, Any]:
    return {
        "days": compared.days,
        "agencies": compared.agencies,
        "up_to": compared.up_to,
        "findings": [
            {
                "told_on": each.told_on.isoformat(),
                "made_on": each.made_on.isoformat(),
                "agencies": [agency.value for agency in each.agencies],
                "after": each.after,
                "problem": each.problem,
            }
            for each in compared.findings
        ],
    }


def _line(row: dict[str, Any]) -> str:
    return "\n".join([_chain_line(row), *_witness_lines(row)])


def _witness_lines(row: dict[str, Any]) -> list[str]:
    said = row["witnesses"]
    if said is None:
        return []
    fit = f"What {said['agencies']} agencies were told of it on {said['days']} days fits, up to event {said['up_to']} of {row['events']}."
    return [fit] * bool(said["days"]) + [
        f"FINDING: on {each['told_on']} {', '.join(each['agencies'])}: {each['problem']} (made on {each['made_on']}). Look at what stands after "
        f"event {each['after']}: up to there what was told before still fits. Keep database, checkpoints and witnesses as they are."
        for each in said["findings"]
    ]


def _chain_line(row: dict[str, Any]) -> str:
    chain = f"The {row['side']} side's chain"
    if not row["problem"]:
        kept = (
            f"fits {row['checkpoints']} checkpoints"
            if row["checkpoints"]
            else "there is no checkpoint to compare it with"
        )
        erased = f" What {row['erased']} of them said of somebody was erased." if row["erased"] else ""
        return f"{chain} of {row['events']} events is intact; {kept}.{erased} Head: {row['head']}"
    if row["broken_at"] is None:
        return (
            f"{chain} of {row['events']} events holds, but {row['problem']}. Keep database and checkpoints as they are."
        )
    return f"{chain} is broken at event {row['broken_at']}: {row['problem']}. Keep the database as it is."
