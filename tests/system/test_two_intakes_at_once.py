"""Two gateway processes take in, at the same instant, the first two records of one person: they always link, hundreds of times."""

import multiprocessing
from dataclasses import replace
from datetime import date, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path

from connectors.channel.port import Parcel
from gateway.bench.world import World
from gateway.store.migration import upgrade
from gateway.store.sql_store import open_store
from identity.agency.keys import PrivateKeys, generate, load_decryption, load_signing, save_private
from mappings.canonical.codes import MessageKind
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.person import Address, PartialDate, Person
from mappings.fhir import notice_bundle
from tests.spec.people import MAYA
from tests.thorough import at_length

HERE = AgencyId("urn:patchwork:seaton:here")
THERE = AgencyId("urn:patchwork:seaton:there")
ROUNDS = at_length(200, 2_000)
DATA_KEY, PEPPER = bytes(range(32)), bytes(32)
FIRST_NAMES = ("Ada", "Bea", "Cai", "Dov", "Eli", "Fay", "Gus", "Hal", "Ivy", "Jem")
FAMILY_NAMES = ("Lund", "Okafor", "Pryce", "Quill", "Rowe", "Stagg", "Tull", "Upton", "Vance", "Wren")


def child(number: int) -> Person:
    """A person like no other: one of a hundred names, a birth date and an address of their own."""
    born = date(2009, 1, 2) + timedelta(days=3 * number)
    return replace(
        MAYA,
        local_id=f"child-{number}",
        given=(FIRST_NAMES[number % 10],),
        family=FAMILY_NAMES[number // 10 % 10],
        birth_date=PartialDate.of(born),
        addresses=(Address((f"{number + 1} Example Road",), "Seaton", f"ZZ{number % 9 + 1} {number // 9 % 9 + 1}AA"),),
        identifiers=(),
    )


def take_in(url: str, keys: Path, sealed: list[bytes], start: Barrier) -> None:
    """One gateway process: a notice a round, all rounds begun together with the other process."""
    store = open_store(url, DATA_KEY)
    private = PrivateKeys(load_signing(keys / "signing.json"), load_decryption(keys / "decryption.json"))
    intake = World(store, keys=private, pepper_key=PEPPER).intake()
    for parcel in sealed:
        start.wait(timeout=60)
        if intake.take_in([Parcel("", parcel)]) != 1:
            raise SystemExit(3)
    store.close()


def test_two_new_records_of_one_person_always_meet(postgresql_url: str, tmp_path: Path) -> None:
    upgrade(postgresql_url)
    store = open_store(postgresql_url, DATA_KEY)
    keys = generate()
    save_private(tmp_path / "signing.json", keys.signing)
    save_private(tmp_path / "decryption.json", keys.decryption)
    world = World(store, keys=keys, pepper_key=PEPPER)
    joined = [world.join(HERE), world.join(THERE)]
    world.agree(HERE, THERE)
    said = [[counterpart.notice(child(number)) for number in range(ROUNDS)] for counterpart in joined]
    sealed = [
        [counterpart.seal(MessageKind.NOTICE, notice.id, notice_bundle.write(notice)) for notice in notices]
        for counterpart, notices in zip(joined, said, strict=True)
    ]
    # The processes' clocks stand where the world's does, so the envelopes are fresh for them too.
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(2)
    processes = [context.Process(target=take_in, args=(postgresql_url, tmp_path, part, start)) for part in sealed]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=240)
    assert [process.exitcode for process in processes] == [0, 0]
    with store.read() as uow:
        counts = uow.counts()
    store.close()
    assert (counts["records"], counts["people"], counts["connections"]) == (2 * ROUNDS, ROUNDS, ROUNDS)
