"""What merges, judgements and reviews have to remember."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IS_OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    """Add the columns."""
    op.add_column("customer", sa.Column("survived", sa.JSON(), nullable=True))
    with op.batch_alter_table("judgement", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.add_column(sa.Column("actor", sa.Text(), server_default="daysheet", nullable=False))
        batch.add_column(sa.Column("review_id", Id, nullable=True))
        batch.create_foreign_key(op.f("fk_judgement_review_id_review"), "review", ["review_id"], ["id"])
        batch.create_index(op.f("ix_judgement_review_id"), ["review_id"])
    op.add_column("merge_event", sa.Column("actor", sa.Text(), server_default="daysheet", nullable=False))
    op.add_column("merge_event", sa.Column("kept", sa.JSON(), nullable=True))
    for name in ("says", "reason", "actor"):
        op.add_column("review", sa.Column(name, sa.Text(), nullable=True))
    op.create_index(
        "uq_review_open",
        "review",
        ["customer_id", "kind"],
        unique=True,
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("uq_review_open", table_name="review", sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
    for name in ("actor", "reason", "says"):
        op.drop_column("review", name)
    op.drop_column("merge_event", "kept")
    op.drop_column("merge_event", "actor")
    with op.batch_alter_table("judgement", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_index(op.f("ix_judgement_review_id"))
        batch.drop_constraint(op.f("fk_judgement_review_id_review"), type_="foreignkey")
        batch.drop_column("review_id")
        batch.drop_column("actor")
    op.drop_column("customer", "survived")
