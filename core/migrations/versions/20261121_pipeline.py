"""what is to be done next with a lead; indexes of the board and of the reports"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lead", sa.Column("next_step", sa.String()))
    op.add_column("lead", sa.Column("next_at", sa.DateTime(timezone=True)))
    newest = sa.text("stage_since DESC"), sa.text("id DESC")
    op.create_index("ix_lead_board", "lead", ["organization_id", "stage_id", *newest])
    op.create_index("ix_lead_organization_id_created_at", "lead", ["organization_id", "created_at"])
    op.create_index("ix_lead_event_organization_id_at", "lead_event", ["organization_id", "at"])
    op.create_index("ix_episode_organization_id_started_at", "episode", ["organization_id", "started_at"])
    # ix_lead_board begins with it
    op.drop_index("ix_lead_organization_id_stage_id", "lead")


def downgrade() -> None:
    raise RuntimeError("Migrations only go forward: restore a backup instead.")
