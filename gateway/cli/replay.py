"""`patchwork dead-letter replay`: another try, for some or for all that were refused for one reason."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, KeyFile, PassphraseFile, SettingsFile, Trial

if TYPE_CHECKING:
    from gateway.dead_letters.replay import Replayed
    from gateway.trust.operators import Office


def add_to(app: typer.Typer) -> None:
    """Register this command among those of `patchwork dead-letter`."""
    app.command()(replay)


def replay(
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="The dead letters' numbers.")] = None,
    reason: Annotated[
        str | None, typer.Option(help="In place of numbers: those that were refused for this reason, the oldest first.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="With --reason: how many at most.")] = 200,
    pause: Annotated[float, typer.Option(min=0, max=3600, help="Seconds to wait between two.")] = 0.0,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Process some again, one by one, judged as of when they were received (operator, registrar or security officer). Ctrl-C stops after
    the one in hand."""
    from gateway.app import build_intake, opened_side
    from gateway.cli.printing import print_result
    from gateway.cli.signing import sign_at_terminal
    from gateway.dead_letters.replay import REPLAY, Replayed, ask_replay, replay_content, replay_each

    with opened_side(settings, trial) as (read, office):
        content = replay_content(*_named(office, ids or [], reason, limit), side=read.mode)
        intake = build_intake(read, office.store, office.clock)
        asked = ask_replay(office, sign_at_terminal(office, read, key, passphrase_file, (REPLAY, content)))
        done = _until_stopped(replay_each(office, intake, asked), pause)
    left = list(asked.letters[len(done) :])
    accepted = sum(outcome is Replayed.ACCEPTED for outcome in done.values())
    lines = [f"Dead letter {id}: {outcome.value.replace('-', ' ')}." for id, outcome in done.items()]
    lines.append(f"{accepted} of {len(done)} were accepted; patchwork dead-letter show ID says why one was not.")
    if left:
        lines.append(f"Stopped before dead letter {left[0]}; {len(left)} were not tried.")
    rows = [{"dead_letter": id, "outcome": outcome.value} for id, outcome in done.items()]
    print_result(as_json, {"replayed": rows, "accepted": accepted, "not_tried": left}, "\n".join(lines))
    if accepted < len(asked.letters):
        raise typer.Exit(1)


def _named(office: "Office", ids: list[int], reason: str | None, limit: int) -> list[int]:
    """Numbers or a reason, not both and not neither."""
    from gateway.dead_letters.replay import letters_with
    from gateway.refused import Refused
    from gateway.trust.actor import LOCAL_READER

    if bool(ids) == (reason is not None):
        raise Refused("name the dead letters to replay by their numbers, or give --reason CODE; one of the two")
    return ids if reason is None else letters_with(office, LOCAL_READER, reason, limit)


def _until_stopped(outcomes: "Iterator[tuple[int, Replayed]]", pause: float) -> "dict[int, Replayed]":
    """Each outcome as it comes. Ctrl-C lets the letter in hand be done, or ends the pause; then no other is begun."""
    import signal

    stopped: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: stopped.append(number))
    done: dict[int, Replayed] = {}
    try:
        for id, outcome in outcomes:
            done[id] = outcome
            _wait(pause, stopped)
            if stopped:
                break
    finally:
        signal.signal(signal.SIGINT, before)
    return done


def _wait(seconds: float, stopped: list[int]) -> None:
    """In short sleeps, since a sleep goes on after a signal that was noted."""
    from time import monotonic, sleep

    until = monotonic() + seconds
    while not stopped and (left := until - monotonic()) > 0:
        sleep(min(left, 0.1))
