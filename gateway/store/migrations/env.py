"""What Alembic runs: the migrations on the connection, and in the transaction, that `gateway.store.migration` hands
over."""

from alembic import context

# The tables add themselves to the metadata when they are imported.
import gateway.store.access_tables
import gateway.store.alarm_tables
import gateway.store.answer_tables
import gateway.store.audit_tables
import gateway.store.disclosure_tables
import gateway.store.enrolment_tables
import gateway.store.introduction_table
import gateway.store.merge_table
import gateway.store.probe_table
import gateway.store.protected_tables
import gateway.store.queue_tables
import gateway.store.relation_tables
import gateway.store.review_tables
import gateway.store.rollout_tables
import gateway.store.tables
import gateway.store.withholding_tables  # noqa: F401
from gateway.store.metadata import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can roll back schema changes; Alembic believes otherwise because the driver's own transactions used not to.
    transactional_ddl=True,
    render_as_batch=False,
)
with context.begin_transaction():
    context.run_migrations()
