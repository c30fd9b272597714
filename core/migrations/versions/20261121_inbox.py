"""the inbox: who is mentioned in a note; what changed is told at commit to every process that has a page open"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# One function for each trigger, so that its query is planned once and not at every change. A notification holds 8,000
# bytes: a few hundred ids go into each.
TELL = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('hilo_changed', json_build_object('o', o, 'k', '{kind}', 'i', array_agg(id))::text)
    FROM (SELECT o, id, row_number() OVER () / 400 AS part FROM (SELECT DISTINCT {which}) x) y GROUP BY o, part;
    RETURN NULL;
END $$
"""
OWN = "organization_id AS o, id FROM changed"
OF_MESSAGE = "organization_id AS o, thread_id AS id FROM changed"
OF_EVENT = (
    "c.organization_id AS o, m.thread_id AS id FROM changed c JOIN message m ON m.id = c.message_id "
    "WHERE c.kind IN ('reacted', 'edited', 'revoked')"
)
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


TENANT = "nullif(current_setting('hilo.organization_id', true), '')::bigint"


def upgrade() -> None:
    op.add_column("login", sa.Column("second_factor", sa.LargeBinary(), nullable=True))
    op.add_column("login", sa.Column("second_factor_step", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column(
        "login",
        sa.Column("recovery_codes", postgresql.ARRAY(sa.LargeBinary()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.create_table(
        "login_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("login_id", sa.BigInteger(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["login_id"], ["login.id"], name=op.f("fk_login_session_login_id_login")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("sha256", name=op.f("uq_login_session_sha256")),
    )
    op.create_index(op.f("ix_login_session_login_id"), "login_session", ["login_id"])
    op.create_table(
        "password_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("login_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["login_id"], ["login.id"], name=op.f("fk_password_link_login_id_login")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_link")),
        sa.UniqueConstraint("sha256", name=op.f("uq_password_link_sha256")),
    )
    for table in ("login_session", "password_link"):  # like the logins they are of, of no organization
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO hilo_app")
    op.add_column(
        "member",
        sa.Column("saved_views", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
    )
    op.create_table(
        "mention",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_mention_thread_id_thread")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_mention_message_id_message")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_mention_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention")),
        sa.UniqueConstraint("message_id", "member_id", name=op.f("uq_mention_message_id_member_id")),
    )
    op.create_index(op.f("ix_mention_thread_id"), "mention", ["thread_id"])
    op.create_index(
        "ix_mention_unseen", "mention", ["member_id", "thread_id"], postgresql_where=sa.text("seen_at IS NULL")
    )
    op.execute("ALTER TABLE mention ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant ON mention TO hilo_app "
        f"USING (organization_id = {TENANT}) WITH CHECK (organization_id = {TENANT})"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON mention TO hilo_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hilo_app")
    for table, change, kind, which in TOLD:
        name = f"hilo_tell_{table}_{change.lower()}"
        op.execute(TELL.format(name=name, kind=kind, which=which))
        op.execute(
            f"CREATE TRIGGER {table}_{change.lower()}_told AFTER {change} ON {table} REFERENCING NEW TABLE AS changed "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


def downgrade() -> None:
    raise RuntimeError("Migrations only go forward: restore a backup instead.")
