"""The broker as the settings give it, in the form that the AMQP channel takes."""

from urllib.parse import unquote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.channel.amqp_settings import AmqpSettings
from gateway.enrolment.facts import BrokerAddress
from gateway.settings import Settings, SettingsFault
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_public

MAX_CA_BYTES = 32 * 1024
_PORTS = {"amqps": 5671, "amqp": 5672}


def connectors_broker(settings: Settings) -> BrokerAddress | None:
    """Where connectors reach the broker: `public_broker_url`, else where the gateway itself reaches it over TLS. None where there is
    neither. Raises `SettingsFault`, `KeyFault` where the file that its certificate is to be believed by cannot be used."""
    given = settings.public_broker_url or settings.broker_url
    if not given:
        return None
    try:
        parts = urlsplit(given)
        port = parts.port or _PORTS["amqps"]
    except ValueError:
        raise SettingsFault("the setting 'public_broker_url' is not a URL") from None
    if parts.scheme != "amqps" or not parts.hostname:
        if settings.public_broker_url:
            raise SettingsFault("the setting 'public_broker_url' must look like amqps://host:5671/vhost")
        return None
    return BrokerAddress(parts.hostname, port, unquote(parts.path[1:]) or "/", _believed_by(settings))


def _believed_by(settings: Settings) -> bytes:
    """What connectors are told to believe the broker by: `public_broker_ca_file`, else what the gateway itself believes it by."""
    path = settings.public_broker_ca_file or settings.broker_ca_file
    if path is None:
        return b""
    pem = read_public(path)
    if len(pem) > MAX_CA_BYTES:
        raise SettingsFault(
            f"{path} holds more than {MAX_CA_BYTES} bytes; name a file with the broker's authority alone"
        )
    try:
        return b"".join(each.public_bytes(Encoding.PEM) for each in x509.load_pem_x509_certificates(pem))
    except ValueError:
        raise KeyFault(f"{path} does not hold certificates in PEM form") from None


def broker_settings(settings: Settings) -> AmqpSettings | None:
    """Where the broker is, or None where only the embedded queue is used. Raises `SettingsFault`."""
    if not settings.broker_url:
        return None
    try:
        parts = urlsplit(settings.broker_url)
        port = parts.port
    except ValueError:
        raise SettingsFault("the setting 'broker_url' is not a URL") from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.query or parts.fragment:
        raise SettingsFault("the setting 'broker_url' must look like amqps://user@host:5671/vhost")
    try:
        return AmqpSettings(
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            # As in every AMQP URL: no path is the default vhost, and the vhost "/" itself is written %2F.
            vhost=unquote(parts.path[1:]) or "/",
            user=unquote(parts.username or ""),
            password_file=settings.broker_password_file,
            tls=parts.scheme == "amqps",
            ca_file=settings.broker_ca_file,
            cert_file=settings.broker_cert_file,
            key_file=settings.broker_key_file,
            shared_user=settings.broker_shared_user,
        )
    except ValueError as problem:
        raise SettingsFault(f"the broker settings: {problem} (as broker_password_file and so on)") from None
