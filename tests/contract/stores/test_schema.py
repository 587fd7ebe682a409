"""The schema: made by migrations that agree with the tables, and checked before a register is opened."""

import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from gateway.ports import StoreDown
from gateway.store.engine import database_url
from gateway.store.faults import StoreRefused
from gateway.store.metadata import metadata
from gateway.store.migration import FOLDER, HEAD, current_revision, is_current, upgrade
from gateway.store.sql_store import open_store
from tests.contract.stores.rows import DATA_KEY

assert "intake_queue" in metadata.tables


def _engine(url: str) -> Engine:
    return create_engine(database_url(url))


def test_migrations_and_tables_agree(url: str) -> None:
    engine = _engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        # Alembic compares no CHECK constraints.
        for table in metadata.tables.values():
            named = {str(each.name) for each in table.constraints if type(each).__name__ == "CheckConstraint"}
            assert {each["name"] for each in inspect(connection).get_check_constraints(table.name)} == named
    engine.dispose()


def test_the_newest_migration_is_the_schema_of_this_program(url: str) -> None:
    assert ScriptDirectory(str(FOLDER)).get_heads() == [HEAD]
    assert current_revision(url) == HEAD
    assert is_current(url)


def test_upgrading_again_changes_nothing(url: str) -> None:
    with open_store_named(url) as before:
        pass
    upgrade(url)
    with open_store_named(url) as after:
        assert after == before


def test_an_older_schema_is_refused_with_the_way_out(url: str) -> None:
    engine = _engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    try:
        assert not is_current(url)
        with pytest.raises(StoreRefused, match=r"schema 0000.*patchwork db upgrade"):
            open_store(url, DATA_KEY)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE alembic_version SET version_num = '{HEAD}'"))
        engine.dispose()


def test_a_register_opens_with_the_key_it_was_made_with_only(url: str) -> None:
    open_store(url, DATA_KEY).close()
    with pytest.raises(StoreRefused, match="another data key"):
        open_store(url, bytes(32))
    with pytest.raises(StoreRefused, match="32 bytes"):
        open_store(url, b"short")
    open_store(url, DATA_KEY).close()


def test_an_empty_database_is_refused_with_the_way_out(tmp_path: Path, postgresql_url: str) -> None:
    (tmp_path / "register.db").touch()
    for url in (f"sqlite:///{tmp_path}/register.db", postgresql_url):
        assert current_revision(url) is None
        with pytest.raises(StoreRefused, match="patchwork db upgrade"):
            open_store(url, DATA_KEY)


def test_a_failed_migration_leaves_nothing_half_done(tmp_path: Path, postgresql_url: str) -> None:
    for url in (f"sqlite:///{tmp_path}/register.db", postgresql_url):
        if url.startswith("sqlite"):
            (tmp_path / "register.db").touch()
        engine = _engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE inbox_queue (mine INTEGER)"))
        with pytest.raises(Exception, match="inbox_queue"):
            upgrade(url)
        with engine.connect() as connection:
            assert inspect(connection).get_table_names() == ["inbox_queue"]
        engine.dispose()


def test_an_sqlite_register_is_made_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    url = f"sqlite:///{path}"
    with pytest.raises(StoreRefused, match="patchwork db upgrade"):
        open_store(url, DATA_KEY)
    upgrade(url)
    path.chmod(0o644)
    store = open_store(url, DATA_KEY)
    with store.write() as unit:
        unit.records.new_person()
        files = sorted(tmp_path.iterdir())
        assert [each.name for each in files] == ["register.db", "register.db-shm", "register.db-wal"]
        assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    store.close()


def test_sqlite_is_as_durable_as_it_can_be(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/register.db"
    upgrade(url)
    store = open_store(url, DATA_KEY)
    with store.transactions.register() as transaction:
        found = {
            name: transaction.value(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }
        assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
        assert transaction.value(text("PRAGMA busy_timeout")) == 10_000
    store.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "no url",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=memory&uri=true",
        "mysql://u:secret@h/d",
        "sqlite:///a?b=c",
    ],
)
def test_what_is_no_database_of_ours_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(StoreRefused, match="sqlite:////absolute") as caught:
        open_store(url, DATA_KEY)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "register.db").write_bytes(b"Dear diary, " * 1000)
    with pytest.raises(StoreRefused, match="not a database"):
        open_store(f"sqlite:///{tmp_path}/register.db", DATA_KEY)


def test_a_server_that_does_not_answer_is_down_and_its_password_is_not_told() -> None:
    with pytest.raises(StoreDown) as caught:
        open_store("postgresql://patchwork:hunter2@127.0.0.1:9/register", DATA_KEY)
    assert "hunter2" not in str(caught.value)


class open_store_named:
    """The incarnation of the register at a URL."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __enter__(self) -> str:
        self.store = open_store(self.url, DATA_KEY)
        with self.store.read() as unit:
            return unit.incarnation()

    def __exit__(self, *_: object) -> None:
        self.store.close()
