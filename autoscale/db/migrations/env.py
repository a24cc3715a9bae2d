"""Run by alembic; the connection is always given, by db/migration.py."""

from alembic import context

from autoscale.db import tables

context.configure(
    connection=context.config.attributes['connection'],
    target_metadata=tables.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
