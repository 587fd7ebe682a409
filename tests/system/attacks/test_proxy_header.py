"""A header in which a proxy would say what certificate a client showed, written by somebody who is no proxy."""

import base64
import ssl

import pytest

from connectors.channel.request_signature import sign_request
from identity.agency.keys import generate
from mappings.canonical.codes import MessageKind
from mappings.fhir import notice_bundle
from tests.builders import person
from tests.system.attacks.town import JOSE, NOTICES, Town

FORGED = {
    "Client-Cert": ":MIIB:",
    "Client-Cert-Chain": ":MIIB:, :MIIB:",
    "X-Client-Cert": "MIIB",
    "X-SSL-Client-Cert": "-----BEGIN%20CERTIFICATE-----",
    "X-SSL-Client-CN": "health",
    "X-SSL-Client-S-DN": "CN=health",
    "X-Forwarded-Client-Cert": 'Subject="CN=health"',
    "x_client_cert": "MIIB",
}


def parcel(town: Town) -> bytes:
    """An honest one of housing's."""
    notice = town.housing.notice(person())
    return town.housing.seal(MessageKind.NOTICE, notice.id, notice_bundle.write(notice))


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_proxy_header_is_refused_like_a_wrong_signature(town: Town, name: str) -> None:
    body = parcel(town)
    wrong = town.post(generate().signing, NOTICES, body)
    assert [each["fault"] for each in town.log] == ["signature-refused"]
    town.log.clear()
    signed = sign_request("POST", NOTICES, body, JOSE, town.housing.keys.signing, town.clock.now())
    forged = town.send("POST", NOTICES, body, {**signed, name: FORGED[name]})
    assert forged == wrong, "whoever asks learns nothing from the difference"
    assert [(each["event"], each["fault"]) for each in town.log] == [("request-refused", "certificate-header-forged")]
    assert (town.queue.waiting(), town.held()) == (0, town.before)


def test_a_genuine_certificate_in_a_header_of_ones_own_making_is_refused_too(town: Town) -> None:
    der = ssl.PEM_cert_to_DER_cert(town.server.ca_file.read_text("ascii"))
    body, header = parcel(town), f":{base64.b64encode(der).decode()}:"
    signed = sign_request("POST", NOTICES, body, JOSE, town.housing.keys.signing, town.clock.now())
    assert town.send("POST", NOTICES, body, {**signed, "Client-Cert": header}).status == 401
    assert [each["fault"] for each in town.log] == ["certificate-header-forged"]
    assert town.send("POST", NOTICES, body, signed).status == 202, "without the lie the same request is taken"
