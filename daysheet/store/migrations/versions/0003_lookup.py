"""Numbers instead of texts as lookup keys, and what is compared of each name."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the key table anew: it was never filled before."""
    op.drop_index(op.f("ix_name_key_customer_id"), table_name="name_key")
    op.drop_table("name_key")
    op.create_table(
        "name_key",
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", Id, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "customer_id", name=op.f("pk_name_key")),
        sqlite_with_rowid=False,
    )
    op.add_column("customer_alias", sa.Column("profile", sa.Text(), nullable=True))


def downgrade() -> None:
    """Make it as it was."""
    op.drop_column("customer_alias", "profile")
    op.drop_table("name_key")
    op.create_table(
        "name_key",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_name_key_customer_id_customer")),
        sa.PrimaryKeyConstraint("key", "customer_id", name=op.f("pk_name_key")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_name_key_customer_id"), "name_key", ["customer_id"], unique=False)
