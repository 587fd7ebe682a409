"""The client's side of TLS for every channel: which certificates are believed, and which one is shown."""

import ssl
from pathlib import Path

from connectors.channel.port import ChannelRefused
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private


def client_context(ca_file: Path | None, cert_file: Path | None, key_file: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or later, host names checked. Believes `ca_file`, or what the operating system believes.

    Raises `ChannelRefused`, naming the file that cannot be used; a private key that others can read is one.
    """
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError:
        raise ChannelRefused(f"ca_file: {ca_file} does not hold certificates in PEM form") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if cert_file and key_file:
        try:
            read_private(key_file)
            context.load_cert_chain(cert_file, key_file)
        except KeyFault as problem:
            raise ChannelRefused(f"key_file: {problem}") from None
        except OSError:
            raise ChannelRefused(
                f"cert_file and key_file: {cert_file} and {key_file} are not a pair in PEM form"
            ) from None
    return context


def why_not_believed(problem: BaseException | None) -> str:
    """What was wrong with the other side's certificate, if that is why `problem` came about; else empty."""
    seen = 0
    while problem is not None and seen < 10:
        if isinstance(problem, ssl.SSLCertVerificationError):
            return f"its certificate is not believed ({problem.verify_message}); check ca_file and the host name"
        nested = [each for each in problem.args if isinstance(each, BaseException)]
        problem = nested[0] if nested else problem.__cause__ or problem.__context__
        seen += 1
    return ""
