"""The listeners that the settings name, made and held together: begun before anything else is done, stopped when the connector stops."""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connectors.configuration.live_sources import HttpPushSettings, ListenerSource, MllpSettings
from connectors.listeners import adt_message, fhir_message, json_notice
from connectors.listeners.directories import Directories
from connectors.listeners.http_door import FHIR, NOTICES, HttpDoor
from connectors.listeners.listener import Door, Listener, Place, networks
from connectors.listeners.mllp_door import MllpDoor
from connectors.listeners.one_by_one import OneByOne
from connectors.listeners.server_tls import server_context
from connectors.running.served_agency import ServedAgency
from connectors.settings import Settings, SettingsFault
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private
from mappings.preset import Kind, Preset, load_preset
from mappings.preset_section import PresetError

Note = Callable[[str, str], None]
"""Told of a source, and what happened at its door in a word."""


@dataclass(slots=True)
class _Opened:
    name: str
    listener: Listener


class Listeners:
    """All listeners of a connector. Each agency's messages are taken one by one, whichever door they came through."""

    def __init__(
        self, settings: Settings, agencies: Sequence[ServedAgency], now: Callable[[], datetime], note: Note
    ) -> None:
        self._desks: list[OneByOne] = []
        self._opened: list[_Opened] = []
        for agency in agencies:
            listed = [each for each in agency.settings.sources if isinstance(each, ListenerSource)]
            if not listed:
                continue
            desk = OneByOne(settings, agency.id, now)
            self._desks.append(desk)
            self._opened += [_Opened(each.name, make(each, desk, note, agency.settings.presets)) for each in listed]

    def start(self) -> dict[str, int]:
        """Begin to listen; answers the port of each source. Raises `SettingsFault`, and listens nowhere then."""
        try:
            for each in self._opened:
                each.listener.start()
        except SettingsFault:
            self.stop()
            raise
        return self.ports

    @property
    def ports(self) -> dict[str, int]:
        """Where each source's listener is reached, once it began."""
        return {each.name: each.listener.port for each in self._opened}

    def stop(self) -> None:
        """What is being taken is finished, then everything is closed."""
        for each in self._opened:
            each.listener.stop()
        while self._desks:
            self._desks.pop().close()


def make(said: ListenerSource, desk: OneByOne, note: Note, presets: Path | None = None) -> Listener:
    """One listener, not yet begun; `presets` is the folder of the agency's own. Raises `SettingsFault`, naming the source and the file or preset."""
    try:
        directories = _directories(said, note, presets)
        door = _door(said, desk, presets, directories)
        tls = server_context(said.cert_file, said.key_file, said.client_ca_file)
    except SettingsFault as problem:
        raise SettingsFault(f"sources: {said.name}: {problem}") from None
    place = Place(said.address, said.port, networks(said.senders), said.most_connections)
    return Listener(place, door, tls, lambda what: note(said.name, what))


def tried(said: ListenerSource, desk: OneByOne, last: datetime | None, presets: Path | None = None) -> str:
    """Whether it listens, or could. Raises `SettingsFault`."""
    listener = make(said, desk, lambda _name, _what: None, presets)
    directories = _directories(said, lambda _name, _what: None, presets).summary()
    taken = f"last message taken {last:%Y-%m-%d %H:%M} UTC" if last else "no message taken yet"
    taken = f"{taken}, {directories}" if directories else taken
    try:
        with socket.create_connection((said.address, said.port), timeout=3):
            return f"{said.name}: listening at {said.address} port {said.port}, {taken}"
    except OSError:
        listener.start()
        listener.stop()
        return f"{said.name}: can listen at {said.address} port {said.port} once `run` does, {taken}"


def _directories(said: ListenerSource, note: Note, presets: Path | None) -> Directories:
    preset = said.rows_preset if isinstance(said, HttpPushSettings) else said.preset
    return Directories(said, _preset(preset, presets), lambda what: note(said.name, what))


def _door(said: ListenerSource, desk: OneByOne, presets: Path | None, directories: Directories) -> Door:
    if isinstance(said, HttpPushSettings):
        return _http_door(said, desk, presets, directories)
    return _mllp_door(said, desk, presets, directories)


def _http_door(said: HttpPushSettings, desk: OneByOne, presets: Path | None, directories: Directories) -> Door:
    fhir, rows = _preset(said.fhir_preset, presets), _preset(said.rows_preset, presets)
    if fhir.fhir is None or rows.kind is not Kind.TABLE:
        raise SettingsFault("fhir_preset must be one that reads FHIR, and rows_preset one that reads tables")
    if said.secret_file is not None:
        _check_secret(said)
    making = {
        FHIR: lambda body, key: fhir_message.making(said.name, fhir, body, key, directories),
        NOTICES: lambda body, _key: json_notice.making(said.name, rows, body, directories),
    }
    return HttpDoor(making, desk.take, said.secret_file, said.largest_kilobytes * 1024, said.request_seconds)


def _mllp_door(said: MllpSettings, desk: OneByOne, presets: Path | None, directories: Directories) -> Door:
    preset = _preset(said.preset, presets)
    if preset.kind is not Kind.HL7V2:
        raise SettingsFault("preset must be one that reads HL7 v2 messages")
    return MllpDoor(
        lambda heard: adt_message.making(said.name, preset, heard, directories),
        desk.take,
        said.largest_kilobytes * 1024,
        said.message_seconds,
        said.idle_seconds,
    )


def _check_secret(said: HttpPushSettings) -> None:
    try:
        secret = read_private(said.secret_file).strip() if said.secret_file else b""
    except KeyFault as problem:
        raise SettingsFault(f"secret_file: {problem}") from None
    if len(secret) < 16:
        raise SettingsFault(
            f"secret_file: {said.secret_file} holds fewer than 16 characters; make one with: openssl rand -hex 32"
        )


def _preset(name: str, presets: Path | None) -> Preset:
    try:
        return load_preset(name, presets)
    except PresetError as problem:
        raise SettingsFault(str(problem)) from None
