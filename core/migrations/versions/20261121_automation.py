"""automations and webhooks: what happens is kept until everything that follows from it is done"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TENANT = "nullif(current_setting('hilo.organization_id', true), '')::bigint"

# As the owner: the spine and the application write events without rights on the table. Only what the organization
# listens to becomes a row. `hilo.depth` is set by whoever does what follows from an event.
KEEP = """
CREATE FUNCTION hilo_event_{table}_{change}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    INSERT INTO event (organization_id, kind, subject_id, contact_id, at, depth)
    SELECT x.organization_id, x.kind, x.subject_id, x.contact_id, x.at,
           coalesce(nullif(current_setting('hilo.depth', true), ''), '0')::smallint
    FROM ({query}) x JOIN organization o ON o.id = x.organization_id
    WHERE x.kind = ANY (o.listens);
    RETURN NULL;
END $$
"""
OF_MESSAGES = """
    SELECT c.organization_id, c.id AS subject_id, NULL::bigint AS contact_id, c.at,
           CASE c.direction WHEN 'in' THEN 'message_received' WHEN 'out' THEN 'message_sent'
                ELSE 'thread_' || (c.content ->> 'code') END AS kind
    FROM changed c WHERE c.seq > 0
"""
OF_NEW_LEADS = """
    SELECT c.organization_id, c.id AS subject_id, c.contact_id, c.created_at AS at, 'lead_created' AS kind FROM changed c
"""
OF_LEADS = """
    SELECT c.organization_id, c.id AS subject_id, c.contact_id, now() AS at,
           CASE WHEN c.stage_id <> b.stage_id THEN 'lead_stage_changed' ELSE 'lead_owner_changed' END AS kind
    FROM changed c JOIN before b ON b.id = c.id
    WHERE c.stage_id <> b.stage_id OR c.owner_id IS DISTINCT FROM b.owner_id
"""
OF_NEW_APPOINTMENTS = """
    SELECT c.organization_id, c.id AS subject_id, c.contact_id, c.created_at AS at,
           CASE c.status WHEN 'confirmed' THEN 'appointment_booked' ELSE 'appointment_' || c.status END AS kind
    FROM changed c
"""
OF_APPOINTMENTS = """
    SELECT c.organization_id, c.id AS subject_id, c.contact_id, now() AS at,
           CASE WHEN c.status = b.status THEN 'appointment_moved'
                WHEN c.status = 'confirmed' THEN 'appointment_booked' ELSE 'appointment_' || c.status END AS kind
    FROM changed c JOIN before b ON b.id = c.id
    WHERE c.status <> b.status OR c.starts_at <> b.starts_at OR c.location_id <> b.location_id
"""
KEPT = (
    ("message", "insert", OF_MESSAGES),
    ("lead", "insert", OF_NEW_LEADS),
    ("lead", "update", OF_LEADS),
    ("appointment", "insert", OF_NEW_APPOINTMENTS),
    ("appointment", "update", OF_APPOINTMENTS),
)


def upgrade() -> None:
    op.add_column(
        "organization",
        sa.Column("listens", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("depth", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("'epoch'"), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_due_at", "event", ["due_at", "id"], postgresql_where=sa.text("error IS NULL"))
    op.create_table(
        "automation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("conditions", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("actions", postgresql.JSONB(), nullable=False),
        sa.Column("pause_hours", sa.Integer(), server_default="0", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_automation_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_automation")),
    )
    op.create_index(op.f("ix_automation_organization_id_event"), "automation", ["organization_id", "event"])
    op.create_table(
        "automation_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("automation_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("outcomes", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["automation_id"],
            ["automation.id"],
            name=op.f("fk_automation_run_automation_id_automation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_automation_run")),
        sa.UniqueConstraint("automation_id", "event_id", name=op.f("uq_automation_run_automation_id_event_id")),
    )
    op.create_index(
        op.f("ix_automation_run_automation_id_contact_id_at"), "automation_run", ["automation_id", "contact_id", "at"]
    )
    op.create_index(op.f("ix_automation_run_at"), "automation_run", ["at"])
    _webhooks()
    for table in ("event", "automation", "automation_run", "webhook", "webhook_delivery"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {table} TO hilo_app "
            f"USING (organization_id = {TENANT}) WITH CHECK (organization_id = {TENANT})"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO hilo_app")
    for table in ("event", "webhook_delivery"):  # the spine finds what is due, in every organization
        op.execute(f"CREATE POLICY spine ON {table} TO hilo_spine USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT ON {table} TO hilo_spine")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hilo_app")
    for table, change, query in KEPT:
        op.execute(KEEP.format(table=table, change=change, query=query))
        tables = "NEW TABLE AS changed" + ("" if change == "insert" else " OLD TABLE AS before")
        op.execute(
            f"CREATE TRIGGER {table}_{change}_kept AFTER {change.upper()} ON {table} REFERENCING {tables} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION hilo_event_{table}_{change}()"
        )


def _webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_webhook_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("'epoch'"), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name=op.f("ck_webhook_delivery_state")),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_delivery_webhook_id_webhook"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_webhook_delivery_due_at", "webhook_delivery", ["due_at"], postgresql_where=waiting)
    op.create_index(op.f("ix_webhook_delivery_webhook_id_id"), "webhook_delivery", ["webhook_id", "id"])


def downgrade() -> None:
    raise RuntimeError("Migrations only go forward: restore a backup instead.")
