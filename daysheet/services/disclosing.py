"""
Write out what is held of a person, or of a contact of a customer, in open formats, for whoever asks what is.

The form is that of ``exporting``: a table as JSON lines, a mail as it came. A row is there where it belongs to
them, or where a number, address or name of theirs stands in it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from daysheet.errors import StoreError, UsageError
from daysheet.model.people import Person
from daysheet.services import exporting
from daysheet.services.forgetting import STAFF, contact_terms, person_terms, same_contact
from daysheet.services.tools import Tools
from daysheet.store import contacts, everything, people, scrubbing, subjects
from daysheet.store.contacts import ContactView
from daysheet.store.engine import Connection
from daysheet.store.scrubbing import Terms

README = """# Daysheet: what is held / 所存的数据

{subject}, {at} UTC

English: every file in `tables/` holds the rows of one table that belong to the person or name them, one JSON object per
line (UTF-8); instants are UTC. `mails/` holds the raw mails that came from the person, named by their SHA-256.
Passwords, sessions, links and tokens are left out.

中文：`tables/` 里每个文件是一张表中属于或提到此人的行，每行一个 JSON 对象（UTF-8）；时刻为 UTC。
`mails/` 是此人发来的原始邮件，以 SHA-256 命名。不含密码、会话、链接和令牌。
"""
_OF_A_PERSON = ("person_id", "rep_id", "sender_id", "assignee_id")


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What was written: rows by table, and raw mails. *lost*: mails whose bytes are no longer kept."""

    rows: Mapping[str, int]
    mails: int = 0
    lost: int = 0
    folder: Path = field(default=Path())


def contacts_of(tools: Tools, customer_id: int) -> tuple[ContactView, ...]:
    """Return the contacts of a customer and of what was merged with it."""
    with tools.database.reading() as connection:
        return contacts.of(connection, customer_id)


def contact_of(tools: Tools, contact_id: int) -> ContactView:
    """Return a contact as they are shown; raises UsageError where there is none."""
    with tools.database.reading() as connection:
        ids, _ = same_contact(connection, contact_id)
        customer_id = subjects.customer_of(connection, contact_id)
        assert customer_id is not None
        return next(one for one in contacts.of(connection, customer_id, limit=100_000) if set(one.ids) & ids)


def person_of(tools: Tools, number: str) -> Person:
    """Return whoever has the employee number *number*; raises UsageError where nobody has."""
    with tools.database.reading() as connection:
        known = people.find_by_number(connection, number)
    if known is None:
        raise UsageError(f"there is nobody with the number {number}")
    return known


def person(tools: Tools, number: str, folder: Path) -> Disclosed:
    """Write out what is held of the person *number*; raises UsageError where there is none, or *folder* is no good."""
    with tools.database.reading() as connection:
        known = people.find_by_number(connection, number)
        if known is None:
            raise UsageError(f"there is nobody with the number {number}")
        traces = subjects.of_person(connection, known.id, known.addresses)
        anywhere, among_us = person_terms(known, traces.addresses)
        wanted = {}
        for table in everything.tables(connection, tools.tables):
            own = [table.c[name] == known.id for name in _OF_A_PERSON if name in table.c]
            if table.name == "person":
                own.append(table.c.id == known.id)
            for column, ids in (("submission_id", traces.submissions), ("inbound_id", traces.messages)):
                own += scrubbing.among(table.c[column], ids) if column in table.c else []
            if table.name == "inbound":
                own += scrubbing.among(table.c.id, traces.messages)
            terms = among_us if table.name in STAFF else anywhere
            wanted[table] = (sa.or_(sa.false(), *own), terms)
        return _write(tools, connection, folder, wanted, f"{known.number} {known.name}", traces.messages)


def contact(tools: Tools, contact_id: int, folder: Path) -> Disclosed:
    """Write out what is held of a contact, without raw mails, which are others'; raises UsageError like ``person``."""
    with tools.database.reading() as connection:
        ids, _ = same_contact(connection, contact_id)
        anywhere, *_ = contact_terms(subjects.contact_values(connection, tools.tables, ids))
        wanted = {}
        for table in everything.tables(connection, tools.tables):
            own = list(scrubbing.among(table.c.contact_id, ids)) if "contact_id" in table.c else []
            if table.name == "contact":
                own += scrubbing.among(table.c.id, ids)
            wanted[table] = (sa.or_(sa.false(), *own), anywhere)
        return _write(tools, connection, folder, wanted, f"contact {contact_id}", frozenset())


def _write(
    tools: Tools,
    connection: Connection,
    folder: Path,
    wanted: Mapping[sa.Table, tuple[sa.ColumnElement[bool], Terms]],
    subject: str,
    messages: frozenset[int],
) -> Disclosed:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "tables").mkdir()
        rows = {}
        for table, (own, terms) in wanted.items():
            lines = [
                json.dumps(dict(zip(table.c.keys(), map(exporting.plain, row), strict=True)), ensure_ascii=False)
                for row in scrubbing.held(connection, table, own, terms)
            ]
            if lines:
                rows[table.name] = len(lines)
                exporting.write(folder / "tables" / f"{table.name}.jsonl", "\n".join([*lines, ""]).encode())
        mails, lost = _mails(tools, connection, folder / exporting.MAILS, messages)
        exporting.write(folder / "README.md", README.format(subject=subject, at=f"{tools.clock():%F %T}").encode())
    except OSError as error:
        raise UsageError(f"cannot write into {folder}: {error.strerror or error}") from error
    return Disclosed(rows, mails, lost, folder)


def _mails(tools: Tools, connection: Connection, folder: Path, messages: frozenset[int]) -> tuple[int, int]:
    folder.mkdir()
    mails = lost = 0
    files = everything.bare_files(connection)
    for digest in sorted(subjects.hashes(connection, messages)):
        try:
            exporting.write(folder / f"{digest}.{'bin' if digest in files else 'eml'}", tools.spool.get(digest))
            mails += 1
        except StoreError:
            lost += 1
    return mails, lost
