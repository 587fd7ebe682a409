"""The settings file that enrolling writes: enough to begin with, for somebody at the agency to complete. What they wrote stays; only the
channel between its two marks is written anew."""

import json
from collections.abc import Sequence
from pathlib import Path

from connectors.enrolment_office import Standing
from connectors.enrolment_state import Enrolment, Place
from identity.agency.faults import KeyFault
from identity.agency.private_file import write_private
from mappings.canonical.codes import ServiceLine

BEGIN = "# --- channel: written by patchwork-connector enrol; whatever stands between these lines is replaced by it ---"
END = "# --- end of channel ---"


_SINGLE = """
# [agreement]
# id = "the-agreement-you-act-under"
# version = 1

# [[sources]]
# name = "records"
# path = "export.csv"

# [[sinks]]
# kind = "folder"
# path = "alerts"
"""
_EACH = """
# [agencies.agreement]
# id = "the-agreement-it-acts-under"
# version = 1

# [[agencies.sources]]
# name = "records"
# path = "export{number}.csv"

# [[agencies.sinks]]
# kind = "folder"
# path = "alerts{number}"

[agencies.ledger]
path = "ledger{number}.sqlite3"
"""


def write(place: Place, enrolment: Enrolment, agencies: Sequence[tuple[str, ServiceLine]]) -> None:
    """A new settings file, with the name and service line of each agency. Raises `KeyFault` where there is one already."""
    text = f"""\
# A Patchwork connector. Complete it with sources and sinks; patchwork-connector check tests all of it.
connector = {_quoted(enrolment.connector.value)}
partnership = {_quoted(enrolment.partnership.value)}
mode = {_quoted(enrolment.mode.value)}
home_gateway = {_quoted(enrolment.home.value)}

{_agencies(enrolment, agencies)}
[keys]
folder = "keys"
epochs = "epochs"
gateway = "gateway.public.json"
keyholder = "keyholder.public.json"

{channel(place, enrolment, None)}
"""
    write_private(place.settings, text.encode())


def _agencies(enrolment: Enrolment, agencies: Sequence[tuple[str, ServiceLine]]) -> str:
    """One table for the only agency, or one for each of several, with everything of each inside it."""
    several = len(agencies) > 1
    tables = []
    for position, (id, (name, service)) in enumerate(zip(enrolment.agencies, agencies, strict=True)):
        number = f"-{position + 1}" if position else ""
        tables.append(
            f"{'[[agencies]]' if several else '[agency]'}\n"
            f"id = {_quoted(id.value)}\n"
            f"name = {_quoted(name)}\n"
            f"service = {_quoted(service.value)}\n" + (_EACH.format(number=number) if several else _SINGLE)
        )
    return "\n".join(tables)


def complete(place: Place, enrolment: Enrolment, standing: Standing) -> bool:
    """Put the channel as it is now known between its marks. False where the marks are gone: then somebody has written their own."""
    try:
        before = place.settings.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise KeyFault(f"{place.settings} cannot be read; restore it from its backup") from None
    head, begin, rest = before.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        return False
    after = f"{head}{channel(place, enrolment, standing)}{tail}"
    if after != before:
        _replace(place.settings, after)
    return True


def channel(place: Place, enrolment: Enrolment, standing: Standing | None) -> str:
    """The lines of the channel, with their marks."""
    if standing is not None and standing.broker is not None and standing.inbox:
        broker = standing.broker
        lines = ['kind = "amqp"', f"host = {_quoted(broker.host)}", f"port = {broker.port}"]
        lines += [f"vhost = {_quoted(broker.vhost)}", f"inbox = {_quoted(standing.inbox)}"]
        ca_file: Path | None = Path(place.broker_authority.name) if broker.ca else None
    else:
        lines = ['kind = "https"', f"url = {_quoted(enrolment.url)}"]
        ca_file = enrolment.ca_file
    if ca_file is not None:
        lines.append(f"ca_file = {_quoted(str(ca_file))}")
    if place.certificate.exists():
        lines += [f"cert_file = {_quoted(place.certificate.name)}", 'key_file = "keys/tls.key"']
    return "\n".join([BEGIN, "[channel]", *lines, END])


def _replace(path: Path, text: str) -> None:
    """Whole or not at all, and never readable by others."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    write_private(beside, text.encode())
    beside.replace(path)


def _quoted(text: str) -> str:
    """JSON writes text the way TOML reads it, except for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
