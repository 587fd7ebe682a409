"""The settings file of one agency's connector, as somebody at the agency would write it."""

from pathlib import Path

from deploy.demo.agencies import AGREEMENTS, HOME, REGISTRATIONS, agency_id
from deploy.demo.caseloads import SERVICES, Office
from deploy.demo.places import Places
from deploy.demo.seaton_family import TEAMS
from deploy.demo.servers import Servers


def text(office: Office, places: Places, servers: Servers, port: int, source: Path, inbox: str) -> str:
    """The TOML. `inbox` is the name the registrar gave, needed on a broker only."""
    said = REGISTRATIONS[office]
    channel = (
        _broker(servers, inbox) if servers.broker and inbox else f'kind = "https"\nurl = "http://127.0.0.1:{port}"'
    )
    # The names of these teams may be shown as they are. Of the private one's there is none: it is shown as the agency.
    teams = "\n".join(f'"{team}" = "{team}"' for team in SERVICES[office] + TEAMS.get(office, ()))
    return f'''\
connector = "{office.value}"
partnership = "{servers.partnership}"
mode = "trial"
home_gateway = "{HOME}"

[agency]
id = "{agency_id(office)}"
name = "{said.name}"
service = "{said.service}"
sensitivity = "standard"
phone = "{said.phone}"
legal_basis = "{AGREEMENTS[said.agreement].legal_basis}"
informed = "by-privacy-notice"

[agency.teams]
{teams}

[agreement]
id = "{said.agreement}"
version = 1

[[sources]]
name = "records"
preset = "{said.preset}"
path = "{source}"

[[sinks]]
kind = "folder"
digest = "never"
path = "{places.alerts(office)}"

[channel]
{channel}

[keys]
gateway = "{places.gateway / "gateway-public.json"}"
keyholder = "{places.root / "keyholder.public.json"}"

[publishing]
poll_seconds = 1
'''


def _broker(servers: Servers, inbox: str) -> str:
    broker = servers.broker
    if broker is None:
        return ""
    tls = broker.scheme == "amqps"
    lines = [
        'kind = "amqp"',
        f'host = "{broker.hostname}"',
        f"port = {broker.port or (5671 if tls else 5672)}",
        f'vhost = "{servers.broker_vhost}"',
        f'inbox = "{inbox}"',
        f'user = "{servers.broker_user}"',
        f'password_file = "{servers.broker_password_file}"',
        f"tls = {str(tls).lower()}",
    ]
    return "\n".join(lines)
