"""Keys rotate under running programs, with real stores and real HTTP, and nothing that was on its way is lost."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from connectors.enrolment import state as enrolment_state
from connectors.enrolment.state import Enrolment, Place
from connectors.keys import keys_folder
from gateway.app import opened_office
from gateway.keys.secrets_on_disk import load_gateway_keys
from gateway.model.connector import AgencyKey
from gateway.model.enrolment_request import EnrolmentRequest
from identity.agency import enrolment_keys
from identity.agency.enrolment_keys import EnrolmentKeys
from identity.agency.keys import load_public
from identity.agency.private_file import write_public
from identity.agency.tls_key import make_tls_key, public_digest, write_request
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, ConnectorId, GatewayId, MessageId
from tests.system.children import rows
from tests.system.partnership import HOME, PARTNERSHIP, Partnership
from tests.system.site import BIN, Site
from tests.system.until import until


def run(program: str, *arguments: object) -> Any:
    ran = subprocess.run(
        [str(BIN / program), *map(str, arguments), "--json"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, f"{program} {arguments[:3]}: {ran.stdout}{ran.stderr}"
    return json.loads(ran.stdout)


def pin_apart(seaton: Partnership) -> None:
    """Every site pins the gateway in a file of its own, as at another organisation."""
    shared = seaton.folder / "gateway" / "gateway-public.json"
    for site in seaton.sites.values():
        shutil.copyfile(shared, pinned(site))
        text = site.settings_file.read_text("utf-8")
        site.settings_file.write_text(text.replace(str(shared), str(pinned(site))), "utf-8")


def pinned(site: Site) -> Path:
    return site.folder / "gateway.public.json"


def told(seaton: Partnership, children: int) -> None:
    """Every notice accepted and settled, every side shown every connection once, and nothing refused on the way."""
    for site in seaton.sites.values():
        site.wait_until_settled(settled=children)
        until(lambda site=site: site.told() == {"made": children}, f"{site.name} to be told", site.describe)  # type: ignore[misc]
        assert site.rows("SELECT count(*) FROM dead_letter") == [(0,)]
    until(seaton.register.is_told, "every alert to be receipted", seaton.register.alerts)
    assert seaton.register.notices() == 2 * children
    assert seaton.register.audit("message-refused") == 0


def state_for_all(seaton: Partnership, children: int) -> None:
    for site in seaton.sites.values():
        site.state(rows(*range(children)))


def restart_gateway(seaton: Partnership) -> None:
    seaton.gateway.stop()
    seaton.start_gateway()


def rotate(seaton: Partnership, *step: str) -> Any:
    return run("patchwork", "keys", "rotate", *step, "--settings", seaton.settings_file)


def test_the_gateways_keys_rotate_and_what_is_on_its_way_arrives(tmp_path: Path) -> None:
    with Partnership(tmp_path, https=("school", "health")) as seaton:
        pin_apart(seaton)
        school, health = seaton.sites.values()
        old = load_gateway_keys(seaton.settings.keys_dir).public
        seaton.start()
        state_for_all(seaton, 2)
        told(seaton, 2)

        following = rotate(seaton, "--begin")
        restart_gateway(seaton)
        # The school's program hears of it; the health service's is away, and its alerts wait in its inbox, signed with the old key.
        school.program.stop()
        health.program.stop()
        school.state(rows(*range(4)))
        health.state(rows(*range(4)))
        run("patchwork-connector", "publish", "--settings", health.settings_file)
        school.program.start()
        until(lambda: pinned(school).with_name("gateway.public.json.also").exists(), "the school to pin the next key")
        until(lambda: school.told() == {"made": 4}, "the school to be told", school.describe)
        assert load_public(pinned(school)) == old, "it is not current yet"
        until(lambda: seaton.register.audit("alert-sent") == 8, "the alerts to be on their way")

        # The school's program asks every hour only: what it states while the gateway changes is sealed to the old key.
        seaton.gateway.stop()
        school.state(rows(*range(6)))
        until(lambda: sum(school.outbox().values()) == 6, "the school to state more", school.describe)
        rotate(seaton, "--finish", "--early")
        new = load_gateway_keys(seaton.settings.keys_dir).public
        assert (new.signing.id.value, new.encryption.id.value) == (following["signing"], following["encryption"])
        seaton.start_gateway()
        health.state(rows(*range(6)))
        health.program.start()
        told(seaton, 6)
        assert load_public(pinned(school)) == old, "the school has written to the old key until now"
        until(lambda: load_public(pinned(health)) == new, "the health service to pin the new keys", health.describe)
        school.program.stop()
        school.program.start()
        until(lambda: load_public(pinned(school)) == new, "the school to pin the new keys", school.describe)


def enrolled(seaton: Partnership, site: Site) -> Place:
    """As if the site had come by an invitation: the same keys, with a TLS key and the papers of an enrolment at both sides."""
    place, connector = Place(site.folder), ConnectorId(site.name)
    public = load_public(place.keys / "public.json")
    tls = make_tls_key(place.keys / keys_folder.TLS_FILE)
    agency = AgencyId(site.agency)
    made = EnrolmentKeys(connector, ((agency, public.signing),), public.encryption, public_digest(tls.public_key()))
    document = json.dumps(enrolment_keys.document(made)).encode()
    write_public(place.keys / keys_folder.ENROLMENT_FILE, document)
    invitation = MessageId("6f1f8a52-5d0c-4a1e-9c52-0a4b7a6f2d11")
    url = f"http://127.0.0.1:{seaton.port}"
    enrolment_state.save(
        place,
        Enrolment(
            invitation, url, None, PARTNERSHIP, Mode.TRIAL, GatewayId(HOME), connector, (agency,), "https", None, True
        ),
    )
    with opened_office(seaton.settings_file) as (_, office), office.store.write() as unit:
        now = office.clock.now()
        held = unit.trust.connector(connector)
        assert held is not None
        unit.trust.update_connector(replace(held, signing=(AgencyKey(agency, public.signing, now),)))
        unit.enrolments.add_request(EnrolmentRequest(connector, invitation, made, write_request(connector, tls), now))
    return place


def test_a_running_connector_rotates_its_keys_under_traffic_and_loses_nothing(tmp_path: Path) -> None:
    with Partnership(tmp_path, https=("school", "health")) as seaton:
        pin_apart(seaton)
        school, health = seaton.sites.values()
        place = enrolled(seaton, school)
        before = load_public(place.keys / "public.json")
        seaton.start()
        state_for_all(seaton, 3)
        told(seaton, 3)
        run("patchwork-connector", "keys", "rotate", "--folder", school.folder)
        # Restarted, as the command says, while the other side goes on stating: the program opens what is sealed to either key.
        health.state(rows(*range(6)))
        school.program.stop()
        school.program.start()
        school.state(rows(*range(6)))
        run("patchwork-connector", "keys", "rotate", "--hand-over", "--folder", school.folder)
        after = load_public(place.keys / "public.json")
        assert (after.signing != before.signing, after.encryption != before.encryption) == (True, True)
        # The program still signs with the old key, which is good for the overlap, and is written to with the new.
        state_for_all(seaton, 8)
        told(seaton, 8)
        school.program.stop()
        health.state(rows(*range(10)))
        school.program.start()
        school.state(rows(*range(10)))
        told(seaton, 10)
        assert seaton.register.audit("keys-rotated") == 1
