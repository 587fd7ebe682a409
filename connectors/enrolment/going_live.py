"""From trial to live, at the agency: once two people at the gateway have sent this connector live, it changes over, in one step.

* It begins a new ledger for each agency, holds live linkage keys only, and seals details to the stewards of the live side only. Nothing of
  the trial counts as published, and no trial token is made again.
* Everything is fetched and checked first; the settings are changed last and at once. Until then the connector is as it was, and doing it
  again after a power cut comes to the same.
* The trial's ledgers, keys and settings stay where they are, unused, for the agency to remove.
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.configuration.toml_lines import Place as TomlPlace
from connectors.configuration.toml_lines import Unchangeable, with_values
from connectors.enrolment import state as enrolment_state
from connectors.enrolment.office import EnrolmentOffice, Standing
from connectors.enrolment.state import Place
from connectors.keys import epochs
from connectors.keys.following import office_settings
from connectors.keys.steward_keys import keep_list
from connectors.running.assembly import Connector
from connectors.settings import AmqpChannel, SettingsFault, load
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_public, replace_private, write_private
from identity.agency.trust import Status
from mappings.canonical.codes import Mode

LIVE_ONLY = "-live"


@dataclass(frozen=True, slots=True)
class ChangedOver:
    """What was changed: the new paths, and where what they take the place of still is. The ledgers are in the order of the agencies. `inbox`
    is empty where the channel needs none."""

    settings: Path
    settings_before: Path
    epochs: tuple[str, ...]
    epochs_folder: Path
    ledgers: tuple[Path, ...]
    ledgers_before: tuple[Path, ...]
    inbox: str


def go_live(settings_file: Path, epoch_file: Path | None, now: Callable[[], datetime]) -> ChangedOver:
    """Change over. `epoch_file`: a live linkage epoch that the keyholder brought by hand, where the gateway passes none on. Raises
    `SettingsFault`, `KeyFault`, `ChannelDown`, `ChannelRefused`; then nothing counts yet and it can be done again."""
    said = load(settings_file)
    if said.mode is Mode.LIVE:
        raise SettingsFault(f"{settings_file} says mode live already; there is nothing to change over")
    connector = Connector(said, now)
    standing = _ask(connector)
    connector.gateway_pins.learn(standing.gateway, standing.successions, now())
    values = _values(settings_file, connector, standing)
    text = _changed(settings_file, values)
    folder, live_epochs = settings_file.resolve().parent, values["keys", "epochs", 0]
    keys = _keep_epochs(connector, standing, folder / live_epochs, epoch_file)
    listed = values["keys", "stewards", 0]
    keep_list(folder / listed, standing.stewards, said.keys.keyholder, said.partnership, Mode.LIVE)
    _note(Place(folder), live_epochs, listed)
    before = settings_file.with_name(f"{settings_file.stem}.trial{settings_file.suffix}")
    if not before.exists():
        write_private(before, settings_file.read_bytes())
    replace_private(settings_file, text.encode())
    return ChangedOver(
        settings=settings_file,
        settings_before=before,
        epochs=keys,
        epochs_folder=folder / live_epochs,
        ledgers=tuple(folder / value for (_, name, _), value in values.items() if name == "path"),
        ledgers_before=tuple(agency.ledger.path for agency in said.agencies),
        inbox=values.get(("channel", "inbox", 0), ""),
    )


def _ask(connector: Connector) -> Standing:
    settings = office_settings(connector)
    if settings is None:
        raise KeyFault(
            "this connector knows no address at which to ask the gateway how it stands; enrol it, or ask its registrar"
        )
    office = EnrolmentOffice(settings, connector.request_key, connector.now)
    try:
        standing = office.status()
    finally:
        office.close()
    if standing.mode is not Mode.LIVE or standing.status is not Status.LIVE:
        raise KeyFault(
            f"the gateway says that this connector is {standing.status} and works in {standing.mode or 'trial'} mode: it goes live when two "
            "people there have signed that. Nothing was changed"
        )
    return standing


def _values(settings_file: Path, connector: Connector, standing: Standing) -> dict[TomlPlace, str]:
    try:
        document: dict[str, Any] = tomllib.loads(settings_file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise SettingsFault(f"{settings_file} cannot be read; restore it from its backup") from None
    keys = document.get("keys", {})
    epochs_before, stewards_before = Path(keys.get("epochs", "epochs")), Path(keys.get("stewards", "stewards.jws"))
    values: dict[TomlPlace, str] = {
        ("", "mode", 0): Mode.LIVE.value,
        ("keys", "epochs", 0): str(epochs_before.with_name(epochs_before.name + LIVE_ONLY)),
        ("keys", "stewards", 0): str(_beside(stewards_before)),
    }
    # One agency stands at the top of the file, several in tables of their own (`connectors.configuration.shape`).
    several = document.get("agencies")
    for position, agency in enumerate(several or [document]):
        before = Path(agency.get("ledger", {}).get("path", "ledger.sqlite3"))
        values["agencies.ledger" if several else "ledger", "path", position] = str(_beside(before))
    if isinstance(connector.settings.channel, AmqpChannel):
        if not standing.inbox:
            raise KeyFault("the gateway did not say which inbox is this connector's; ask its registrar")
        values["channel", "inbox", 0] = standing.inbox
    return values


def _beside(before: Path) -> Path:
    """The file that takes its place in live mode."""
    return before.with_name(f"{before.stem}{LIVE_ONLY}{before.suffix}")


def _changed(settings_file: Path, values: dict[TomlPlace, str]) -> str:
    try:
        return with_values(settings_file.read_text("utf-8"), values)
    except Unchangeable as shape:
        lines = "; ".join(shape.lines)
        raise SettingsFault(
            f"{settings_file} is not of the shape that enrol writes, so nothing was changed in it. Write this yourself: {lines}. Then fetch "
            "the live linkage key with patchwork-connector epoch install FILE"
        ) from None


def _keep_epochs(connector: Connector, standing: Standing, folder: Path, epoch_file: Path | None) -> tuple[str, ...]:
    said = connector.settings
    keyholder = epochs.keyholder_key(said.keys.keyholder)
    brought = [(each.sealed, Path("the linkage epoch from the gateway")) for each in standing.epochs]
    if epoch_file is not None:
        brought.append((read_public(epoch_file).strip(), epoch_file))
    if not brought:
        raise KeyFault(
            "no live linkage epoch is here yet: ask the keyholder to seal one to this connector, and do this again. Nothing was changed"
        )
    return tuple(
        epochs.keep(sealed, source, folder, connector.decryption, keyholder, said.partnership, Mode.LIVE).id
        for sealed, source in brought
    )


def _note(place: Place, epochs_folder: str, stewards: str) -> None:
    """The enrolment, where there was one, goes on in live mode."""
    if place.state.exists():
        enrolment_state.save(
            place, replace(enrolment_state.load(place), mode=Mode.LIVE, epochs=epochs_folder, stewards=stewards)
        )
