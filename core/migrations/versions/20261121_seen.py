"""who looked at what is found by member; which thread a file is of, by the file"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_audit_entry_member_id_at"), "audit_entry", ["member_id", "at"])
    op.create_index(
        "ix_message_attachment",
        "message",
        [sa.text("(content ->> 'attachment')")],
        postgresql_where=sa.text("content ? 'attachment'"),
    )


def downgrade() -> None:
    raise RuntimeError("Migrations only go forward: restore a backup instead.")
