"""Regions as a tree, where people stood when, digests as they were told, and spot checks."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EMPTY = sa.text("''")
EVERYBODY_STANDS_WHERE_THEY_STOOD = """
INSERT INTO posting (person_id, team_id, region, manager, from_on)
SELECT id, team_id, region, manager, '1900-01-01' FROM person WHERE is_active
"""
LEAVERS_STOOD_THERE_ONCE = """
INSERT INTO posting (person_id, team_id, region, manager, from_on, to_on)
SELECT id, team_id, region, manager, '1900-01-01', '1900-01-01' FROM person WHERE NOT is_active
"""


def _foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def _text(name: str, *, nullable: bool = False, default: sa.TextClause | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, server_default=default)


def upgrade() -> None:
    """Add them; everybody has always stood where they stand now."""
    op.add_column("team", _text("language", nullable=True))
    op.add_column("team", _text("manager", default=EMPTY))
    op.add_column("team", _text("calendar", default=EMPTY))
    op.add_column("person", _text("reports", nullable=True))
    op.create_index(op.f("ix_submission_report_date"), "submission", ["report_date"])
    op.create_index(op.f("ix_row_decision_at"), "row_decision", ["at"])
    op.create_index(op.f("ix_merge_event_at"), "merge_event", ["at"])
    op.add_column("outbox", sa.Column("priority", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.drop_index(op.f("ix_outbox_state_next_at"), table_name="outbox")
    op.create_index(op.f("ix_outbox_state_priority_next_at"), "outbox", ["state", "priority", "next_at"])
    op.create_table(
        "region",
        _text("name"),
        _text("parent", default=EMPTY),
        _text("timezone", nullable=True),
        _text("language", nullable=True),
        _text("manager", default=EMPTY),
        _text("calendar", default=EMPTY),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_region")),
    )
    op.create_table(
        "posting",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("team_id", Id, nullable=True),
        _text("region"),
        _text("manager"),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        _foreign("posting", "person_id", "person"),
        _foreign("posting", "team_id", "team"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sa.UniqueConstraint("person_id", "from_on", name=op.f("uq_posting_person_id_from_on")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_posting_team_id"), "posting", ["team_id"])
    _create_digests()
    _create_spot_checks()
    op.execute(EVERYBODY_STANDS_WHERE_THEY_STOOD)
    op.execute(LEAVERS_STOOD_THERE_ONCE)  # so that what they reported has a place, and nothing more is due


def _create_digests() -> None:
    op.create_table(
        "digest",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        _text("kind"),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("outbox_id", Id, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("digest", "person_id", "person"),
        _foreign("digest", "outbox_id", "outbox"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint("kind", "first_on", "person_id", name=op.f("uq_digest_kind_first_on_person_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_digest_person_id"), "digest", ["person_id"])
    op.create_index(op.f("ix_digest_outbox_id"), "digest", ["outbox_id"])
    op.create_table(
        "digest_run",
        _text("kind"),
        _text("zone"),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "zone", "first_on", name=op.f("pk_digest_run")),
    )
    op.create_table(
        "subscription",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        _text("kind"),
        sa.Column("wants", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _foreign("subscription", "person_id", "person"),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_subscription")),
    )


def _create_spot_checks() -> None:
    op.create_table(
        "spot_check",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=False),
        _text("actor"),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("by_region", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_check")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "spot_item",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("spot_check_id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        _text("stratum"),
        sa.Column("printed", sa.JSON(), nullable=False),
        _text("outcome", nullable=True),
        sa.Column("judged", sa.JSON(), nullable=False),
        sa.Column("wrong", sa.JSON(), nullable=False),
        _text("note", default=EMPTY),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        _text("actor", nullable=True),
        _foreign("spot_item", "spot_check_id", "spot_check"),
        _foreign("spot_item", "customer_id", "customer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_item")),
        sa.UniqueConstraint("spot_check_id", "customer_id", name=op.f("uq_spot_item_spot_check_id_customer_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_spot_item_customer_id"), "spot_item", ["customer_id"])
    op.create_index(op.f("ix_spot_item_checked_on"), "spot_item", ["checked_on"])


def downgrade() -> None:
    """Take them away again."""
    for table in ("spot_item", "spot_check", "subscription", "digest_run", "digest", "posting", "region"):
        op.drop_table(table)
    op.drop_index(op.f("ix_outbox_state_priority_next_at"), table_name="outbox")
    op.create_index(op.f("ix_outbox_state_next_at"), "outbox", ["state", "next_at"])
    op.drop_column("outbox", "priority")
    op.drop_index(op.f("ix_merge_event_at"), table_name="merge_event")
    op.drop_index(op.f("ix_row_decision_at"), table_name="row_decision")
    op.drop_index(op.f("ix_submission_report_date"), table_name="submission")
    op.drop_column("person", "reports")
    for name in ("calendar", "manager", "language"):
        op.drop_column("team", name)
