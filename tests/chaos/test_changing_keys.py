"""Linkage key, pepper and data key are rotated under running programs: no link is lost, none is invented, and what was on its way arrives."""

import json
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from connectors.keys.retired_epochs import SUFFIX
from gateway.app import build_facts, secret_place
from gateway.keys.epoch_relay import RELAY, relay_content
from gateway.keys.epoch_retirement import RETIRE, retire_content
from gateway.settings import load_settings
from identity.agency.keys import load_public
from identity.custody import folder as custody
from identity.custody.addressed_epoch import address
from mappings.canonical.codes import Mode
from tests.chaos.test_rotation import run
from tests.system.children import rows
from tests.system.partnership import PARTNERSHIP, Partnership
from tests.system.site import Site
from tests.system.until import until


def know_the_keyholder(seaton: Partnership) -> None:
    """The gateway takes nothing for the keyholder's that is not signed with this key."""
    with seaton.settings_file.open("a") as settings:
        settings.write(f'keyholder_public_file = "{seaton.folder / "keyholder.json"}"\n')
    seaton.settings = load_settings(seaton.settings_file, {})


def keyholder(seaton: Partnership, *words: object) -> Any:
    return run("patchwork-keyholder", *words, "--dir", seaton.folder / "keyholder")


def hand_on(seaton: Partnership, epoch: str) -> None:
    """The keyholder seals the epoch to every connector; the registrar passes it on."""
    place, signer = seaton.folder / "keyholder", seaton.keyholder
    for site in seaton.sites.values():
        sealed = seaton.folder / f"{site.name}.relay"
        sealed.write_bytes(
            address(custody.epoch(place, epoch), load_public(site.folder / "keys" / "public.json"), signer)
        )
        content = partial(relay_content, file=sealed, connector=site.name, facts=build_facts(seaton.settings))
        seaton.carry_out(RELAY, content)


def retire(seaton: Partnership, epoch: str) -> None:
    word, signer = seaton.folder / "epochs.jws", seaton.keyholder
    keyholder(seaton, "epoch", "retire", epoch, "-o", word)
    content = partial(retire_content, file=word, keyholder=signer.public, mode=Mode.TRIAL, losing={})
    seaton.carry_out(RETIRE, content)


def fully_covered(seaton: Partnership) -> list[str]:
    """The epochs under which every live record has evidence, as the registrar is shown them."""
    answer = run("patchwork", "epoch", "coverage", "--settings", seaton.settings_file)
    return [str(epoch) for epoch in answer["full"]]


def under(seaton: Partnership, site: Site) -> Counter[frozenset[str]]:
    """How many of the site's records have evidence under which epochs."""
    found = seaton.register.rows(
        "SELECT e.names, count(*) FROM person_record AS r JOIN record_agency AS a ON a.number = r.agency"
        f" JOIN record_epochs AS e ON e.number = r.epochs WHERE a.agency = '{site.agency}' GROUP BY 1"
    )
    return Counter({frozenset(json.loads(epochs)): count for epochs, count in found})


def held(site: Site) -> set[str]:
    return {path.name.removesuffix(SUFFIX) for path in (site.folder / "epochs").glob(f"*{SUFFIX}")}


def connections(seaton: Partnership) -> set[tuple[str, str, str]]:
    return set(seaton.register.rows("SELECT id, spoken_reference, state FROM connection"))  # type: ignore[arg-type]


def shown(seaton: Partnership, expected: dict[str, int]) -> None:
    """Every side was shown so many connections, each once, and nothing else; nothing was refused, nothing waits."""
    for name, count in expected.items():
        site = seaton.sites[name]
        until(lambda site=site, count=count: site.told() == {"made": count}, f"{name} to be told", site.describe)  # type: ignore[misc]
        until(site.is_quiet, f"{name} to be quiet", site.describe)
        assert len(set(site.alerts())) == count
        assert site.rows("SELECT count(*) FROM dead_letter") == [(0,)]
    until(seaton.register.is_told, "every alert to be receipted", seaton.register.alerts)
    assert seaton.register.audit("message-refused") == 0


def test_a_partnership_goes_from_one_linkage_key_to_the_next_and_nobody_is_lost(tmp_path: Path) -> None:
    with Partnership(tmp_path, https=("school", "health", "clinic")) as seaton:
        know_the_keyholder(seaton)
        school, health, clinic = seaton.sites.values()
        old = seaton.epoch.id
        for site in seaton.sites.values():
            site.state(rows(*range(4)))
        seaton.start_gateway()
        for site in seaton.sites.values():
            site.program.start(site.asking())
        shown(seaton, {"school": 8, "health": 8, "clinic": 8})
        before = connections(seaton)
        # What the clinic's system says comes once, as events do: there is nothing to read again.
        clinic.export.unlink()

        # The health service goes away with notices under the old key that have not left yet.
        seaton.gateway.stop()
        health.state(rows(*range(6)))
        until(lambda: health.outbox()["pending"] == 2, "the health service to state two more", health.describe)
        health.program.stop()
        seaton.start_gateway()

        # A new key is handed on; programs that run come to it by themselves.
        new = str(keyholder(seaton, "epoch", "new", "--partnership", PARTNERSHIP, "--mode", "trial")["epoch"])
        hand_on(seaton, new)
        until(lambda: {old, new} == held(school) == held(clinic), "the programs to follow", clinic.describe)
        school.state(rows(*range(6)))
        both = frozenset({old, new})
        for site, live in ((clinic, 4), (school, 6)):
            stated = partial(under, seaton, site)
            until(lambda stated=stated, live=live: stated() == {both: live}, f"{site.name} to state both", stated)  # type: ignore[misc]
        assert fully_covered(seaton) == [old], "the health service is not there yet"
        health.program.start(health.asking())
        until(lambda: under(seaton, health) == {both: 6}, "health to state both", health.describe)
        assert set(fully_covered(seaton)) == both
        shown(seaton, {"school": 10, "health": 10, "clinic": 8})
        assert before <= connections(seaton), "every connection stays, with its names"

        # The old key retires while notices under both are on their way.
        seaton.gateway.stop()
        school.state(rows(*range(8)))
        until(lambda: school.outbox()["pending"] == 2, "the school to state two more", school.describe)
        retire(seaton, old)
        seaton.start_gateway()
        for site in seaton.sites.values():
            until(lambda site=site: held(site) == {new}, f"{site.name} to let go of the old key", site.describe)  # type: ignore[misc]
        until(lambda: seaton.register.audit("epoch-dropped") == 1, "the old evidence to be dropped")
        assert seaton.register.rows(
            "SELECT DISTINCT names FROM person_record JOIN record_epochs ON number = epochs"
        ) == [(json.dumps([new]),)]
        health.state(rows(*range(8)))
        shown(seaton, {"school": 12, "health": 12, "clinic": 8})
        assert before <= connections(seaton)
        assert Counter(state for _, _, state in connections(seaton)) == {"live": 4 * 3 + 4}
        assert seaton.register.numbers() == (20, 8, 16, 16)
        assert seaton.register.audit("notice-accepted") == seaton.register.notices()


def records_after(seaton: Partnership) -> int | None:
    """The last record that was renewed; None where nothing is being renewed."""
    ((last,),) = seaton.register.rows("SELECT records_after FROM register")
    return None if last is None else int(last)


def settled(seaton: Partnership) -> bool:
    """Whether the next secrets have taken the places of the former."""
    return not list(seaton.settings.pepper_file.parent.glob("*.next"))


def test_pepper_and_data_key_are_rotated_under_traffic_and_through_the_death_of_the_gateway(tmp_path: Path) -> None:
    with Partnership(tmp_path, https=("school", "health"), lifetime_seconds=5) as seaton:
        seaton.start_gateway(seaton.launcher("half way through a renewal"))
        children = 5
        for site in seaton.sites.values():
            site.state(rows(*range(children)))
            site.program.start(site.hurried())
        shown(seaton, {"school": children, "health": children})
        before, place = connections(seaton), secret_place(seaton.settings)
        was = {"pepper": place.pepper.current(), "data-key": place.data_key.current()}
        for command, secret in (("rotate-pepper", "pepper"), ("rotate-data-key", "data-key")):
            begun = run("patchwork", "keys", command, "--settings", seaton.settings_file)
            assert begun["rotating"] == [secret]
            # A new child comes to one side while the gateway dies, and to the other when it is back.
            children += 1
            seaton.sites["school"].state(rows(*range(children)))
            seaton.gateway.wait_until_killed()
            assert records_after(seaton) is not None, "it died half way"
            seaton.start_gateway(seaton.launcher("-"))
            seaton.sites["health"].state(rows(*range(children)))
            shown(seaton, {"school": children, "health": children})
            until(lambda: records_after(seaton) is None, "the rest to be renewed", seaton.gateway.last_words)
            until(lambda: settled(seaton), "the files to be in their places", seaton.gateway.last_words)
            if secret == "pepper":
                seaton.gateway.stop()
                seaton.start_gateway(seaton.launcher("half way through a renewal"))
        assert was["pepper"] != place.pepper.current()
        assert was["data-key"] != place.data_key.current()
        assert seaton.register.audit("secret-rotated") == 2
        assert before <= connections(seaton), "every connection stays, with its names"
        assert seaton.register.numbers() == (2 * children, children, children, children)
