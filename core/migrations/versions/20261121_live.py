"""what changed is told at commit to every process that has a page open"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# A notification holds 8,000 bytes: a few hundred ids go into each.
TELL = """
CREATE FUNCTION hilo_tell_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE told record;
BEGIN
    FOR told IN EXECUTE
        'SELECT o, array_agg(id) AS ids FROM (SELECT o, id, row_number() OVER () / 400 AS part FROM (SELECT DISTINCT '
        || TG_ARGV[1] || ') x) y GROUP BY o, part'
    LOOP
        PERFORM pg_notify('hilo_changed', json_build_object('o', told.o, 'k', TG_ARGV[0], 'i', told.ids)::text);
    END LOOP;
    RETURN NULL;
END $$
"""
OWN = "organization_id AS o, id FROM changed"
OF_MESSAGE = "organization_id AS o, thread_id AS id FROM changed"
OF_EVENT = "c.organization_id AS o, m.thread_id AS id FROM changed c JOIN message m ON m.id = c.message_id"
TOLD = (
    ("thread", "INSERT", "thread", OWN),
    ("thread", "UPDATE", "thread", OWN),
    ("message", "UPDATE", "thread", OF_MESSAGE),
    ("message_event", "INSERT", "thread", OF_EVENT),
    ("lead", "INSERT", "lead", OWN),
    ("lead", "UPDATE", "lead", OWN),
    ("appointment", "INSERT", "appointment", OWN),
    ("appointment", "UPDATE", "appointment", OWN),
)


def upgrade() -> None:
    op.execute(TELL)
    for table, change, kind, which in TOLD:
        op.execute(
            f"CREATE TRIGGER {table}_{change.lower()}_told AFTER {change} ON {table} REFERENCING NEW TABLE AS changed "
            f"FOR EACH STATEMENT EXECUTE FUNCTION hilo_tell_changed('{kind}', '{which}')"
        )


def downgrade() -> None:
    raise RuntimeError("Migrations only go forward: restore a backup instead.")
