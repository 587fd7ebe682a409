"""The settings file that enrolling writes: enough to begin with, for somebody at the agency to complete. What they wrote stays; only the
channel between its two marks is written anew."""

from collections.abc import Sequence
from pathlib import Path

from connectors.configuration.toml_lines import quoted
from connectors.enrolment.office import Standing
from connectors.enrolment.state import Enrolment, Place
from identity.agency.faults import KeyFault
from identity.agency.private_file import replace_private, write_private
from mappings.canonical.codes import ServiceLine

BEGIN = "# --- channel: written by patchwork-connector enrol; whatever stands between these lines is replaced by it ---"
END = "# --- end of channel ---"

EXAMPLES = """
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
"""What stands behind the only agency of a fresh file, until somebody (or `patchwork-connector init`) writes it."""

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
connector = {quoted(enrolment.connector.value)}
partnership = {quoted(enrolment.partnership.value)}
mode = {quoted(enrolment.mode.value)}
home_gateway = {quoted(enrolment.home.value)}

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
            f"id = {quoted(id.value)}\n"
            f"name = {quoted(name)}\n"
            f"service = {quoted(service.value)}\n" + (_EACH.format(number=number) if several else EXAMPLES)
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
        replace_private(place.settings, after.encode())
    return True


def channel(place: Place, enrolment: Enrolment, standing: Standing | None) -> str:
    """The lines of the channel, with their marks."""
    if standing is not None and standing.broker is not None and standing.inbox:
        broker = standing.broker
        lines = ['kind = "amqp"', f"host = {quoted(broker.host)}", f"port = {broker.port}"]
        lines += [f"vhost = {quoted(broker.vhost)}", f"inbox = {quoted(standing.inbox)}"]
        ca_file: Path | None = Path(place.broker_authority.name) if broker.ca else None
    else:
        lines = ['kind = "https"', f"url = {quoted(enrolment.url)}"]
        ca_file = enrolment.ca_file
    if ca_file is not None:
        lines.append(f"ca_file = {quoted(str(ca_file))}")
    if place.certificate.exists():
        lines += [f"cert_file = {quoted(place.certificate.name)}", 'key_file = "keys/tls.key"']
    return "\n".join([BEGIN, "[channel]", *lines, END])
