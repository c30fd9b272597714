"""service levels: what is due next in a thread; messages scheduled; surveys after a conversation"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TENANT = "nullif(current_setting('hilo.organization_id', true), '')::bigint"


def upgrade() -> None:
    op.add_column("thread", sa.Column("promise", sa.String(), nullable=True))
    op.add_column("thread", sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("thread", sa.Column("promise_told", sa.String(), nullable=True))
    waiting = sa.text("state = 'waiting'")
    op.create_table(
        "scheduled_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'failed', 'cancelled')", name=op.f("ck_scheduled_message_state")
        ),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_scheduled_message_thread_id_thread")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_scheduled_message_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduled_message")),
    )
    op.create_index("ix_scheduled_message_due_at", "scheduled_message", ["due_at"], postgresql_where=waiting)
    op.create_index(op.f("ix_scheduled_message_thread_id_due_at"), "scheduled_message", ["thread_id", "due_at"])
    op.create_table(
        "thread_survey",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'asked', 'answered', 'skipped')", name=op.f("ck_thread_survey_state")),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_thread_survey_score")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_thread_survey_thread_id_thread")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_thread_survey_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_survey")),
    )
    op.create_index("ix_thread_survey_due_at", "thread_survey", ["due_at"], postgresql_where=waiting)
    op.create_index(op.f("ix_thread_survey_thread_id_due_at"), "thread_survey", ["thread_id", "due_at"])
    op.create_index(
        op.f("ix_thread_survey_organization_id_answered_at"), "thread_survey", ["organization_id", "answered_at"]
    )
    for table in ("scheduled_message", "thread_survey"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {table} TO hilo_app "
            f"USING (organization_id = {TENANT}) WITH CHECK (organization_id = {TENANT})"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO hilo_app")
        op.execute(f"CREATE POLICY spine ON {table} TO hilo_spine USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT ON {table} TO hilo_spine")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hilo_app")


def downgrade() -> None:
    raise RuntimeError("Migrations only go forward: restore a backup instead.")
