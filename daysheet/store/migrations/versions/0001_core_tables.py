"""All core tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""

    op.create_table(
        "alarm",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_alarm_kind_subject"), "alarm", ["kind", "subject"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entity_id", Id, nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_audit_entity_entity_id"), "audit", ["entity", "entity_id"], unique=False)
    op.create_table(
        "inbound",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("raw_sha256", sa.Text(), nullable=False),
        sa.Column("as_number", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("is_truncated", sa.Boolean(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sa.UniqueConstraint("raw_sha256", "as_number", name=op.f("uq_inbound_raw_sha256_as_number")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_inbound_message_id"), "inbound", ["message_id"], unique=False)
    op.create_index(op.f("ix_inbound_state_id"), "inbound", ["state", "id"], unique=False)
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "mailbox",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("epoch", Id, nullable=False),
        sa.Column("last_poll_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox")),
        sa.UniqueConstraint("name", name=op.f("uq_mailbox_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "team",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "template_version",
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("template_id", "digest", name=op.f("pk_template_version")),
    )
    op.create_table(
        "person",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("team_id", Id, nullable=True),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.Column("manager", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_person_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("number", name=op.f("uq_person_number")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_person_team_id"), "person", ["team_id"], unique=False)
    op.create_table(
        "sighting",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("inbound_id", Id, nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("epoch", Id, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("is_duplicate", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_sighting_inbound_id_inbound")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sighting")),
        sa.UniqueConstraint("mailbox", "folder", "epoch", "uid", name=op.f("uq_sighting_mailbox_folder_epoch_uid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sighting_inbound_id"), "sighting", ["inbound_id"], unique=False)
    op.create_table(
        "column_memory",
        sa.Column("person_id", Id, nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_column_memory_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "template_id", "sheet", "header", name=op.f("pk_column_memory")),
    )
    op.create_table(
        "person_address",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_address_person_id_person")),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_person_address")),
    )
    op.create_index(op.f("ix_person_address_person_id"), "person_address", ["person_id"], unique=False)
    op.create_table(
        "person_proxy",
        sa.Column("person_id", Id, nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_proxy_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "target", name=op.f("pk_person_proxy")),
    )
    op.create_table(
        "ruleset",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ruleset_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruleset")),
        sa.UniqueConstraint("version", name=op.f("uq_ruleset_version")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_ruleset_person_id"), "ruleset", ["person_id"], unique=False)
    op.create_table(
        "submission",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("inbound_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rep_id", Id, nullable=True),
        sa.Column("sender_id", Id, nullable=True),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("template_version", sa.Integer(), nullable=True),
        sa.Column("report_date", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", Id, nullable=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("is_waiting", sa.Boolean(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("workbook_sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rows_landed", sa.Integer(), nullable=False),
        sa.Column("rows_parked", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_submission_inbound_id_inbound")),
        sa.ForeignKeyConstraint(["rep_id"], ["person.id"], name=op.f("fk_submission_rep_id_person")),
        sa.ForeignKeyConstraint(["sender_id"], ["person.id"], name=op.f("fk_submission_sender_id_person")),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["submission.id"], name=op.f("fk_submission_supersedes_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("inbound_id", "position", name=op.f("uq_submission_inbound_id_position")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_submission_inbound_id"), "submission", ["inbound_id"], unique=False)
    op.create_index(op.f("ix_submission_rep_id"), "submission", ["rep_id"], unique=False)
    op.create_index(
        op.f("ix_submission_rep_id_report_date_template_id"),
        "submission",
        ["rep_id", "report_date", "template_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_submission_rep_id_workbook_sha256"), "submission", ["rep_id", "workbook_sha256"], unique=False
    )
    op.create_index(op.f("ix_submission_sender_id"), "submission", ["sender_id"], unique=False)
    op.create_index(op.f("ix_submission_supersedes_id"), "submission", ["supersedes_id"], unique=False)
    op.create_index(
        "uq_submission_current",
        "submission",
        ["rep_id", "report_date", "template_id"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "customer",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("merged_into", Id, nullable=True),
        sa.Column("root_id", Id, nullable=True),
        sa.Column("credit_code", sa.Text(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("parse", sa.JSON(), nullable=True),
        sa.Column("ruleset_version", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_submission", Id, nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_submission"], ["submission.id"], name=op.f("fk_customer_created_by_submission_submission")
        ),
        sa.ForeignKeyConstraint(["merged_into"], ["customer.id"], name=op.f("fk_customer_merged_into_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_customer_created_by_submission"), "customer", ["created_by_submission"], unique=False)
    op.create_index(op.f("ix_customer_credit_code"), "customer", ["credit_code"], unique=False)
    op.create_index(op.f("ix_customer_merged_into"), "customer", ["merged_into"], unique=False)
    op.create_index(op.f("ix_customer_root_id"), "customer", ["root_id"], unique=False)
    op.create_index(op.f("ix_customer_status"), "customer", ["status"], unique=False)
    op.create_table(
        "issue",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("submission_id", Id, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_issue_submission_id_submission")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_issue_code"), "issue", ["code"], unique=False)
    op.create_index(op.f("ix_issue_submission_id"), "issue", ["submission_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("inbound_id", Id, nullable=True),
        sa.Column("submission_id", Id, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("cc", sa.JSON(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("in_reply_to", sa.Text(), nullable=False),
        sa.Column("references", sa.JSON(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("unknowns", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_outbox_inbound_id_inbound")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_outbox_submission_id_submission")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_inbound_id"), "outbox", ["inbound_id"], unique=False)
    op.create_index(op.f("ix_outbox_recipient_sent_at"), "outbox", ["recipient", "sent_at"], unique=False)
    op.create_index(op.f("ix_outbox_state_next_at"), "outbox", ["state", "next_at"], unique=False)
    op.create_index(op.f("ix_outbox_submission_id"), "outbox", ["submission_id"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("submission_id", Id, nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("last_report_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_assignment_customer_id_customer")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_assignment_person_id_person")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_assignment_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_assignment_customer_id"), "assignment", ["customer_id"], unique=False)
    op.create_index(op.f("ix_assignment_person_id"), "assignment", ["person_id"], unique=False)
    op.create_index(op.f("ix_assignment_submission_id"), "assignment", ["submission_id"], unique=False)
    op.create_table(
        "contact",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_contact_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_contact_customer_id"), "contact", ["customer_id"], unique=False)
    op.create_index(op.f("ix_contact_customer_id_name_key"), "contact", ["customer_id", "name_key"], unique=False)
    op.create_index(op.f("ix_contact_phone"), "contact", ["phone"], unique=False)
    op.create_table(
        "customer_alias",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("submission_id", Id, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_alias_customer_id_customer")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_customer_alias_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_alias")),
        sa.UniqueConstraint("customer_id", "text", name=op.f("uq_customer_alias_customer_id_text")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_customer_alias_customer_id"), "customer_alias", ["customer_id"], unique=False)
    op.create_index(op.f("ix_customer_alias_key"), "customer_alias", ["key"], unique=False)
    op.create_index(op.f("ix_customer_alias_submission_id"), "customer_alias", ["submission_id"], unique=False)
    op.create_index(op.f("ix_customer_alias_text"), "customer_alias", ["text"], unique=False)
    op.create_table(
        "customer_external_id",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_external_id_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("system", "value", name=op.f("pk_customer_external_id")),
    )
    op.create_index(op.f("ix_customer_external_id_customer_id"), "customer_external_id", ["customer_id"], unique=False)
    op.create_table(
        "customer_field",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("submission_id", Id, nullable=True),
        sa.Column("row_number", sa.Integer(), nullable=True),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("is_proposal", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_field_customer_id_customer")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_customer_field_person_id_person")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_customer_field_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_field")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_customer_field_customer_id"), "customer_field", ["customer_id"], unique=False)
    op.create_index(op.f("ix_customer_field_person_id"), "customer_field", ["person_id"], unique=False)
    op.create_index(op.f("ix_customer_field_submission_id"), "customer_field", ["submission_id"], unique=False)
    op.create_table(
        "customer_relation",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("child_id", Id, nullable=False),
        sa.Column("parent_id", Id, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["child_id"], ["customer.id"], name=op.f("fk_customer_relation_child_id_customer")),
        sa.ForeignKeyConstraint(["parent_id"], ["customer.id"], name=op.f("fk_customer_relation_parent_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_relation")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_customer_relation_child_id"), "customer_relation", ["child_id"], unique=False)
    op.create_index(op.f("ix_customer_relation_parent_id"), "customer_relation", ["parent_id"], unique=False)
    op.create_table(
        "judgement",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("left_id", Id, nullable=False),
        sa.Column("right_id", Id, nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["left_id"], ["customer.id"], name=op.f("fk_judgement_left_id_customer")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_judgement_person_id_person")),
        sa.ForeignKeyConstraint(["right_id"], ["customer.id"], name=op.f("fk_judgement_right_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgement")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_judgement_left_id"), "judgement", ["left_id"], unique=False)
    op.create_index(op.f("ix_judgement_person_id"), "judgement", ["person_id"], unique=False)
    op.create_index(op.f("ix_judgement_right_id"), "judgement", ["right_id"], unique=False)
    op.create_table(
        "name_key",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_name_key_customer_id_customer")),
        sa.PrimaryKeyConstraint("key", "customer_id", name=op.f("pk_name_key")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_name_key_customer_id"), "name_key", ["customer_id"], unique=False)
    op.create_table(
        "opportunity",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("project_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_opportunity_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunity")),
        sa.UniqueConstraint("customer_id", "project_key", name=op.f("uq_opportunity_customer_id_project_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_opportunity_customer_id"), "opportunity", ["customer_id"], unique=False)
    op.create_table(
        "review",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("customer_id", Id, nullable=True),
        sa.Column("submission_id", Id, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_review_customer_id_customer")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_review_person_id_person")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_review_submission_id_submission")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_review_customer_id"), "review", ["customer_id"], unique=False)
    op.create_index(op.f("ix_review_person_id"), "review", ["person_id"], unique=False)
    op.create_index(op.f("ix_review_state"), "review", ["state"], unique=False)
    op.create_index(op.f("ix_review_submission_id"), "review", ["submission_id"], unique=False)
    op.create_table(
        "contact_field",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("submission_id", Id, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_contact_field_contact_id_contact")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_contact_field_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_field")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_contact_field_contact_id"), "contact_field", ["contact_id"], unique=False)
    op.create_index(op.f("ix_contact_field_submission_id"), "contact_field", ["submission_id"], unique=False)
    op.create_table(
        "merge_event",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("winner_id", Id, nullable=False),
        sa.Column("loser_id", Id, nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("judgement_id", Id, nullable=True),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["judgement_id"], ["judgement.id"], name=op.f("fk_merge_event_judgement_id_judgement")),
        sa.ForeignKeyConstraint(["loser_id"], ["customer.id"], name=op.f("fk_merge_event_loser_id_customer")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_merge_event_person_id_person")),
        sa.ForeignKeyConstraint(["winner_id"], ["customer.id"], name=op.f("fk_merge_event_winner_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge_event")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_merge_event_judgement_id"), "merge_event", ["judgement_id"], unique=False)
    op.create_index(op.f("ix_merge_event_loser_id"), "merge_event", ["loser_id"], unique=False)
    op.create_index(op.f("ix_merge_event_person_id"), "merge_event", ["person_id"], unique=False)
    op.create_index(op.f("ix_merge_event_winner_id"), "merge_event", ["winner_id"], unique=False)


def downgrade() -> None:
    """Drop them, children first."""

    op.drop_index(op.f("ix_merge_event_winner_id"), table_name="merge_event")
    op.drop_index(op.f("ix_merge_event_person_id"), table_name="merge_event")
    op.drop_index(op.f("ix_merge_event_loser_id"), table_name="merge_event")
    op.drop_index(op.f("ix_merge_event_judgement_id"), table_name="merge_event")
    op.drop_table("merge_event")
    op.drop_index(op.f("ix_contact_field_submission_id"), table_name="contact_field")
    op.drop_index(op.f("ix_contact_field_contact_id"), table_name="contact_field")
    op.drop_table("contact_field")
    op.drop_index(op.f("ix_review_submission_id"), table_name="review")
    op.drop_index(op.f("ix_review_state"), table_name="review")
    op.drop_index(op.f("ix_review_person_id"), table_name="review")
    op.drop_index(op.f("ix_review_customer_id"), table_name="review")
    op.drop_table("review")
    op.drop_index(op.f("ix_opportunity_customer_id"), table_name="opportunity")
    op.drop_table("opportunity")
    op.drop_index(op.f("ix_name_key_customer_id"), table_name="name_key")
    op.drop_table("name_key")
    op.drop_index(op.f("ix_judgement_right_id"), table_name="judgement")
    op.drop_index(op.f("ix_judgement_person_id"), table_name="judgement")
    op.drop_index(op.f("ix_judgement_left_id"), table_name="judgement")
    op.drop_table("judgement")
    op.drop_index(op.f("ix_customer_relation_parent_id"), table_name="customer_relation")
    op.drop_index(op.f("ix_customer_relation_child_id"), table_name="customer_relation")
    op.drop_table("customer_relation")
    op.drop_index(op.f("ix_customer_field_submission_id"), table_name="customer_field")
    op.drop_index(op.f("ix_customer_field_person_id"), table_name="customer_field")
    op.drop_index(op.f("ix_customer_field_customer_id"), table_name="customer_field")
    op.drop_table("customer_field")
    op.drop_index(op.f("ix_customer_external_id_customer_id"), table_name="customer_external_id")
    op.drop_table("customer_external_id")
    op.drop_index(op.f("ix_customer_alias_text"), table_name="customer_alias")
    op.drop_index(op.f("ix_customer_alias_submission_id"), table_name="customer_alias")
    op.drop_index(op.f("ix_customer_alias_key"), table_name="customer_alias")
    op.drop_index(op.f("ix_customer_alias_customer_id"), table_name="customer_alias")
    op.drop_table("customer_alias")
    op.drop_index(op.f("ix_contact_phone"), table_name="contact")
    op.drop_index(op.f("ix_contact_customer_id_name_key"), table_name="contact")
    op.drop_index(op.f("ix_contact_customer_id"), table_name="contact")
    op.drop_table("contact")
    op.drop_index(op.f("ix_assignment_submission_id"), table_name="assignment")
    op.drop_index(op.f("ix_assignment_person_id"), table_name="assignment")
    op.drop_index(op.f("ix_assignment_customer_id"), table_name="assignment")
    op.drop_table("assignment")
    op.drop_index(op.f("ix_outbox_submission_id"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_state_next_at"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_recipient_sent_at"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_inbound_id"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_index(op.f("ix_issue_submission_id"), table_name="issue")
    op.drop_index(op.f("ix_issue_code"), table_name="issue")
    op.drop_table("issue")
    op.drop_index(op.f("ix_customer_status"), table_name="customer")
    op.drop_index(op.f("ix_customer_root_id"), table_name="customer")
    op.drop_index(op.f("ix_customer_merged_into"), table_name="customer")
    op.drop_index(op.f("ix_customer_credit_code"), table_name="customer")
    op.drop_index(op.f("ix_customer_created_by_submission"), table_name="customer")
    op.drop_table("customer")
    op.drop_index(
        "uq_submission_current",
        table_name="submission",
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.drop_index(op.f("ix_submission_supersedes_id"), table_name="submission")
    op.drop_index(op.f("ix_submission_sender_id"), table_name="submission")
    op.drop_index(op.f("ix_submission_rep_id_workbook_sha256"), table_name="submission")
    op.drop_index(op.f("ix_submission_rep_id_report_date_template_id"), table_name="submission")
    op.drop_index(op.f("ix_submission_rep_id"), table_name="submission")
    op.drop_index(op.f("ix_submission_inbound_id"), table_name="submission")
    op.drop_table("submission")
    op.drop_index(op.f("ix_ruleset_person_id"), table_name="ruleset")
    op.drop_table("ruleset")
    op.drop_table("person_proxy")
    op.drop_index(op.f("ix_person_address_person_id"), table_name="person_address")
    op.drop_table("person_address")
    op.drop_table("column_memory")
    op.drop_index(op.f("ix_sighting_inbound_id"), table_name="sighting")
    op.drop_table("sighting")
    op.drop_index(op.f("ix_person_team_id"), table_name="person")
    op.drop_table("person")
    op.drop_table("template_version")
    op.drop_table("team")
    op.drop_table("mailbox")
    op.drop_table("lease")
    op.drop_index(op.f("ix_inbound_state_id"), table_name="inbound")
    op.drop_index(op.f("ix_inbound_message_id"), table_name="inbound")
    op.drop_table("inbound")
    op.drop_index(op.f("ix_audit_entity_entity_id"), table_name="audit")
    op.drop_table("audit")
    op.drop_index(op.f("ix_alarm_kind_subject"), table_name="alarm")
    op.drop_table("alarm")
