"""the texts people agree to, in versions that are never changed"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TENANT = "nullif(current_setting('hilo.organization_id', true), '')::bigint"
KINDS = "'privacy_notice', 'messaging_opt_in', 'photos_marketing', 'photos_clinical', 'procedure', 'no_show_policy'"


def upgrade() -> None:
    op.create_table(
        "consent_text",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_consent_text_kind")),
        sa.CheckConstraint("language IN ('es', 'pt', 'en')", name=op.f("ck_consent_text_language")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_consent_text_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["published_by"], ["member.id"], name=op.f("fk_consent_text_published_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_text")),
        sa.UniqueConstraint(
            "organization_id",
            "kind",
            "language",
            "version",
            name=op.f("uq_consent_text_organization_id_kind_language_version"),
        ),
    )
    op.execute("ALTER TABLE consent_text ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant ON consent_text TO hilo_app "
        f"USING (organization_id = {TENANT}) WITH CHECK (organization_id = {TENANT})"
    )
    op.execute("GRANT SELECT, INSERT ON consent_text TO hilo_app")
    op.execute("CREATE POLICY spine ON consent_text TO hilo_spine USING (true)")  # the bot says them
    op.execute("GRANT SELECT ON consent_text TO hilo_spine")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hilo_app")


def downgrade() -> None:
    raise RuntimeError("Migrations only go forward: restore a backup instead.")
