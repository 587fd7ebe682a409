"""Requests to the real HTTPS channel that are not, or not wholly, what a connector signed."""

import base64
import hashlib
import hmac
import re
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.channel.request_signature import sign_request
from gateway.api import bodies
from identity.agency.keys import SigningKey, generate
from identity.agency.trust import Status
from mappings.canonical.codes import MessageKind
from mappings.fhir import notice_bundle
from tests.builders import person
from tests.system.attacks.town import JOSE, JSON, NOTICES, Town

LEASE, ACKNOWLEDGE, RELEASE = "/channel/inbox/lease", "/channel/inbox/acknowledge", "/channel/inbox/release"
ORLA = person()
OVER_THE_CAP = 512 * 1024 + 1


def sealed(town: Town) -> bytes:
    """An honest parcel of housing's."""
    notice = town.housing.notice(ORLA)
    return town.housing.seal(MessageKind.NOTICE, notice.id, notice_bundle.write(notice))


def signing(town: Town) -> SigningKey:
    """Housing's key."""
    return town.housing.keys.signing


def headers(town: Town, body: bytes, path: str = NOTICES, key: SigningKey | None = None) -> dict[str, str]:
    """What an honest request has."""
    return sign_request("POST", path, body, JOSE, key or signing(town), town.clock.now())


def test_a_request_sent_again_by_who_overheard_it_is_refused(town: Town) -> None:
    body = sealed(town)
    overheard = headers(town, body)
    assert town.send("POST", NOTICES, body, overheard).status == 202
    town.world.receive()
    town.mark()
    town.assert_turned_away(town.send("POST", NOTICES, body, overheard), 401, "signature-replayed")


def test_the_same_signature_over_another_body_is_refused(town: Town) -> None:
    overheard = headers(town, sealed(town))
    town.assert_turned_away(town.send("POST", NOTICES, sealed(town), overheard), 401, "signature-refused")


def test_another_bodys_digest_put_in_is_refused(town: Town) -> None:
    body = sealed(town)
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    sent = headers(town, sealed(town)) | {"content-digest": f"sha-256=:{digest}:"}
    town.assert_turned_away(town.send("POST", NOTICES, body, sent), 401, "signature-refused")


@pytest.mark.parametrize("elsewhere", [ACKNOWLEDGE, RELEASE, LEASE])
def test_a_request_sent_to_another_path_is_refused(town: Town, elsewhere: str) -> None:
    body = b'{"ids":[]}'
    answer = town.post(signing(town), NOTICES, body, JSON, also=elsewhere)
    town.assert_turned_away(answer, 401, "signature-refused")


def test_a_query_added_on_the_way_is_refused(town: Town) -> None:
    answer = town.post(signing(town), NOTICES, sealed(town), also=f"{NOTICES}?sender=health")
    town.assert_turned_away(answer, 401, "signature-refused")


def test_another_media_type_put_in_on_the_way_is_refused(town: Town) -> None:
    body = b'{"limit":1,"wait":0}'
    answer = town.post(signing(town), LEASE, body, JOSE, content_type=JSON)
    town.assert_turned_away(answer, 401, "signature-refused")


@pytest.mark.parametrize("late", [timedelta(minutes=6), timedelta(minutes=-2)], ids=["old", "from the future"])
def test_a_request_of_another_time_is_refused(town: Town, late: timedelta) -> None:
    body = sealed(town)
    sent = sign_request("POST", NOTICES, body, JOSE, signing(town), town.clock.now() - late)
    town.assert_turned_away(town.send("POST", NOTICES, body, sent), 401, "signature-stale")


@pytest.mark.parametrize("gone", ["signature", "signature-input", "content-digest"])
def test_a_request_with_a_header_too_few_is_refused(town: Town, gone: str) -> None:
    body = sealed(town)
    sent = {name: value for name, value in headers(town, body).items() if name != gone}
    town.assert_turned_away(town.send("POST", NOTICES, body, sent), 401, "signature-missing")


def test_anothers_key_id_over_ones_own_signature_is_refused(town: Town) -> None:
    body = sealed(town)
    sent = headers(town, body)
    mine, theirs = signing(town).id.value, town.health.keys.signing.id.value
    sent["signature-input"] = sent["signature-input"].replace(mine, theirs)
    town.assert_turned_away(town.send("POST", NOTICES, body, sent), 401, "signature-refused")


def test_the_public_key_as_a_secret_signs_no_request(town: Town) -> None:
    body, victim = sealed(town), town.health.keys.signing
    sent = headers(town, body, key=victim)
    parameters = sent["signature-input"].removeprefix("patchwork=").replace("ed25519", "hmac-sha256")
    base = "\n".join(
        (
            '"@method": POST',
            f'"@path": {NOTICES}',
            f'"content-digest": {sent["content-digest"]}',
            f'"content-type": {JOSE}',
            f'"@signature-params": {parameters}',
        )
    )
    forged = hmac.digest(victim.public.raw.public_bytes_raw(), base.encode(), hashlib.sha256)
    sent |= {
        "signature-input": f"patchwork={parameters}",
        "signature": f"patchwork=:{base64.b64encode(forged).decode()}:",
    }
    town.assert_turned_away(town.send("POST", NOTICES, body, sent), 401, "signature-refused")


@pytest.mark.parametrize("left_out", ["@method", "@path", "content-digest", "content-type"])
def test_a_signature_that_leaves_a_part_out_is_refused(town: Town, left_out: str) -> None:
    body = sealed(town)
    sent = headers(town, body)
    sent["signature-input"] = re.sub(rf'"{left_out}" ?', "", sent["signature-input"])
    town.assert_turned_away(town.send("POST", NOTICES, body, sent), 401, "signature-refused")


def test_two_signatures_are_one_too_many(town: Town) -> None:
    body = sealed(town)
    one, other = headers(town, body), headers(town, body, key=town.health.keys.signing)
    sent = {name: f"{one[name]}, {other[name].replace('patchwork=', 'second=', 1)}" for name in one if "sig" in name}
    answer = town.send("POST", NOTICES, body, one | sent)
    town.assert_turned_away(answer, 401, "signature-refused")


FORGED = {
    "X-Forwarded-User": "health",
    "X-Remote-User": "health",
    "X-Forwarded-For": "127.0.0.1",
    "Forwarded": "for=127.0.0.1;by=health",
    "Authorization": "Bearer health",
    "X-Patchwork-Connector": "health",
    "X-Original-URL": NOTICES,
    "X-HTTP-Method-Override": "POST",
}


@pytest.mark.parametrize("name", FORGED)
def test_a_header_that_claims_who_is_asking_opens_no_door(town: Town, name: str) -> None:
    answer = town.send("POST", NOTICES, sealed(town), {"content-type": JOSE, name: FORGED[name]})
    town.assert_turned_away(answer, 401, "signature-missing")


def test_headers_that_claim_to_be_another_change_nothing_of_who_signed(town: Town) -> None:
    body = sealed(town)
    assert town.send("POST", NOTICES, body, headers(town, body) | FORGED).status == 202
    (parcel,) = town.queue.take(1, 0.0)
    assert parcel.sender == town.housing.id


def test_a_stranger_a_revoked_one_and_a_wrong_signature_look_the_same(town: Town) -> None:
    body = sealed(town)
    wrong = headers(town, body)
    wrong["signature"] = headers(town, body)["signature"]
    answers = [town.send("POST", NOTICES, body, wrong), town.post(generate().signing, NOTICES, body)]
    town.stop(town.housing, Status.REVOKED)
    answers.append(town.post(signing(town), NOTICES, body))
    assert {(answer.status, answer.body) for answer in answers} == {(401, answers[0].body)}
    assert [each["fault"] for each in town.log] == ["signature-refused"] * 3
    assert town.held() == town.before


def test_a_suspended_connector_hands_nothing_in(town: Town) -> None:
    town.stop(town.housing, Status.SUSPENDED)
    town.assert_turned_away(town.post(signing(town), NOTICES, sealed(town)), 403, "not-live")
    assert [each["connector"] for each in town.log] == ["housing"]


def test_a_body_announced_over_the_cap_is_not_read(town: Town) -> None:
    answer = town.send("POST", NOTICES, b"", {"content-type": JOSE, "content-length": str(OVER_THE_CAP)})
    town.assert_turned_away(answer, 413, "too-large")


def test_a_body_that_grows_over_the_cap_is_cut_off(town: Town) -> None:
    pieces = (b"x" * 1024 for _ in range(520))
    answer = town.send("POST", NOTICES, pieces, headers(town, b"x") | {"transfer-encoding": "chunked"}, chunked=True)
    town.assert_turned_away(answer, 413, "too-large")


@pytest.mark.parametrize("length", ["-1", "١", "1e3", "9" * 30])
def test_an_odd_length_is_refused(town: Town, length: str) -> None:
    answer = town.send(
        "POST", NOTICES, b"", {"content-type": JOSE, "content-length": length.encode("utf-8").decode("latin-1")}
    )
    assert answer.status in (400, 413)
    assert town.queue.waiting() == 0
    assert town.held() == town.before


def test_a_body_that_dribbles_is_given_up(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.2)
    answer = town.send("POST", NOTICES, b"half", headers(town, b"halfwhole") | {"content-length": "9"})
    town.assert_turned_away(answer, 408, "too-slow")


def test_one_who_dribbles_holds_up_nobody(town: Town) -> None:
    done = threading.Event()

    def dribble() -> Iterator[bytes]:
        yield b"x"
        done.wait(20)
        yield b"y"

    slow = threading.Thread(
        target=lambda: town.send(
            "POST", NOTICES, dribble(), headers(town, b"xy") | {"transfer-encoding": "chunked"}, chunked=True
        )
    )
    slow.start()
    town.health.say(town.health.notice(ORLA))
    done.set()
    slow.join(20)
    assert town.queue.waiting() == 2


@pytest.mark.parametrize(
    "path", ["/channel/notices/..%2f..%2fmetrics", "/metrics", "/channel/inbox/health", "//channel"]
)
def test_other_addresses_do_not_exist(town: Town, path: str) -> None:
    town.assert_turned_away(town.post(signing(town), path, b"", JOSE), 404, "not-found")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_not_taken(town: Town, method: str) -> None:
    answer = town.send(method, NOTICES, b"", {})
    town.assert_turned_away(answer, 405, "method-not-allowed")
