"""go-live: from trial to live, once the gateway's people have sent this connector live."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.commands.answers import DEFAULT_SETTINGS, TO_DO, AsJson, SettingsPath, answer, refuse

if TYPE_CHECKING:
    from connectors.enrolment.going_live import ChangedOver

_Epoch = Annotated[
    Path | None, typer.Option("--epoch", help="A live linkage epoch brought by hand, where the gateway passes none on.")
]


def add_to(app: typer.Typer) -> None:
    """Register this command."""
    app.command("go-live")(go_live)


def go_live(epoch: _Epoch = None, settings: SettingsPath = DEFAULT_SETTINGS, as_json: AsJson = False) -> None:
    """Change this connector over from its trial to live mode: new ledger, live linkage key, new inbox. Asks the gateway first."""
    from connectors.channel.port import ChannelDown, ChannelRefused
    from connectors.enrolment.going_live import go_live as change_over
    from connectors.running.shared_parts import utc_now
    from connectors.settings import SettingsFault
    from identity.agency.faults import KeyFault

    try:
        changed = change_over(settings, epoch, utc_now)
    except (SettingsFault, KeyFault, ChannelRefused) as problem:
        refuse(problem, as_json)
    except ChannelDown as problem:
        refuse(problem, as_json, TO_DO)
    document = {
        "mode": "live",
        "settings": str(changed.settings),
        "settings_before": str(changed.settings_before),
        "epochs": list(changed.epochs),
        "epochs_folder": str(changed.epochs_folder),
        "ledgers": list(map(str, changed.ledgers)),
        "ledgers_before": list(map(str, changed.ledgers_before)),
        "inbox": changed.inbox or None,
    }
    answer(document, _text(changed), as_json)


def _text(changed: "ChangedOver") -> str:
    begins = "which begins empty: nothing of the trial counts as published"
    ledgers = "".join(f"  ledger           {path}, {begins}\n" for path in changed.ledgers)
    inbox = f"  inbox            {changed.inbox}\n" if changed.inbox else ""
    return (
        f"This connector is set up for live mode now. In {changed.settings} these are new:\n"
        f"  mode             live\n"
        f"  linkage key      {', '.join(changed.epochs)}, in {changed.epochs_folder}\n"
        f"{ledgers}"
        f"{inbox}"
        f"The settings as they were are in {changed.settings_before}. Used no more: {', '.join(map(str, changed.ledgers_before))}.\n"
        "What to do next:\n"
        "  1. Stop the program. Until it is restarted it goes on in trial mode, and the gateway refuses what it sends.\n"
        "  2. Put the real exports into [[sources]] and the exclusion list of real clients into exclusions. Real people are published\n"
        "     from now on, and a number of the test range (999) is refused.\n"
        "  3. Look whether the sinks are the real ones. What they were shown in the trial nobody takes back: clear it there.\n"
        "  4. patchwork-connector check, then start the program again."
    )
