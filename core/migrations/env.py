"""Runs migrations under a lock and with timeouts, so that a deploy never queues behind, or in front of, the clinic."""

from alembic import context
from sqlalchemy import create_engine, pool, text

from core.tables import METADATA

MIGRATION_LOCK = 4_851_903  # any constant: one migration at a time

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.execute(text("SET statement_timeout = '10min'"))
    connection.commit()
    context.configure(connection=connection, target_metadata=METADATA, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
