"""The server's side of TLS for listeners: our own certificate, and whose client certificates are believed."""

import ssl
from pathlib import Path

from connectors.settings import SettingsFault
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private


def server_context(cert_file: Path | None, key_file: Path | None, client_ca_file: Path | None) -> ssl.SSLContext | None:
    """TLS 1.2 or later; None without a certificate. With `client_ca_file` nobody comes in without a certificate of one of those authorities.

    Raises `SettingsFault`, naming the file.
    """
    if cert_file is None or key_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        read_private(key_file)
        context.load_cert_chain(cert_file, key_file)
    except KeyFault as problem:
        raise SettingsFault(f"key_file: {problem}") from None
    except OSError:
        raise SettingsFault(f"cert_file and key_file: {cert_file} and {key_file} are not a pair in PEM form") from None
    if client_ca_file is not None:
        try:
            context.load_verify_locations(cafile=str(client_ca_file))
        except OSError:
            raise SettingsFault(f"client_ca_file: {client_ca_file} does not hold certificates in PEM form") from None
        context.verify_mode = ssl.CERT_REQUIRED
    return context
