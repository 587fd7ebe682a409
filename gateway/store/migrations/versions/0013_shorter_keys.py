"""Index keys as one number each instead of a kind and sixteen bytes, and beside each record's evidence the numbers under which it is found,
instead of a second index over all of them.

What is indexed already is shortened as it stands: the shorter key is the beginning of the longer one.
"""

from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BYTES, _BITS = 6, 45
_ON_SERVER = f"('x' || encode(substr(key, 1, {_BYTES}), 'hex'))::bit({8 * _BYTES})::bigint"
# SQLite reads no hexadecimal: digit by digit.
_IN_FILE = " + ".join(
    f"((instr('0123456789ABCDEF', substr(hex(key), {place + 1}, 1)) - 1) << {4 * (2 * _BYTES - 1 - place)})"
    for place in range(2 * _BYTES)
)
_PAGE = 5_000


def upgrade() -> None:
    bind = op.get_bind()
    whole, kind = (_ON_SERVER, "kind::bigint") if bind.dialect.name == "postgresql" else (_IN_FILE, "kind")
    number = f"({kind} << {_BITS}) | (({whole}) >> {8 * _BYTES - _BITS})"
    op.execute(f"CREATE TABLE record_key_carried AS SELECT DISTINCT {number} AS key, record_id FROM record_key")  # noqa: S608 - our own words
    op.drop_table("record_key")
    op.create_table(
        "record_key",
        sa.Column("key", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("record_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["person_record.id"], name=op.f("fk_record_key_record_id")),
        sa.PrimaryKeyConstraint("key", "record_id", name=op.f("pk_record_key")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO record_key (key, record_id) SELECT key, record_id FROM record_key_carried ORDER BY key, record_id"
    )
    op.execute("CREATE INDEX record_key_carried_record ON record_key_carried (record_id)")
    op.add_column("person_record", sa.Column("index_keys", sa.LargeBinary(), nullable=True))
    _note_keys(bind)
    op.drop_table("record_key_carried")


def _note_keys(bind: sa.Connection) -> None:
    carried = sa.text(
        "SELECT record_id, key FROM record_key_carried"
        " WHERE record_id > :after AND record_id <= :after + :page ORDER BY record_id, key"
    )
    note = sa.text("UPDATE person_record SET index_keys = :packed WHERE id = :record")
    last = bind.execute(sa.text("SELECT coalesce(max(record_id), 0) FROM record_key_carried")).scalar_one()
    for after in range(0, last, _PAGE):
        found = bind.execute(carried, {"after": after, "page": _PAGE}).all()
        packed = [
            {"record": record, "packed": b"".join(row.key.to_bytes(_BYTES, "big") for row in rows)}
            for record, rows in groupby(found, key=lambda row: row.record_id)
        ]
        if packed:
            bind.execute(note, packed)
