"""The proxy in front of the gateway, which alone may say what certificate a connector showed (RFC 9440, `Client-Cert`).

* It is known by the door it comes through: a Unix socket of its own, which only it can open (`gateway.running.proxy_socket`). No address, header or
  port says who a proxy is.
* Through any other door a header that speaks of a client's certificate is a lie, and the request is refused whatever else is in it.
* Through the proxy's door there is one such header at the most: `Client-Cert`, a byte sequence (RFC 8941, section 3.3.5) and nothing beside
  it. Another header of the kind was written by the client and passed on, which a proxy must not do.
"""

import base64
import binascii
import re

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.channel.request_signature import NOT_BELIEVED
from gateway.api.problems import Problem
from gateway.logs import security

CLIENT_CERT = "client-cert"
LONGEST = 8 * 1024
"""Characters. The built-in authority's certificates take about 900; one with RSA keys from outside less than 3,000."""

ABOUT_CERTIFICATES = frozenset(
    {
        CLIENT_CERT,
        "client-cert-chain",
        "client-certificate",
        "ssl-client-cert",
        "x-amzn-mtls-clientcert",
        "x-amzn-mtls-clientcert-leaf",
        "x-arr-clientcert",
        "x-client-cert",
        "x-client-certificate",
        "x-forwarded-client-cert",
        "x-forwarded-tls-client-cert",
        "x-ssl-cert",
        "x-ssl-client-cert",
        "x-ssl-client-cn",
        "x-ssl-client-s-dn",
        "x-ssl-client-verify",
    }
)
"""What proxies of every make call it: RFC 9440, nginx and Apache by custom, HAProxy, Envoy, Traefik, AWS, Azure."""

_BYTE_SEQUENCE = re.compile(r":([A-Za-z0-9+/]+={0,2}):")
_BY_PROXY = "patchwork.by_proxy"


class ProxyDoor:
    """ASGI: the application as the proxy's socket serves it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, marked. What comes over HTTP can write nothing into a scope."""
        await self._app({**scope, _BY_PROXY: True}, receive, send)


def presented_certificate(request: Request) -> bytes | None:
    """The DER of the certificate that the connector showed to the proxy; None where there is neither. Raises `Problem` 401."""
    # Some servers take an underscore for a hyphen.
    lines = [(name.decode("latin-1").lower().replace("_", "-"), value) for name, value in request.headers.raw]
    said = [(name, value.decode("latin-1")) for name, value in lines if name in ABOUT_CERTIFICATES]
    if not said:
        return None
    if request.scope.get(_BY_PROXY) is not True:
        raise not_believed(request, "certificate-header-forged")
    if [name for name, _ in said] != [CLIENT_CERT]:
        raise not_believed(request, "certificate-headers-several")
    found = _BYTE_SEQUENCE.fullmatch(said[0][1]) if len(said[0][1]) <= LONGEST else None
    try:
        return base64.b64decode(found.group(1), validate=True) if found else _malformed()
    except (binascii.Error, ValueError):
        raise not_believed(request, "certificate-header-malformed") from None


def not_believed(request: Request, fault: str, connector: str = "") -> Problem:
    """The answer to a signature that does not hold, word for word. Which fault it was, the security log alone says."""
    known = {"connector": connector} if connector else {}
    security().warning("request-refused", fault=fault, route=request.url.path, status=401, **known)
    return Problem(401, *NOT_BELIEVED, {"WWW-Authenticate": "Signature"})


def _malformed() -> bytes:
    raise ValueError("not a byte sequence")
