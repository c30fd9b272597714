"""what is known of a channel's health, channels that were removed, and message templates"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TENANT = "nullif(current_setting('hilo.organization_id', true), '')::bigint"


def upgrade() -> None:
    for column in ("heard_at", "sent_at", "verified_at", "templates_read_at", "removed_at"):
        op.add_column("channel", sa.Column(column, sa.DateTime(timezone=True)))
    op.drop_constraint("uq_channel_kind_account", "channel")
    connected = sa.text("removed_at IS NULL")
    op.create_index("uq_channel_connected", "channel", ["kind", "account"], unique=True, postgresql_where=connected)
    op.create_table(
        "message_template",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("waba", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("category", sa.String(), server_default="UTILITY", nullable=False),
        sa.Column("status", sa.String(), server_default="not_submitted", nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("quality", sa.String(), nullable=True),
        sa.Column("components", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("own", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(
            "status IN ('not_submitted', 'pending', 'approved', 'rejected', 'paused', 'disabled')",
            name=op.f("ck_message_template_status"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_message_template_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_template")),
        sa.UniqueConstraint(
            "organization_id",
            "waba",
            "name",
            "language",
            name=op.f("uq_message_template_organization_id_waba_name_language"),
        ),
    )
    op.execute("ALTER TABLE message_template ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant ON message_template TO hilo_app "
        f"USING (organization_id = {TENANT}) WITH CHECK (organization_id = {TENANT})"
    )
    op.execute("CREATE POLICY spine ON message_template TO hilo_spine USING (true) WITH CHECK (true)")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON message_template TO hilo_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON message_template TO hilo_spine")  # Meta's webhooks
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hilo_app, hilo_spine")


def downgrade() -> None:
    raise RuntimeError("Migrations only go forward: restore a backup instead.")
