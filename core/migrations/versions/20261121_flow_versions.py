"""flow versions: what an organization published of its pack's flows"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TENANT = "nullif(current_setting('hilo.organization_id', true), '')::bigint"


def upgrade() -> None:
    op.create_table(
        "flow_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("translations", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("revision", sa.String(), nullable=True),
        sa.Column("pack_revision", sa.String(), nullable=False),
        sa.Column("again_of", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("published_by", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_flow_version_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(
            ["revision"], ["flow_revision.sha256"], name=op.f("fk_flow_version_revision_flow_revision")
        ),
        sa.ForeignKeyConstraint(["published_by"], ["member.id"], name=op.f("fk_flow_version_published_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_version")),
        sa.UniqueConstraint(
            "organization_id", "pack", "flow", "number", name=op.f("uq_flow_version_organization_id_pack_flow_number")
        ),
    )
    op.execute("ALTER TABLE flow_version ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant ON flow_version TO hilo_app "
        f"USING (organization_id = {TENANT}) WITH CHECK (organization_id = {TENANT})"
    )
    op.execute("CREATE POLICY spine ON flow_version TO hilo_spine USING (true)")
    op.execute("GRANT SELECT, INSERT ON flow_version TO hilo_app")  # append-only
    op.execute("GRANT SELECT ON flow_version TO hilo_spine")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hilo_app")
    op.execute("GRANT INSERT ON flow_revision TO hilo_app")  # published and remembered in one transaction


def downgrade() -> None:
    raise RuntimeError("Migrations only go forward: restore a backup instead.")
