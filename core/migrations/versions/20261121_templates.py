"""what is known of a channel's health, and channels that were removed"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("heard_at", "sent_at", "verified_at", "removed_at"):
        op.add_column("channel", sa.Column(column, sa.DateTime(timezone=True)))
    op.drop_constraint("uq_channel_kind_account", "channel")
    connected = sa.text("removed_at IS NULL")
    op.create_index("uq_channel_connected", "channel", ["kind", "account"], unique=True, postgresql_where=connected)


def downgrade() -> None:
    raise RuntimeError("Migrations only go forward: restore a backup instead.")
