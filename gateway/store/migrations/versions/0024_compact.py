"""The index over records as packed pages instead of a row a posting, its keys as 40 bits; and beside each record its keys as short.

What is indexed already is shortened as it stands: the shorter key is the beginning of the longer one.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from gateway.store.posting_page import FIRST, Page, Posting, parted

revision = "0024"
down_revision = "0027"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SHIFT, _WIDE, _SHORT = 7, 6, 5
_AT_ONCE = 50_000
_PAGE = 5_000


def upgrade() -> None:
    bind = op.get_bind()
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


def _pack(bind: sa.Connection) -> None:
    write = sa.text("INSERT INTO posting_page (key, record_id, entries) VALUES (:key, :record, :entries)")
    start: Posting = FIRST
    held: list[Posting] = []
    for some in _postings(bind):
        postings = sorted({*held, *some})
        # Of the last key there may be more to come.
        last = postings[-1][0]
        held = [each for each in postings if each[0] == last]
        if whole := postings[: -len(held)]:
            _insert(bind, write, parted(start, whole))
            start = (last, 0)
    if held:
        _insert(bind, write, parted(start, held))


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
    return b"".join(number.to_bytes(_SHORT) for number in dict.fromkeys(numbers))
