"""The index over records as packed pages instead of a row a posting, its keys as 40 bits; beside each record their first three bytes, its reference
as bytes instead of hexadecimal digits, and its agency as a number.

What is indexed already is shortened as it stands: the shorter key is the beginning of the longer one. Then all of it is noted as to be indexed
anew, because keys are made of shorter tokens from now on, and those are sealed.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from gateway.store.posting_page import Page, Posting, all_parted

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_SMALL = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SHIFT, _WIDE, _SHORT, _HEAD = 7, 6, 5, 3
_AT_ONCE = 50_000
_PAGE = 5_000


def upgrade() -> None:
    bind = op.get_bind()
    _number_agencies()
    op.create_table(
        "posting_page",
        sa.Column("key", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("record_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", "record_id", name=op.f("pk_posting_page")),
        sqlite_with_rowid=False,
        postgresql_with={"fillfactor": 80},
    )
    _pack(bind)
    op.drop_table("record_key")
    _shorten(bind)
    if bind.dialect.name == "postgresql":
        _shorten_names_on_server()
    else:
        _shorten_names_in_file(bind)
    # The pepper makes index keys of shorter tokens from now on: the gateway indexes everything anew before it takes anything in.
    op.add_column("register", sa.Column("index_stale", sa.Boolean(), nullable=True))
    op.execute(
        "UPDATE register SET index_stale = true, records_after = 0, involvements_after = 0"
        " WHERE EXISTS (SELECT 1 FROM person_record) OR EXISTS (SELECT 1 FROM relation)"
    )


def _number_agencies() -> None:
    op.create_table(
        "record_agency",
        sa.Column("number", _SMALL, nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"], name=op.f("fk_record_agency_agency")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_record_agency")),
        sa.UniqueConstraint("agency", name=op.f("uq_record_agency_agency")),
    )
    op.execute("INSERT INTO record_agency (agency) SELECT DISTINCT agency FROM person_record ORDER BY agency")


def _shorten_names_on_server() -> None:
    op.add_column("person_record", sa.Column("number", sa.SmallInteger(), nullable=True))
    op.execute(
        "UPDATE person_record SET number = a.number FROM record_agency AS a WHERE a.agency = person_record.agency"
    )
    op.drop_column("person_record", "agency")
    op.alter_column("person_record", "number", new_column_name="agency", nullable=False)
    op.execute("ALTER TABLE person_record ALTER COLUMN person_ref TYPE bytea USING decode(person_ref, 'hex')")
    op.create_unique_constraint(op.f("uq_person_record_agency_person_ref"), "person_record", ["agency", "person_ref"])
    op.create_foreign_key(op.f("fk_person_record_agency"), "person_record", "record_agency", ["agency"], ["number"])


def _shorten_names_in_file(bind: sa.Connection) -> None:
    """SQLite changes no column: the table is made anew (`gateway.store.migration` sees to it that nothing points at nothing afterwards)."""
    raw = bind.connection.dbapi_connection
    if raw is None:
        raise LookupError("the connection is closed")
    raw.create_function("bytes_of", 1, bytes.fromhex, deterministic=True)
    given = bind.execute(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'person_record'")).scalar()
    op.create_table(
        "person_record_carried",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.Integer(), nullable=False),
        sa.Column("person_ref", sa.LargeBinary(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False),
        sa.Column("epochs", sa.String(), nullable=True),
        sa.Column("index_keys", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["agency"], ["record_agency.number"], name=op.f("fk_person_record_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_record")),
        sa.UniqueConstraint("agency", "person_ref", name=op.f("uq_person_record_agency_person_ref")),
        sqlite_autoincrement=True,
    )
    op.execute(
        "INSERT INTO person_record_carried (id, agency, person_ref, evidence, epochs, index_keys)"
        " SELECT r.id, a.number, bytes_of(r.person_ref), r.evidence, r.epochs, r.index_keys"
        " FROM person_record AS r JOIN record_agency AS a ON a.agency = r.agency ORDER BY r.id"
    )
    op.drop_table("person_record")
    op.rename_table("person_record_carried", "person_record")
    if given is not None:
        # No number is ever given twice, not even that of a record that is gone.
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'person_record'")
        bind.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('person_record', :seq)"), {"seq": given})


def _pack(bind: sa.Connection) -> None:
    write = sa.text("INSERT INTO posting_page (key, record_id, entries) VALUES (:key, :record, :entries)")
    for pages in all_parted(_postings(bind)):
        _insert(bind, write, pages)


def _postings(bind: sa.Connection) -> Iterator[list[Posting]]:
    some = sa.text(
        "SELECT key, record_id FROM record_key WHERE (key, record_id) > (:key, :record)"
        " ORDER BY key, record_id LIMIT :limit"
    )
    after = (-1, 0)
    while found := bind.execute(some, {"key": after[0], "record": after[1], "limit": _AT_ONCE}).all():
        after = (found[-1].key, found[-1].record_id)
        yield [(row.key >> _SHIFT, row.record_id) for row in found]


def _insert(bind: sa.Connection, write: sa.TextClause, pages: list[Page]) -> None:
    bind.execute(write, [{"key": each.start[0], "record": each.start[1], "entries": each.write()} for each in pages])


def _shorten(bind: sa.Connection) -> None:
    some = sa.text("SELECT id, index_keys FROM person_record WHERE id > :after ORDER BY id LIMIT :limit")
    note = sa.text("UPDATE person_record SET index_keys = :short WHERE id = :record")
    after = 0
    while found := bind.execute(some, {"after": after, "limit": _PAGE}).all():
        after = found[-1].id
        rows = [{"record": row.id, "short": _short(bytes(row.index_keys))} for row in found if row.index_keys]
        if rows:
            bind.execute(note, rows)


def _short(held: bytes) -> bytes:
    numbers = [int.from_bytes(held[place : place + _WIDE]) >> _SHIFT for place in range(0, len(held), _WIDE)]
    return b"".join(number.to_bytes(_SHORT)[:_HEAD] for number in dict.fromkeys(numbers))
