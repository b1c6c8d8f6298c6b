"""
The core tables. Fields and their rules: docs/reference/schema.md.

The tables of the template's sheets are not here: ``store/sheets.py`` builds them from the spec.
Nothing outside ``store/`` sees these objects.
"""

from datetime import UTC, datetime

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware instant, kept in UTC; a naive one is a bug and is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Turn *value* to UTC, without its zone where the database knows none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a stored instant must be aware, got {value!r}")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give the instant back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Text = sa.Text
Document = sa.JSON  # texts inside are stored readable; see the engine's serialiser


def _id() -> sa.Column[int]:
    return sa.Column("id", Id, primary_key=True, autoincrement=True)


def _ref(name: str, target: str, *, nullable: bool = False, index: bool = True) -> sa.Column[int]:
    return sa.Column(name, Id, sa.ForeignKey(f"{target}.id"), nullable=nullable, index=index)


def _table(name: str, *parts: sa.schema.SchemaItem) -> sa.Table:
    has_id = any(part.name == "id" for part in parts if isinstance(part, sa.Column))
    # AUTOINCREMENT: ids are never reused, on SQLite too
    return sa.Table(name, metadata, *parts, sqlite_autoincrement=has_id)


# ---- people ------------------------------------------------------------------------------------

team = _table(
    "team",
    _id(),
    sa.Column("name", Text, nullable=False, unique=True),
    sa.Column("region", Text, nullable=False, default=""),
    sa.Column("timezone", Text),
    sa.Column("language", Text),
    sa.Column("manager", Text, nullable=False, server_default=sa.text("''")),  # an employee number
    sa.Column("calendar", Text, nullable=False, server_default=sa.text("''")),  # one of the settings' calendars
)

region = _table(
    "region",  # a tree; people and teams name theirs
    sa.Column("name", Text, primary_key=True),
    sa.Column("parent", Text, nullable=False, server_default=sa.text("''")),  # another region, or "" for the top
    sa.Column("timezone", Text),
    sa.Column("language", Text),
    sa.Column("manager", Text, nullable=False, server_default=sa.text("''")),
    sa.Column("calendar", Text, nullable=False, server_default=sa.text("''")),
)

person = _table(
    "person",
    _id(),
    sa.Column("number", Text, nullable=False, unique=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("role", Text, nullable=False),
    sa.Column("language", Text),
    _ref("team_id", "team", nullable=True),
    sa.Column("region", Text, nullable=False, default=""),
    sa.Column("timezone", Text),
    sa.Column("manager", Text, nullable=False, default=""),
    sa.Column("is_active", sa.Boolean, nullable=False, default=True),
    sa.Column("reports", Text),  # daily, weekly or none: how often a report is due; None: as the role has it
)

posting = _table(
    "posting",  # where a person stood when: figures of a day belong to the team of that day
    _id(),
    _ref("person_id", "person", index=False),
    _ref("team_id", "team", nullable=True),
    sa.Column("region", Text, nullable=False),
    sa.Column("manager", Text, nullable=False),
    sa.Column("from_on", sa.Date, nullable=False),
    sa.Column("to_on", sa.Date),  # the last day; None: still
    sa.UniqueConstraint("person_id", "from_on"),
)

person_address = _table(
    "person_address",
    sa.Column("address", Text, primary_key=True),  # one owner per address
    _ref("person_id", "person"),
    sa.Column("position", sa.Integer, nullable=False, default=0),
)

person_proxy = _table(
    "person_proxy",
    sa.Column("person_id", Id, sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("target", Text, primary_key=True),  # an employee number, or team:NAME
)

# ---- the console -------------------------------------------------------------------------------

account = _table(
    "account",  # who may sign in, and how much they see; a rep has none
    sa.Column("person_id", Id, sa.ForeignKey("person.id"), primary_key=True, autoincrement=False),
    sa.Column("password_hash", Text),  # argon2id; none until the first link was used
    sa.Column("sees_all", sa.Boolean, nullable=False, default=False),
    sa.Column("regions", Document, nullable=False, default=list),  # what limits one who does not see all
    sa.Column("teams", Document, nullable=False, default=list),
    sa.Column("is_disabled", sa.Boolean, nullable=False, default=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("password_at", Instant),
    sa.Column("entered_at", Instant),  # the last sign-in
)

web_session = _table(
    "web_session",
    sa.Column("token_hash", Text, primary_key=True),
    _ref("person_id", "person"),
    sa.Column("csrf", Text, nullable=False),
    sa.Column("notice", Document),  # what the next page says: the outcome of a form, and its undo
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False, index=True),
)

login_link = _table(
    "login_link",  # one use
    sa.Column("token_hash", Text, primary_key=True),
    _ref("person_id", "person"),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
)

api_token = _table(
    "api_token",
    sa.Column("token_hash", Text, primary_key=True),
    _ref("person_id", "person"),
    sa.Column("name", Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
    sa.Column("revoked_at", Instant),
)

# ---- mail in -----------------------------------------------------------------------------------

lease = _table(
    "lease",
    sa.Column("name", Text, primary_key=True),
    sa.Column("holder", Text, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
)

mailbox = _table(
    "mailbox",
    _id(),
    sa.Column("name", Text, nullable=False, unique=True),
    sa.Column("folder", Text, nullable=False, default=""),
    sa.Column("epoch", Id, nullable=False, default=0),
    sa.Column("last_poll_at", Instant),
    sa.Column("last_success_at", Instant),
    sa.Column("last_error", Text),
    sa.Column("waiting", sa.Integer, nullable=False, default=0),  # messages left in the folder by the last poll
)

inbound = _table(
    "inbound",
    _id(),
    sa.Column("raw_sha256", Text, nullable=False),
    sa.Column("as_number", Text, nullable=False, default=""),  # `ingest --as`: the rep supplied by the operator
    sa.Column("source", Text, nullable=False),  # mail, or file: the raw bytes are a workbook
    sa.Column("file_name", Text, nullable=False, default=""),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("is_truncated", sa.Boolean, nullable=False, default=False),  # over the limit: only its headers were kept
    sa.Column("message_id", Text, nullable=False, default=""),
    sa.Column("sender", Text, nullable=False, default=""),
    sa.Column("subject", Text, nullable=False, default=""),
    sa.Column("state", Text, nullable=False),
    sa.Column("reason", Text, nullable=False, default=""),
    sa.Column("codes", Document, nullable=False, default=list),
    sa.Column("detail", Text, nullable=False, default=""),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("claimed_by", Text),
    sa.Column("claimed_until", Instant),
    sa.Column("first_seen_at", Instant, nullable=False),
    sa.Column("finished_at", Instant),
    sa.Column("believed", Text, nullable=False, server_default=sa.text("''")),  # why its sender was: dmarc=pass, …
    sa.Column("bytes_removed_at", Instant),  # by the settings' retention, or with a person's data
    sa.UniqueConstraint("raw_sha256", "as_number"),
    sa.Index(None, "state", "id"),
    sa.Index(None, "message_id"),
)

sighting = _table(
    "sighting",
    _id(),
    _ref("inbound_id", "inbound"),
    sa.Column("mailbox", Text, nullable=False),
    sa.Column("folder", Text, nullable=False),
    sa.Column("epoch", Id, nullable=False),
    sa.Column("uid", Text, nullable=False),
    sa.Column("is_duplicate", sa.Boolean, nullable=False, default=False),  # its bytes had been seen before
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("settled_at", Instant),  # moved out of the folder, verified
    sa.UniqueConstraint("mailbox", "folder", "epoch", "uid"),
    sa.Index(
        "ix_sighting_unsettled",
        "mailbox",
        "folder",
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    ),
)

# ---- submissions -------------------------------------------------------------------------------

submission = _table(
    "submission",
    _id(),
    _ref("inbound_id", "inbound"),
    sa.Column("position", sa.Integer, nullable=False, default=0),  # which workbook of the message
    _ref("rep_id", "person", nullable=True),
    _ref("sender_id", "person", nullable=True),
    sa.Column("template_id", Text, nullable=False, default=""),
    sa.Column("template_version", sa.Integer),
    sa.Column("report_date", sa.Date),
    sa.Column("revision", sa.Integer, nullable=False, default=1),
    _ref("supersedes_id", "submission", nullable=True),
    sa.Column("is_current", sa.Boolean, nullable=False, default=False),
    sa.Column("is_waiting", sa.Boolean, nullable=False, default=False),  # data.md 4: would wipe most of an earlier one
    sa.Column("file_name", Text, nullable=False, default=""),
    sa.Column("workbook_sha256", Text, nullable=False, default=""),
    sa.Column("state", Text, nullable=False),
    sa.Column("reason", Text, nullable=False, default=""),
    sa.Column("rows_landed", sa.Integer, nullable=False, default=0),
    sa.Column("rows_parked", sa.Integer, nullable=False, default=0),
    sa.Column("headers", Document, nullable=False, default=dict),  # how this sender's columns were mapped
    sa.Column("received_at", Instant, nullable=False),
    sa.UniqueConstraint("inbound_id", "position"),
    sa.Index(None, "rep_id", "report_date", "template_id"),
    sa.Index(None, "report_date"),  # a week's reports, whoever's
    sa.Index(None, "rep_id", "workbook_sha256"),
    sa.Index(
        "uq_submission_current",
        "rep_id",
        "report_date",
        "template_id",
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    ),
    sa.Index(
        "ix_submission_waiting",
        "rep_id",
        sqlite_where=sa.text("is_waiting = 1"),  # as queries say it there, or it is not used
        postgresql_where=sa.text("is_waiting"),
    ),
)

issue = _table(
    "issue",
    _id(),
    _ref("submission_id", "submission"),
    sa.Column("code", Text, nullable=False),
    sa.Column("severity", Text, nullable=False),
    sa.Column("sheet", Text, nullable=False, default=""),  # sheet key
    sa.Column("row_number", sa.Integer),
    sa.Column("field", Text),
    sa.Column("detail", Document, nullable=False),  # the whole issue
    sa.Index(None, "code"),
)

row_decision = _table(
    "row_decision",  # what a steward did about a row that waited; known by its place, as its copies are
    _id(),
    _ref("submission_id", "submission"),
    sa.Column("sheet", Text, nullable=False),
    sa.Column("row_number", sa.Integer, nullable=False),
    sa.Column("kind", Text, nullable=False),  # repaired, returned, dropped
    sa.Column("edits", Document, nullable=False, default=dict),  # repaired: what was written instead, by field
    sa.Column("before", Document, nullable=False, default=dict),  # the row's typed values until then
    sa.Column("note", Text, nullable=False, default=""),
    _ref("person_id", "person", nullable=True),
    sa.Column("actor", Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("undone_at", Instant),
    sa.Index(None, "at"),
)

column_memory = _table(
    "column_memory",  # what a sender's own headers mapped to before
    sa.Column("person_id", Id, sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("template_id", Text, primary_key=True),
    sa.Column("sheet", Text, primary_key=True),
    sa.Column("header", Text, primary_key=True),
    sa.Column("field", Text, nullable=False),
)

template_version = _table(
    "template_version",
    sa.Column("template_id", Text, primary_key=True),
    sa.Column("digest", Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("spec", Document, nullable=False),
    sa.Column("applied_at", Instant, nullable=False),
)

# ---- customers ---------------------------------------------------------------------------------

customer = _table(
    "customer",
    _id(),
    sa.Column("display_name", Text, nullable=False),
    sa.Column("short_name", Text, nullable=False, default=""),
    sa.Column("kind", Text, nullable=False, default=""),
    sa.Column("status", Text, nullable=False, index=True),
    _ref("merged_into", "customer", nullable=True),
    sa.Column("root_id", Id, index=True),  # own id, or that of the customer it was merged into
    # what a merged record shows instead of its own values: field → value, and whose it is; the columns
    # stay its own, so that undoing the merge has nothing to put back
    sa.Column("survived", Document),
    sa.Column("credit_code", Text, index=True),
    sa.Column("region_code", Text),
    sa.Column("city", Text),
    sa.Column("industry", Text),
    sa.Column("level", Text),
    sa.Column("address", Text),
    sa.Column("phone", Text),
    sa.Column("note", Text),
    sa.Column("parse", Document),
    sa.Column("ruleset_version", Text, nullable=False, default=""),
    sa.Column("created_at", Instant, nullable=False),
    _ref("created_by_submission", "submission", nullable=True),
)

customer_external_id = _table(
    "customer_external_id",
    sa.Column("system", Text, primary_key=True),
    sa.Column("value", Text, primary_key=True, index=True),  # people search by it, whatever the system
    _ref("customer_id", "customer"),
)

customer_field = _table(
    "customer_field",  # provenance of each value, and every proposal
    _id(),
    _ref("customer_id", "customer"),
    sa.Column("field", Text, nullable=False),
    sa.Column("value", Text, nullable=False),
    sa.Column("source", Text, nullable=False),  # import, steward, report, rule
    _ref("submission_id", "submission", nullable=True),
    sa.Column("row_number", sa.Integer),
    _ref("person_id", "person", nullable=True),
    sa.Column("is_proposal", sa.Boolean, nullable=False, default=False),
    sa.Column("at", Instant, nullable=False),
)

customer_alias = _table(
    "customer_alias",
    _id(),
    _ref("customer_id", "customer"),
    sa.Column("text", Text, nullable=False, index=True),
    sa.Column("key", Text, nullable=False, index=True),
    sa.Column("profile", Text),  # what counts of it when names are compared; None: not yet made
    sa.Column("source", Text, nullable=False),
    _ref("submission_id", "submission", nullable=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("initials", Text, nullable=False, server_default=sa.text("''"), index=True),  # of its pinyin: hzysyb
    sa.UniqueConstraint("customer_id", "text"),
)

name_key = _table(
    "name_key",  # candidate lookup
    # CRC of a tagged piece of a name (dedupe/keys.py); no foreign key: two million checks buy nothing here
    sa.Column("key", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("customer_id", Id, primary_key=True, autoincrement=False),
)
name_key.dialect_options["sqlite"]["with_rowid"] = False

customer_relation = _table(
    "customer_relation",
    _id(),
    _ref("child_id", "customer"),
    _ref("parent_id", "customer"),
    sa.Column("type", Text, nullable=False),
    sa.Column("source", Text, nullable=False),
    sa.Column("confidence", Text, nullable=False, default=""),
    sa.Column("status", Text, nullable=False),
    sa.Column("valid_from", Instant, nullable=False),
    sa.Column("valid_to", Instant),
)

contact = _table(
    "contact",
    _id(),
    _ref("customer_id", "customer"),
    sa.Column("name", Text, nullable=False),
    sa.Column("name_key", Text, nullable=False),
    sa.Column("phone", Text, nullable=False, default=""),  # first number, digits only
    sa.Column("created_at", Instant, nullable=False),
    sa.Index(None, "customer_id", "name_key"),
    sa.Index(None, "phone"),
)

contact_field = _table(
    "contact_field",  # every value a contact was ever reported with; the newest not superseded is shown
    _id(),
    _ref("contact_id", "contact"),
    sa.Column("field", Text, nullable=False),
    sa.Column("value", Text, nullable=False),
    _ref("submission_id", "submission", nullable=True),
    sa.Column("at", Instant, nullable=False),
)

opportunity = _table(
    "opportunity",  # identity only; its state is the latest event that is not superseded
    _id(),
    _ref("customer_id", "customer"),
    sa.Column("project", Text, nullable=False),
    sa.Column("project_key", Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.UniqueConstraint("customer_id", "project_key"),
)

assignment = _table(
    "assignment",
    _id(),
    _ref("customer_id", "customer"),
    _ref("person_id", "person"),
    sa.Column("role", Text, nullable=False),  # owner, participant
    sa.Column("source", Text, nullable=False),
    _ref("submission_id", "submission", nullable=True),
    sa.Column("from_on", sa.Date, nullable=False),
    sa.Column("to_on", sa.Date),
    sa.Column("last_report_on", sa.Date),
)

# ---- a person's decisions ----------------------------------------------------------------------

ruleset = _table(
    "ruleset",
    _id(),
    sa.Column("version", Text, nullable=False, unique=True),
    sa.Column("content", Document, nullable=False),
    sa.Column("activated_at", Instant),
    _ref("person_id", "person", nullable=True),
)

judgement = _table(
    "judgement",
    _id(),
    _ref("left_id", "customer"),
    _ref("right_id", "customer"),
    sa.Column("says", Text, nullable=False),  # same, different, related
    sa.Column("reason", Text, nullable=False, default=""),
    _ref("person_id", "person", nullable=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Column("actor", Text, nullable=False, server_default="daysheet"),  # as in the audit: who it was
    _ref("review_id", "review", nullable=True),  # the question it answers
)

merge_event = _table(
    "merge_event",
    _id(),
    _ref("winner_id", "customer"),
    _ref("loser_id", "customer"),
    sa.Column("before", Document, nullable=False),
    _ref("judgement_id", "judgement", nullable=True),
    _ref("person_id", "person", nullable=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("undone_at", Instant),
    sa.Column("actor", Text, nullable=False, server_default="daysheet"),
    sa.Column("kept", Document),  # field → the customer whose value was chosen by hand
    sa.Index(None, "at"),
)

review = _table(
    "review",
    _id(),
    sa.Column("kind", Text, nullable=False),
    _ref("customer_id", "customer", nullable=True),
    _ref("submission_id", "submission", nullable=True),
    sa.Column("state", Text, nullable=False, index=True),  # open, decided, withdrawn
    sa.Column("detail", Document, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("decided_at", Instant),
    _ref("person_id", "person", nullable=True),
    sa.Column("says", Text),
    sa.Column("reason", Text),
    sa.Column("actor", Text),
    _ref("assignee_id", "person", nullable=True),  # the steward who has taken it
    sa.Column("brand", Text, nullable=False, server_default=sa.text("''")),  # what groups questions about one name
    sa.Column("batch", Text, index=True),  # answers given together are taken back together
    sa.Index(None, "state", "decided_at"),  # what was settled last, without sorting years of it
    sa.Index(
        "uq_review_open",  # one question at a time about a customer
        "customer_id",
        "kind",
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    ),
)

# ---- mail out, and the log ---------------------------------------------------------------------

outbox = _table(
    "outbox",
    _id(),
    _ref("inbound_id", "inbound", nullable=True),
    _ref("submission_id", "submission", nullable=True),
    sa.Column("kind", Text, nullable=False),
    sa.Column("recipient", Text, nullable=False),
    sa.Column("cc", Document, nullable=False, default=list),
    sa.Column("message_id", Text, nullable=False, unique=True),
    sa.Column("in_reply_to", Text, nullable=False, default=""),
    sa.Column("references", Document, nullable=False, default=list),
    sa.Column("payload", Document, nullable=False),  # the Answer
    sa.Column("state", Text, nullable=False),  # queued, sending, sent, failed, held, bounced
    sa.Column("priority", sa.Integer, nullable=False, server_default=sa.text("0")),  # 0: goes before all that is 1
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("unknowns", sa.Integer, nullable=False, default=0),  # times it was found half-sent
    sa.Column("next_at", Instant, nullable=False),
    sa.Column("claimed_by", Text),
    sa.Column("last_error", Text, nullable=False, default=""),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("sent_at", Instant),
    sa.Index(None, "state", "priority", "next_at"),
    sa.Index(None, "recipient", "sent_at"),
)

# ---- digests -----------------------------------------------------------------------------------

digest = _table(
    "digest",  # one per person, kind and period: the figures as they were told, and the mail that told them
    _id(),
    sa.Column("kind", Text, nullable=False),
    sa.Column("first_on", sa.Date, nullable=False),
    sa.Column("last_on", sa.Date, nullable=False),
    _ref("person_id", "person"),
    sa.Column("figures", Document, nullable=False),
    _ref("outbox_id", "outbox", nullable=True),  # None: there was nothing to say
    sa.Column("made_at", Instant, nullable=False),
    sa.UniqueConstraint("kind", "first_on", "person_id"),
)

digest_run = _table(
    "digest_run",  # a period that every recipient of a time zone has been served
    sa.Column("kind", Text, primary_key=True),
    sa.Column("zone", Text, primary_key=True),
    sa.Column("first_on", sa.Date, primary_key=True),
    sa.Column("last_on", sa.Date, nullable=False),
    sa.Column("mails", sa.Integer, nullable=False),
    sa.Column("finished_at", Instant, nullable=False),
)

subscription = _table(
    "subscription",  # a person's own choice of a digest; none: as the kind has it
    sa.Column("person_id", Id, sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("kind", Text, primary_key=True),
    sa.Column("wants", sa.Boolean, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

spot_check = _table(
    "spot_check",  # a sample of customers for a check by phone
    _id(),
    sa.Column("drawn_at", Instant, nullable=False),
    sa.Column("drawn_on", sa.Date, nullable=False),
    sa.Column("actor", Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("seed", sa.Integer, nullable=False),
    sa.Column("by_region", sa.Boolean, nullable=False),
)

spot_item = _table(
    "spot_item",
    _id(),
    _ref("spot_check_id", "spot_check", index=False),
    _ref("customer_id", "customer"),
    sa.Column("stratum", Text, nullable=False),  # the region it was drawn for
    sa.Column("printed", Document, nullable=False),  # field → value as it was handed out
    sa.Column("outcome", Text),  # reached, unreached; None: not yet back
    sa.Column("judged", Document, nullable=False),  # the fields of which it was said whether they are right
    sa.Column("wrong", Document, nullable=False),  # field → what is right, "" where that was not said
    sa.Column("note", Text, nullable=False, server_default=sa.text("''")),
    sa.Column("checked_on", sa.Date),
    sa.Column("returned_at", Instant),
    sa.Column("actor", Text),
    sa.UniqueConstraint("spot_check_id", "customer_id"),
    sa.Index(None, "checked_on"),
)

alarm = _table(
    "alarm",
    _id(),
    sa.Column("kind", Text, nullable=False),
    sa.Column("subject", Text, nullable=False),  # what it is about: an address, a mailbox
    sa.Column("detail", Text, nullable=False, default=""),
    sa.Column("raised_at", Instant, nullable=False),
    sa.Column("cleared_at", Instant),
    sa.Column("told_at", Instant),  # administrators were mailed that it began
    sa.Column("end_told_at", Instant),  # and that it is over
    sa.Index(None, "kind", "subject"),
)

audit = _table(
    "audit",  # append-only
    _id(),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", Text, nullable=False),  # "daysheet", or an employee number
    sa.Column("action", Text, nullable=False),
    sa.Column("entity", Text, nullable=False),
    sa.Column("entity_id", Id),
    sa.Column("before", Document),
    sa.Column("after", Document),
    sa.Index(None, "entity", "entity_id"),
    sa.Index(None, "actor", "at"),
    sa.Index(None, "action", "at"),
    sa.Index(None, "at"),
)
