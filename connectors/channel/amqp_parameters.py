"""Our settings as pika's connection parameters: TLS, who we are, and a bound to every wait."""

from typing import Any

import pika

from connectors.channel.amqp_settings import AmqpSettings
from connectors.channel.port import ChannelRefused
from connectors.channel.tls import client_context
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private


def connection_parameters(settings: AmqpSettings) -> Any:
    """What pika needs to connect. Reads the password and certificate files anew, so that replaced ones are used at the next
    connection. Raises `ChannelRefused` where one of them cannot be used."""
    options = None
    if settings.tls:
        context = client_context(settings.ca_file, settings.cert_file, settings.key_file)
        options = pika.SSLOptions(context, settings.host)
    return pika.ConnectionParameters(
        host=settings.host,
        port=settings.port,
        virtual_host=settings.vhost,
        credentials=_credentials(settings),
        ssl_options=options,
        heartbeat=settings.heartbeat,
        blocked_connection_timeout=settings.blocked_timeout,
        socket_timeout=settings.connect_timeout,
        stack_timeout=settings.connect_timeout * 1.5,
        connection_attempts=1,
        client_properties={"connection_name": "patchwork"},
    )


def _credentials(settings: AmqpSettings) -> Any:
    if settings.password_file is None:
        return pika.credentials.ExternalCredentials()
    try:
        password = read_private(settings.password_file).decode("utf-8").strip()
    except (KeyFault, UnicodeDecodeError) as problem:
        raise ChannelRefused(f"amqp: the password file cannot be used: {problem}") from None
    return pika.PlainCredentials(settings.user, password, erase_on_connect=True)
