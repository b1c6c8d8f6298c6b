"""Accounts and sessions of the console; what a steward's queue remembers; pinyin initials of names."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

AUDITED = (["actor", "at"], ["action", "at"], ["at"])
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _person(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    name = op.f(f"fk_{table}_person_id_person")
    return sa.Column("person_id", Id, nullable=False), sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=name)


def upgrade() -> None:
    """Add them."""
    column, key = _person("account")
    op.create_table(
        "account",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("sees_all", sa.Boolean(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("teams", sa.JSON(), nullable=False),
        sa.Column("is_disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("password_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        key,
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_account")),
    )
    column, key = _person("web_session")
    op.create_table(
        "web_session",
        sa.Column("token_hash", sa.Text(), nullable=False),
        column,
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("notice", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        key,
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_web_session")),
    )
    op.create_index(op.f("ix_web_session_expires_at"), "web_session", ["expires_at"])
    op.create_index(op.f("ix_web_session_person_id"), "web_session", ["person_id"])
    column, key = _person("login_link")
    op.create_table(
        "login_link",
        sa.Column("token_hash", sa.Text(), nullable=False),
        column,
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        key,
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_login_link")),
    )
    op.create_index(op.f("ix_login_link_person_id"), "login_link", ["person_id"])
    column, key = _person("api_token")
    op.create_table(
        "api_token",
        sa.Column("token_hash", sa.Text(), nullable=False),
        column,
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        key,
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_api_token")),
    )
    op.create_index(op.f("ix_api_token_person_id"), "api_token", ["person_id"])
    column, key = _person("row_decision")
    column.nullable = True
    submission = op.f("fk_row_decision_submission_id_submission")
    op.create_table(
        "row_decision",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("submission_id", Id, nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("edits", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        column,
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        key,
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=submission),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_row_decision")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_row_decision_person_id"), "row_decision", ["person_id"])
    op.create_index(op.f("ix_row_decision_submission_id"), "row_decision", ["submission_id"])
    op.create_index(
        "ix_submission_waiting",
        "submission",
        ["rep_id"],
        sqlite_where=sa.text("is_waiting = 1"),
        postgresql_where=sa.text("is_waiting"),
    )
    with op.batch_alter_table("review", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.add_column(sa.Column("assignee_id", Id, nullable=True))
        batch.add_column(sa.Column("brand", sa.Text(), server_default=sa.text("''"), nullable=False))
        batch.add_column(sa.Column("batch", sa.Text(), nullable=True))
        batch.create_foreign_key(op.f("fk_review_assignee_id_person"), "person", ["assignee_id"], ["id"])
        batch.create_index(op.f("ix_review_assignee_id"), ["assignee_id"])
        batch.create_index(op.f("ix_review_batch"), ["batch"])
        batch.create_index(op.f("ix_review_state_decided_at"), ["state", "decided_at"])
    op.create_index(op.f("ix_customer_external_id_value"), "customer_external_id", ["value"])
    op.add_column("customer_alias", sa.Column("initials", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.create_index(op.f("ix_customer_alias_initials"), "customer_alias", ["initials"])
    for columns in AUDITED:
        op.create_index(op.f(f"ix_audit_{'_'.join(columns)}"), "audit", columns)


def downgrade() -> None:
    """Take them away again."""
    for columns in AUDITED:
        op.drop_index(op.f(f"ix_audit_{'_'.join(columns)}"), table_name="audit")
    op.drop_index(op.f("ix_customer_alias_initials"), table_name="customer_alias")
    op.drop_column("customer_alias", "initials")
    op.drop_index(op.f("ix_customer_external_id_value"), table_name="customer_external_id")
    with op.batch_alter_table("review", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_index(op.f("ix_review_state_decided_at"))
        batch.drop_index(op.f("ix_review_batch"))
        batch.drop_index(op.f("ix_review_assignee_id"))
        batch.drop_constraint(op.f("fk_review_assignee_id_person"), type_="foreignkey")
        for name in ("batch", "brand", "assignee_id"):
            batch.drop_column(name)
    op.drop_index("ix_submission_waiting", table_name="submission")
    for table in ("row_decision", "api_token", "login_link", "web_session", "account"):
        op.drop_table(table)
