"""push: the staff's devices that are told, what they are to be told, and that somebody was named in a note"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TENANT = "nullif(current_setting('hilo.organization_id', true), '')::bigint"
# As in 0007: the owner writes events, of which only those the organization listens to are kept.
MENTIONED = """
CREATE FUNCTION hilo_event_mention_insert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    INSERT INTO event (organization_id, kind, subject_id, at)
    SELECT DISTINCT c.organization_id, 'member_mentioned', c.message_id, m.at
    FROM changed c JOIN message m ON m.id = c.message_id JOIN organization o ON o.id = c.organization_id
    WHERE 'member_mentioned' = ANY (o.listens);
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("login_session_id", sa.BigInteger(), nullable=True),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("p256dh", sa.LargeBinary(), nullable=False),
        sa.Column("auth", sa.LargeBinary(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("language", sa.String(), server_default="es", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_push_subscription_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_push_subscription_member_id_member")),
        sa.ForeignKeyConstraint(
            ["login_session_id"],
            ["login_session.id"],
            name=op.f("fk_push_subscription_login_session_id_login_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscription_endpoint")),
    )
    for column in ("member_id", "organization_id", "login_session_id"):
        op.create_index(op.f(f"ix_push_subscription_{column}"), "push_subscription", [column])
    op.create_table(
        "push_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("'epoch'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["push_subscription.id"],
            name=op.f("fk_push_message_subscription_id_push_subscription"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_message")),
    )
    op.create_index(op.f("ix_push_message_due_at_id"), "push_message", ["due_at", "id"])
    op.create_index(op.f("ix_push_message_subscription_id_topic"), "push_message", ["subscription_id", "topic"])
    for table in ("push_subscription", "push_message"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {table} TO hilo_app "
            f"USING (organization_id = {TENANT}) WITH CHECK (organization_id = {TENANT})"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO hilo_app")
    op.execute("CREATE POLICY spine ON push_message TO hilo_spine USING (true)")  # it finds what is due
    op.execute("GRANT SELECT ON push_message TO hilo_spine")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hilo_app")
    op.execute(MENTIONED)
    op.execute(
        "CREATE TRIGGER mention_insert_kept AFTER INSERT ON mention REFERENCING NEW TABLE AS changed "
        "FOR EACH STATEMENT EXECUTE FUNCTION hilo_event_mention_insert()"
    )


def downgrade() -> None:
    raise RuntimeError("Migrations only go forward: restore a backup instead.")
