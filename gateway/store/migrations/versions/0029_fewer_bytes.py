"""Fewer bytes a record: the keys of the index as 32 bits, how they begin beside each record as a coded set, the epochs of its evidence as a number,
and of each link one entry by its record instead of two.

What is indexed is shortened as it stands, without a pepper: the shorter key is the beginning of the longer one. What stands beside a record is
the beginning of either. Then all of it is noted as to be indexed anew, because keys are made of shorter tokens from now on, and those are sealed.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from gateway.store.key_heads import heads
from gateway.store.posting_page import FIRST, Posting, all_parted, read

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SHIFT, _HEAD = 8, 3
_PAGES, _ROWS = 1_000, 5_000
_OVER = sa.text("valid_to IS NOT NULL")


def upgrade() -> None:
    bind = op.get_bind()
    _shorten_index(bind)
    _code_heads(bind)
    op.create_table(
        "record_epochs",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("names", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_record_epochs")),
        sa.UniqueConstraint("names", name=op.f("uq_record_epochs_names")),
    )
    op.execute(
        "INSERT INTO record_epochs (names) SELECT DISTINCT epochs FROM person_record WHERE epochs IS NOT NULL ORDER BY epochs"
    )
    if bind.dialect.name == "postgresql":
        _number_epochs_on_server()
    else:
        _number_epochs_in_file(bind)
    op.drop_index(op.f("ix_link_record_id"), table_name="link")
    op.create_index("ix_link_closed_record", "link", ["record_id"], sqlite_where=_OVER, postgresql_where=_OVER)
    # The gateway indexes everything anew before it takes anything in (`gateway.keys.renewal`), by which evidence is sealed in the shorter form too.
    op.execute(
        "UPDATE register SET index_stale = true, records_after = 0, involvements_after = 0"
        " WHERE EXISTS (SELECT 1 FROM person_record) OR EXISTS (SELECT 1 FROM relation)"
    )


def _shorten_index(bind: sa.Connection) -> None:
    op.rename_table("posting_page", "posting_page_before")
    if bind.dialect.name == "postgresql":
        op.execute("ALTER INDEX pk_posting_page RENAME TO pk_posting_page_before")
    op.create_table(
        "posting_page",
        sa.Column("key", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("record_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", "record_id", name=op.f("pk_posting_page")),
        sqlite_with_rowid=False,
        postgresql_with={"fillfactor": 80},
    )
    write = sa.text("INSERT INTO posting_page (key, record_id, entries) VALUES (:key, :record, :entries)")
    for pages in all_parted(_postings(bind)):
        bind.execute(
            write, [{"key": each.start[0], "record": each.start[1], "entries": each.write()} for each in pages]
        )
    op.drop_table("posting_page_before")


def _postings(bind: sa.Connection) -> Iterator[list[Posting]]:
    """In the order of the longer keys, so that those whose shorter ones are alike stand together, not yet by record."""
    some = sa.text(
        "SELECT key, record_id, entries FROM posting_page_before WHERE (key, record_id) > (:key, :record)"
        " ORDER BY key, record_id LIMIT :limit"
    )
    after = (FIRST[0] - 1, 0)
    while found := bind.execute(some, {"key": after[0], "record": after[1], "limit": _PAGES}).all():
        after = (found[-1].key, found[-1].record_id)
        pages = [read((row.key, row.record_id), bytes(row.entries)) for row in found]
        if shorter := [(key >> _SHIFT, record) for page in pages for key, record in page.postings()]:
            yield shorter


def _code_heads(bind: sa.Connection) -> None:
    some = sa.text("SELECT id, index_keys FROM person_record WHERE id > :after ORDER BY id LIMIT :limit")
    note = sa.text("UPDATE person_record SET index_keys = :coded WHERE id = :record")
    after = 0
    while found := bind.execute(some, {"after": after, "limit": _ROWS}).all():
        after = found[-1].id
        if rows := [{"record": row.id, "coded": _coded(bytes(row.index_keys))} for row in found if row.index_keys]:
            bind.execute(note, rows)


def _coded(held: bytes) -> bytes:
    """Of numbers of four bytes the first three were held; further than those a beginning never goes."""
    return heads(int.from_bytes(held[at : at + _HEAD]) << 8 for at in range(0, len(held), _HEAD))


def _number_epochs_on_server() -> None:
    op.add_column("person_record", sa.Column("number", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE person_record SET number = e.number FROM record_epochs AS e WHERE e.names = person_record.epochs"
    )
    op.drop_column("person_record", "epochs")
    op.alter_column("person_record", "number", new_column_name="epochs")
    op.create_foreign_key(op.f("fk_person_record_epochs"), "person_record", "record_epochs", ["epochs"], ["number"])


def _number_epochs_in_file(bind: sa.Connection) -> None:
    """SQLite changes no column: the table is made anew, as by migration 0026."""
    given = bind.execute(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'person_record'")).scalar()
    op.create_table(
        "person_record_carried",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.Integer(), nullable=False),
        sa.Column("person_ref", sa.LargeBinary(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False),
        sa.Column("epochs", sa.Integer(), nullable=True),
        sa.Column("index_keys", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["agency"], ["record_agency.number"], name=op.f("fk_person_record_agency")),
        sa.ForeignKeyConstraint(["epochs"], ["record_epochs.number"], name=op.f("fk_person_record_epochs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_record")),
        sa.UniqueConstraint("agency", "person_ref", name=op.f("uq_person_record_agency_person_ref")),
        sqlite_autoincrement=True,
    )
    op.execute(
        "INSERT INTO person_record_carried (id, agency, person_ref, evidence, epochs, index_keys)"
        " SELECT r.id, r.agency, r.person_ref, r.evidence, e.number, r.index_keys"
        " FROM person_record AS r LEFT JOIN record_epochs AS e ON e.names = r.epochs ORDER BY r.id"
    )
    op.drop_table("person_record")
    op.rename_table("person_record_carried", "person_record")
    if given is not None:
        # No number is ever given twice, not even that of a record that is gone.
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'person_record'")
        bind.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('person_record', :seq)"), {"seq": given})
