"""How an agency comes on board in a soak: invited, enrolled with keys of its own, approved and sent live by two, given the linkage key, started.

By the functions that the command lines call, over the gateway's real HTTP.
"""

from connectors import enrol
from connectors.enrol import Newcomer
from connectors.running.shared_parts import utc_now
from gateway.app import build_facts, opened_office
from gateway.enrolment.approval import APPROVE, approval_content
from gateway.enrolment.invitations import INVITE, Wanted, invitation_content, token_of
from gateway.keys.epoch_relay import RELAY, relay_content
from gateway.trust.capability_setting import LIMIT_CONNECTOR, limits_content
from gateway.trust.lifecycle import GO_LIVE_CONNECTOR, move_content
from identity.agency.enrolment_keys import fingerprint
from identity.agency.keys import load_public
from identity.custody.addressed_epoch import address
from mappings.canonical.codes import ServiceLine
from tests.soak.town import BASIS, CARRIERS, Town
from tests.system.site import Site


def come(town: Town, name: str) -> Site:
    """Everything up to the settings; the connector is not started yet."""
    site = Site(name, town.folder / name)
    place = town.place(site)
    content, secret = invitation_content(Wanted(name, (site.agency,), CARRIERS[name]), utc_now())
    token = token_of(town.sign(INVITE, content), secret, build_facts(town.settings), town.url)
    keys = enrol.begin(place, token, Newcomer(((name.title(), ServiceLine.SCHOOL),)), utc_now)
    relay = site.folder / "epoch.relay"
    with opened_office(town.settings_file) as (_, office):
        approval = approval_content(office, name, fingerprint(keys))
    town.sign(APPROVE, approval)
    # The exports speak of many services, whatever kind of agency a site plays.
    town.sign(LIMIT_CONNECTOR, limits_content(name, [f"services={','.join(ServiceLine)}", "per_minute=100000"]))
    relay.write_bytes(address(town.epoch, load_public(place.keys / "public.json"), town.keyholder))
    with opened_office(town.settings_file) as (_, office):
        passed_on = relay_content(office, relay, name, build_facts(town.settings))
    town.sign(RELAY, passed_on)
    town.sign(GO_LIVE_CONNECTOR, move_content(name, "its trial went well"))
    progress = enrol.resume(place, town.keyholder_fingerprint, utc_now)
    assert progress.missing == (), progress.missing
    site.complete(BASIS, town.agreement_of(name), resend_after_seconds=3)
    with site.settings_file.open("a", encoding="utf-8") as settings:
        # In a town this small a few who move away together are a large share.
        settings.write("mass_vanish_share = 0.9\n")
    town.sites[name] = site
    return site
