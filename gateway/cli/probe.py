"""`patchwork connector test`: a notice about nobody, through the real queue and back, with the time of each leg."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, KeyFile, PassphraseFile, SettingsFile

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.model.probe import Probe


def add_to(app: typer.Typer) -> None:
    """Register this command among those of `patchwork connector`."""
    app.command("test")(try_out)


def try_out(
    id: Annotated[str, typer.Argument(help="The connector's id.")],
    wait: Annotated[int, typer.Option(min=1, max=300, help="Seconds to wait for the answer.")] = 30,
    agency: Annotated[
        str | None, typer.Option(help="The agency it is to answer for. Default: the first it speaks for.")
    ] = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Ask a connector for a notice about nobody and time every leg of its way; nothing of it is registered (operator, registrar or security
    officer). Exit status 1 where it is refused or no answer comes."""
    from time import sleep

    from gateway.app import opened_place
    from gateway.cli.printing import print_result
    from gateway.cli.signing import sign_at_terminal
    from gateway.probing.asking import TEST, ask_probe, probe_content, watch_probe
    from gateway.probing.verdict import sentence
    from gateway.running.presence import check_gateway_runs
    from gateway.trust.actor import LOCAL_READER
    from gateway.trust.standing_view import show_standing
    from mappings.canonical.codes import ReceiptOutcome

    with opened_place(settings, id) as (read, office):
        content = probe_content(office, read.mode, id, agency, wait)
        check_gateway_runs(read)
        asked = ask_probe(office, sign_at_terminal(office, read, key, passphrase_file, (TEST, content)), read.mode)
        probe = watch_probe(office, LOCAL_READER, asked.id, sleep)
        standing = show_standing(office, LOCAL_READER, id)
    said = sentence(probe, standing.connector.status, standing.figures.last_seen, standing.at)
    row = probe_row(probe) | {"sentence": said}
    print_result(as_json, {"test": row}, "\n".join(_lines(row)))
    if probe.outcome is not ReceiptOutcome.ACCEPTED:
        raise typer.Exit(1)


def probe_row(probe: "Probe") -> dict[str, Any]:
    """A test as the commands print it. `outcome` is null where no answer came."""
    from gateway.probing.verdict import legs, total_seconds

    return {
        "id": probe.id.value,
        "connector": probe.connector.value,
        "agency": probe.agency.value,
        "asked_by": probe.asked_by,
        "outcome": probe.outcome.value if probe.outcome else None,
        "reasons": [issue.code for issue in probe.issues],
        "legs": [{"leg": leg.name, "at": leg.at.isoformat(), "seconds": leg.seconds} for leg in legs(probe)],
        "total_seconds": total_seconds(probe),
    }


def summary(probe: "Probe", now: "datetime") -> str:
    """In a few words: what came of it, when, and how long it took."""
    from gateway.probing.verdict import total_seconds

    unanswered = "waits for its answer" if probe.is_open(now) else "no answer"
    came_to = probe.outcome.value if probe.outcome else unanswered
    seconds = total_seconds(probe)
    took = f" ({seconds:.1f} s)" if probe.outcome and seconds is not None else ""
    return f"{came_to}, asked {probe.asked_at.isoformat(timespec='seconds')}{took}"


def _lines(row: dict[str, Any]) -> list[str]:
    lines = [f"{leg['leg']:<10} {leg['at']}  {leg['seconds']:8.3f} s" for leg in row["legs"]]
    if row["total_seconds"] is not None:
        lines.append(f"{'total':<10} {'':<32}  {row['total_seconds']:8.3f} s")
    return [*lines, f"{row['connector']}: {row['sentence']}"]
