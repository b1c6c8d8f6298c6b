"""What hangs on one person, or on one contact of a customer: messages, reports, rows, and the ways in."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model.template import Meaning
from daysheet.store import scrubbing
from daysheet.store import tables as core
from daysheet.store.engine import CHUNK, chunks
from daysheet.store.retention import UNSENT, needed
from daysheet.store.scrubbing import Terms
from daysheet.store.sheets import SheetTables


@dataclass(frozen=True, slots=True)
class Traces:
    """Ids of the messages, reports and mails that somebody has part in; *addresses* are those mailed to, or from."""

    messages: frozenset[int] = frozenset()
    submissions: frozenset[int] = frozenset()
    addresses: frozenset[str] = frozenset()
    people: frozenset[int] = field(default=frozenset())


def of_person(connection: Connection, person_id: int, addresses: Collection[str]) -> Traces:
    """Return what a person sent, or had sent in their name, from *addresses* and from those they had before."""
    sub, inbound = core.submission, core.inbound
    sent_by = (
        sa.select(inbound.c.sender).join(sub, sub.c.inbound_id == inbound.c.id).where(sub.c.sender_id == person_id)
    )
    earlier = set(connection.execute(sent_by.distinct()).scalars()) - {*addresses, ""}
    # an address that was handed on is its new owner's, and so is what comes from it
    addresses = {*addresses, *earlier} - owned_by_others(connection, earlier, person_id)
    own = sa.or_(sub.c.rep_id == person_id, sub.c.sender_id == person_id)
    rows = connection.execute(sa.select(sub.c.id, sub.c.inbound_id).where(own)).all()
    sent = connection.execute(sa.select(inbound.c.id).where(inbound.c.sender.in_(sorted(addresses)))).scalars()
    return Traces(
        messages=frozenset(row.inbound_id for row in rows) | frozenset(sent),
        submissions=frozenset(row.id for row in rows),
        addresses=frozenset(addresses),
        people=frozenset({person_id}),
    )


def owned_by_others(connection: Connection, addresses: Collection[str], person_id: int = 0) -> set[str]:
    """Return those of *addresses* that somebody but the person has now."""
    address, found = core.person_address, set[str]()
    for some in chunks(sorted(addresses)):
        query = sa.select(address.c.address).where(address.c.address.in_(some), address.c.person_id != person_id)
        found |= set(connection.execute(query).scalars())
    return found


def unsent_to(connection: Connection, addresses: Collection[str]) -> tuple[int, ...]:
    """Return the mails to *addresses* that may still leave."""
    outbox, found = core.outbox, list[int]()
    for some in chunks(sorted(addresses)):
        query = sa.select(outbox.c.id).where(outbox.c.recipient.in_(some), outbox.c.state.in_(UNSENT))
        found += connection.execute(query).scalars()
    return tuple(sorted(found))


def called_alike(connection: Connection, names: Collection[str], ids: Collection[int] = ()) -> tuple[str, ...]:
    """
    Return the names, numbers and addresses of others that one of *names* is part of, and is not the whole of.

    Of contacts, those of *ids* are left out.
    """
    wanted = [one.casefold() for one in names if one]
    columns = (
        *(core.person.c.name, core.person.c.number, core.person_address.c.address),
        *(core.team.c.name, core.region.c.name),
        *(core.contact.c.name, core.customer.c.display_name, core.customer_alias.c.text),
    )
    found: set[str] = set()
    for column in columns:
        for one in wanted:
            query = sa.select(column).where(scrubbing.maybe_in(column, one)).distinct()
            if column.table is core.contact and ids:
                query = query.where(core.contact.c.id.not_in(sorted(ids)[:CHUNK]))
            said = connection.execute(query).scalars()
            found |= {text for text in said if one in text.casefold() and text.casefold() not in wanted}
    return tuple(sorted(found))


def namesakes(connection: Connection, ids: Collection[int], customers: Collection[int]) -> frozenset[int]:
    """Return other contacts of *customers* that are called as those of *ids* are."""
    one, found = core.contact, set[int]()
    keys = sa.select(one.c.name_key).where(one.c.id.in_(sorted(ids)[:CHUNK]))
    for some in chunks(sorted(customers)):
        query = sa.select(one.c.id).where(one.c.customer_id.in_(some), one.c.name_key.in_(keys))
        found |= set(connection.execute(query).scalars())
    return frozenset(found - set(ids))


def shared_values(connection: Connection, ids: Collection[int], values: Collection[str]) -> frozenset[str]:
    """
    Return those of *values* (numbers, addresses) that somebody else has, too: a contact, a customer, a person.

    A contact who is called the same and has the same number is taken for the same person.
    """
    found: set[str] = set()
    field_, one = core.contact_field, core.contact
    keys = sa.select(one.c.name_key).where(one.c.id.in_(sorted(ids)[:CHUNK]))
    is_other = one.c.name_key.not_in(keys)
    for some in chunks(sorted(values)):
        others = (
            sa.select(field_.c.value)
            .join(one, one.c.id == field_.c.contact_id)
            .where(field_.c.value.in_(some), is_other),
            sa.select(one.c.phone).where(one.c.phone.in_(some), is_other),
        )
        for query in others:
            found |= set(connection.execute(query).scalars())
        phones = sa.select(core.customer.c.phone).where(core.customer.c.phone.in_(some))
        found |= {value for value in connection.execute(phones).scalars() if value is not None}
    return frozenset(found | owned_by_others(connection, values))


def naming(connection: Connection, sheets: SheetTables, terms: Terms) -> frozenset[int]:
    """Return the reports in whose rows *terms* stand, those that were not taken, too."""
    found: set[int] = set()
    for key in sheets.keys if terms else ():
        table = sheets.table(key)
        place = list(table.c.keys()).index("submission_id")
        found |= {row[place] for row in scrubbing.held(connection, table, sa.false(), terms)}
    return frozenset(found)


def of_contact(
    connection: Connection, sheets: SheetTables, ids: Collection[int], reports: Collection[int] = ()
) -> Traces:
    """Return the reports that name a contact, *reports* among them, the messages they came in, and who was answered."""
    found: set[int] = set(reports)
    contact_field = core.contact_field
    for some in chunks(sorted(ids)):
        query = sa.select(contact_field.c.submission_id).where(contact_field.c.contact_id.in_(some))
        found |= {one for one in connection.execute(query).scalars() if one is not None}
        for key in sheets.keys:
            table = sheets.table(key)
            query = sa.select(table.c.submission_id).where(table.c.contact_id.in_(some))
            found |= set(connection.execute(query).scalars())
    found |= _same_workbooks(connection, found)
    messages: set[int] = set()
    people: set[int] = set()
    sub = core.submission
    for some in chunks(sorted(found)):
        for row in connection.execute(sa.select(sub).where(sub.c.id.in_(some))):
            messages.add(row.inbound_id)
            people |= {one for one in (row.rep_id, row.sender_id) if one is not None}
    address = core.person_address
    addresses: set[str] = set()
    for some in chunks(sorted(people)):
        addresses |= set(
            connection.execute(sa.select(address.c.address).where(address.c.person_id.in_(some))).scalars()
        )
    return Traces(frozenset(messages), frozenset(found), frozenset(addresses), frozenset(people))


def _same_workbooks(connection: Connection, submissions: Collection[int]) -> set[int]:
    """Return what brought the same workbooks once more: their rows were not filed again, but their bytes are there."""
    sub = core.submission
    found: set[int] = set()
    for some in chunks(sorted(submissions)):
        books = sa.select(sub.c.workbook_sha256).where(sub.c.id.in_(some), sub.c.workbook_sha256 != "")
        found |= set(connection.execute(sa.select(sub.c.id).where(sub.c.workbook_sha256.in_(books))).scalars())
    return found


def unfinished(connection: Connection, messages: Collection[int]) -> tuple[int, ...]:
    """Return those of *messages* whose bytes somebody still needs: not worked, waiting for a person, not answered."""
    found: list[int] = []
    for some in chunks(sorted(messages)):
        query = sa.select(core.inbound.c.id).where(core.inbound.c.id.in_(some), needed(core.inbound))
        found += connection.execute(query).scalars()
    return tuple(found)


def hashes(connection: Connection, messages: Iterable[int]) -> frozenset[str]:
    """Return the hashes of the messages' bytes."""
    found: set[str] = set()
    for some in chunks(sorted(messages)):
        query = sa.select(core.inbound.c.raw_sha256).where(core.inbound.c.id.in_(some))
        found |= set(connection.execute(query).scalars())
    return frozenset(found)


def sharing(connection: Connection, digests: Collection[str]) -> frozenset[int]:
    """Return all messages of the same bytes: they are removed together."""
    found: set[int] = set()
    for some in chunks(sorted(digests)):
        query = sa.select(core.inbound.c.id).where(core.inbound.c.raw_sha256.in_(some))
        found |= set(connection.execute(query).scalars())
    return frozenset(found)


def empty(connection: Connection, traces: Traces) -> None:
    """Take off the messages and reports what their sender wrote about them: subjects and names of files."""
    for some in chunks(sorted(traces.messages)):
        statement = core.inbound.update().where(core.inbound.c.id.in_(some))
        connection.execute(statement.values(subject="", file_name="", detail="", message_id=""))
    for some in chunks(sorted(traces.submissions)):
        connection.execute(core.submission.update().where(core.submission.c.id.in_(some)).values(file_name=""))


def close_person(connection: Connection, person_id: int, known_as: str) -> None:
    """Leave of a person the number *known_as*, which their figures hang on; take every way in."""
    ways = (core.web_session, core.login_link, core.api_token, core.account, core.person_address, core.person_proxy)
    for table in (*ways, core.column_memory, core.subscription):
        connection.execute(table.delete().where(table.c.person_id == person_id))
    values: Mapping[str, Any] = {"number": known_as, "name": known_as, "is_active": False, "language": None}
    connection.execute(core.person.update().where(core.person.c.id == person_id).values(**values, timezone=None))


def close_contact(connection: Connection, ids: Collection[int], known_as: str) -> None:
    """Leave of a contact that there was one."""
    for some in chunks(sorted(ids)):
        values = {"name": known_as, "name_key": known_as.casefold(), "phone": ""}
        connection.execute(core.contact.update().where(core.contact.c.id.in_(some)).values(values))
        connection.execute(
            core.contact_field.update().where(core.contact_field.c.contact_id.in_(some)).values(value="")
        )


def contact_values(connection: Connection, sheets: SheetTables, ids: Collection[int]) -> dict[str, set[str]]:
    """Return every value that a contact was ever reported with, by field; under ``name`` the names."""
    found: dict[str, set[str]] = {"name": set(), "phone": set()}
    for some in chunks(sorted(ids)):
        for row in connection.execute(sa.select(core.contact).where(core.contact.c.id.in_(some))):
            found["name"].add(row.name)
            found["phone"] |= {row.phone} - {""}
        query = sa.select(core.contact_field.c.field, core.contact_field.c.value)
        for row in connection.execute(query.where(core.contact_field.c.contact_id.in_(some))):
            found.setdefault(row.field, set()).add(row.value)
        for key in sheets.keys:
            # a cell may hold more numbers than the one that is kept
            table, said = sheets.table(key), _said_of_contacts(sheets, key)
            query = sa.select(*(table.c[name] for name in said)).where(table.c.contact_id.in_(some))
            for row in connection.execute(query) if said else ():
                for field_, value in zip(said.values(), row, strict=True):
                    found.setdefault(field_, set()).update(value if isinstance(value, list) else {value})
    return {name: {one for one in values if one} for name, values in found.items()}


def _said_of_contacts(sheets: SheetTables, key: str) -> dict[str, str]:
    return {one.key: _FIELDS[one.meaning] for one in sheets.columns[key].values() if one.meaning in _FIELDS}


_FIELDS: Mapping[Meaning | None, str] = {
    Meaning.CONTACT_NAME: "name",
    Meaning.CONTACT_TITLE: "title",
    Meaning.CONTACT_PHONE: "phone",
    Meaning.CONTACT_EMAIL: "email",
}


def customer_of(connection: Connection, contact_id: int) -> int | None:
    """Return the customer that a contact stands under, None where there is no such contact."""
    found: int | None = connection.scalar(sa.select(core.contact.c.customer_id).where(core.contact.c.id == contact_id))
    return found


def united(connection: Connection, customer_id: int) -> frozenset[int]:
    """Return a customer and all that it is merged with."""
    root = sa.select(core.customer.c.root_id).where(core.customer.c.id == customer_id).scalar_subquery()
    return frozenset(connection.execute(sa.select(core.customer.c.id).where(core.customer.c.root_id == root)).scalars())
