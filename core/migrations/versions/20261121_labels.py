"""labels have rows: a name and a colour; those threads bear already become rows"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TENANT = "nullif(current_setting('hilo.organization_id', true), '')::bigint"
COLOURS = "colour IN ('gray', 'green', 'blue', 'orange', 'purple', 'yellow', 'sky')"


def upgrade() -> None:
    op.create_table(
        "label",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("colour", sa.String(), server_default="gray", nullable=False),
        sa.CheckConstraint(COLOURS, name=op.f("ck_label_colour")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_label_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
    )
    op.create_index(
        "uq_label_organization_id_folded",
        "label",
        ["organization_id", sa.literal_column("hilo_fold(name)").label("folded")],
        unique=True,
    )
    op.execute(
        "INSERT INTO label (organization_id, name) "
        "SELECT DISTINCT ON (organization_id, hilo_fold(word)) organization_id, word "
        "FROM thread, unnest(labels) AS word ORDER BY organization_id, hilo_fold(word), word"
    )
    op.execute(
        """
        UPDATE thread SET labels = ARRAY(
            SELECT DISTINCT label.name FROM unnest(labels) AS word
            JOIN label ON label.organization_id = thread.organization_id AND hilo_fold(label.name) = hilo_fold(word)
        )
        WHERE EXISTS (
            SELECT FROM unnest(labels) AS word WHERE NOT EXISTS (
                SELECT FROM label WHERE label.organization_id = thread.organization_id AND label.name = word
            )
        )
        """
    )
    op.execute("ALTER TABLE label ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant ON label TO hilo_app "
        f"USING (organization_id = {TENANT}) WITH CHECK (organization_id = {TENANT})"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON label TO hilo_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hilo_app")


def downgrade() -> None:
    raise RuntimeError("Migrations only go forward: restore a backup instead.")
