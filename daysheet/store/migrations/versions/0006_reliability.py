"""Why a sender was believed, bytes removed on purpose, alarms that were told, messages still in the folder."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UNSETTLED = sa.text("settled_at IS NULL")


def upgrade() -> None:
    """Add them; alarms that are open were seen by nobody's mail, and those that ended need none."""
    op.add_column("inbound", sa.Column("believed", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("inbound", sa.Column("bytes_removed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_sighting_unsettled",
        "sighting",
        ["mailbox", "folder"],
        sqlite_where=UNSETTLED,
        postgresql_where=UNSETTLED,
    )
    op.add_column("alarm", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alarm", sa.Column("end_told_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE alarm SET told_at = raised_at, end_told_at = cleared_at WHERE cleared_at IS NOT NULL")


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("alarm", "end_told_at")
    op.drop_column("alarm", "told_at")
    op.drop_index("ix_sighting_unsettled", table_name="sighting")
    op.drop_column("inbound", "bytes_removed_at")
    op.drop_column("inbound", "believed")
