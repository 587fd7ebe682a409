"""The gateway's enrolment as the connector sees it: four signed requests, and answers of which nothing is believed unread.

POST /enrolment              invitation, secret, keys, proofs, certificate request   202 {"connector", "status", "gateway", "keyholder"}
POST /enrolment/status       {}                                                      200 the same, with what an approved one may fetch
POST /enrolment/keys         keys, proofs, handovers                                 202
POST /enrolment/certificate  {"certificate_request"}                                 202
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509

from connectors.channel.https_settings import HttpsSettings
from connectors.channel.port import ChannelDown, ChannelRefused
from connectors.channel.signed_post import SignedPost
from identity.agency.faults import KeyFault
from identity.agency.keys import PublicKeys, SigningKey, VerifyKey, public_from_document
from identity.agency.succession import MAX_SUCCESSIONS
from identity.agency.trust import Status
from mappings.canonical.codes import Mode

JSON = "application/json"
_MOST = 512 * 1024
_MOST_EPOCHS = 20
_MOST_CA = 32 * 1024
_CODE = re.compile(r"[a-z0-9-]{1,60}")
_INBOX = re.compile(r"inbox\.[a-z0-9-]{1,40}\.[0-9a-f]{32}")
_HOST = re.compile(r"[A-Za-z0-9.:_-]{1,253}")
_WAYS_OUT = {
    "invitation-wrong": "the gateway does not know this invitation, or its secret is another; use the text exactly as the registrar sent it",
    "invitation-used": "this invitation was used already, with other keys than those in this folder. If that was not you, tell the "
    "registrar at once; else ask for a new one",
    "invitation-expired": "this invitation has expired; ask the registrar for a new one",
    "invitation-withdrawn": "this invitation was withdrawn; ask the registrar why",
    "invitation-locked": "this invitation was tried with a wrong secret too often and is good no more; ask the registrar for a new one",
    "invitation-other": "these keys were made for another invitation; enrol in a folder of its own",
    "keys-taken": "the gateway knows this connector or one of these keys already; enrol in a new folder, or ask the registrar",
    "agency-taken": "another connector speaks for this agency already; ask the registrar",
    "signature-stale": "the gateway thinks this request was signed at another time; set the clock of this machine right",
    "signature-refused": "the gateway does not know this connector, or it was turned down; ask the registrar",
}


@dataclass(frozen=True, slots=True)
class SealedEpoch:
    """A linkage epoch as the gateway passes it on, unopened."""

    name: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is, and, as PEM, what its certificate is to be believed by; empty: what the operating system believes."""

    host: str
    port: int
    vhost: str
    ca: bytes = b""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the gateway says we stand. Everything but the status may be missing. `mode` is that of the side we are on."""

    status: Status
    gateway: PublicKeys
    keyholder: VerifyKey | None
    inbox: str = ""
    broker: BrokerAddress | None = None
    certificate: bytes = b""
    chain: bytes = b""
    epochs: tuple[SealedEpoch, ...] = ()
    successions: tuple[bytes, ...] = ()
    stewards: bytes = b""
    mode: Mode | None = None
    epochs_word: bytes = b""

    def moved_from(self, ours: Mode) -> str:
        """What is to be done where we are set up for another mode than the gateway says; empty where we are not."""
        if self.mode in (None, ours):
            return ""
        return (
            f"the gateway says that this connector works in {self.mode} mode now, and here it is set up for {ours} mode, in which it is heard "
            "no more: change over with patchwork-connector go-live"
        )


class EnrolmentOffice:
    """One gateway, asked with one signing key. Everything raises `ChannelDown` (try again) or `ChannelRefused` (a person must act)."""

    def __init__(self, settings: HttpsSettings, key: SigningKey, now: Callable[[], datetime]) -> None:
        self._post = SignedPost(settings, key, now)

    def apply(self, application: dict[str, Any]) -> Standing:
        """Hand in the keys."""
        return _read(self._ask("/enrolment", application, 202))

    def status(self) -> Standing:
        """Ask how we stand."""
        return _read(self._ask("/enrolment/status", {}, 200))

    def certify(self, certificate_request: bytes) -> None:
        """Ask for a certificate for a new TLS key."""
        self._ask("/enrolment/certificate", {"certificate_request": certificate_request.decode("ascii")}, 202)

    def rotate(self, handover: dict[str, Any]) -> None:
        """Hand over to new keys."""
        self._ask("/enrolment/keys", handover, 202)

    def close(self) -> None:
        """Let go of connections."""
        self._post.close()

    def _ask(self, path: str, document: dict[str, Any], expected: int) -> bytes:
        body = json.dumps(document, separators=(",", ":")).encode()
        status, content = self._post(path, body, JSON, _MOST)
        if status == expected:
            return content
        code = _code(content)
        if status >= 500 or status in (408, 425, 429):
            raise ChannelDown(f"the gateway is not able to serve now (status {status}); try again later")
        raise ChannelRefused(
            _WAYS_OUT.get(code, f"the gateway refuses this (status {status}, {code or 'no reason given'})")
        )


def _read(content: bytes) -> Standing:
    try:
        document = json.loads(content)
        broker, certificate = document.get("broker"), document.get("certificate") or {}
        epochs = document.get("epochs") or []
        keyholder = document["keyholder"]
        successions = document.get("successions") or []
        if len(epochs) > _MOST_EPOCHS or len(successions) > MAX_SUCCESSIONS:
            raise ValueError
        return Standing(
            status=Status(document["status"]),
            gateway=public_from_document(document["gateway"]),
            keyholder=VerifyKey.from_jwk(keyholder) if keyholder else None,
            inbox=_matching(document.get("inbox"), _INBOX),
            broker=_broker(broker) if broker else None,
            certificate=str(certificate.get("pem", "")).encode("ascii"),
            chain=str(certificate.get("chain", "")).encode("ascii"),
            epochs=tuple(SealedEpoch(str(each["epoch"]), str(each["sealed"]).encode("ascii")) for each in epochs),
            successions=tuple(str(each).encode("ascii") for each in successions),
            mode=Mode(document["mode"]) if document.get("mode") else None,
            epochs_word=str(document.get("epochs_word") or "").encode("ascii"),
            stewards=str(document.get("stewards") or "").encode("ascii"),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, KeyFault):
        raise ChannelDown("the answer is not what a gateway says; is there another server at this address?") from None


def _broker(document: dict[str, Any]) -> BrokerAddress:
    port, vhost, ca = document["port"], document["vhost"], str(document.get("ca") or "").encode("ascii")
    if type(port) is not int or not 1 <= port <= 65_535 or not isinstance(vhost, str) or len(vhost) > 200:
        raise ValueError
    if len(ca) > _MOST_CA:
        raise ValueError
    if ca:
        x509.load_pem_x509_certificates(ca)
    return BrokerAddress(_matching(document["host"], _HOST), port, vhost, ca)


def _matching(value: object, pattern: re.Pattern[str]) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError
    return value


def _code(content: bytes) -> str:
    try:
        code = json.loads(content)["code"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""
