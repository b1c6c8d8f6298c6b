"""
Contacts: who they are, and every value they were ever reported with.

Each belongs to the customer its rows were stored on. Where customers were merged, their contacts
are united by ``of``, not in the table, so that undoing the merge leaves each where it was.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.store.engine import chunks
from daysheet.store.rows import insert_rows
from daysheet.store.tables import contact, contact_field, customer


@dataclass(frozen=True, slots=True)
class ContactSeen:
    """A contact as a row names them; *phone* is their first number."""

    customer_id: int
    name: str
    phone: str = ""
    title: str = ""
    email: str = ""


def name_key(name: str) -> str:
    """Return a name for comparing: width, case and spaces do not count."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).casefold()


def phone_key(phone: str) -> str:
    """Return a phone number's digits, without the country's 86."""
    digits = re.sub(r"\D", "", phone)
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits


def resolve(connection: Connection, seen: Sequence[ContactSeen], submission_id: int, now: datetime) -> list[int]:
    """
    Return the contact id of each of *seen*, adding those nobody knows, and record new values.

    Two are one where customer and name agree, and the phone where both have one.
    """
    if not seen:
        return []
    known, latest = _known(connection, sorted({item.customer_id for item in seen}))
    new: list[dict[str, Any]] = []
    learnt: dict[int, str] = {}  # phones of known contacts that had none
    places: list[int] = []  # contact ids; below 0 the places in *new*, counted from the end
    for item in seen:
        key, phone = (item.customer_id, name_key(item.name)), phone_key(item.phone)
        candidates = known.setdefault(key, {})
        found = next((cid for cid, has in candidates.items() if not phone or not has or has == phone), None)
        if found is None:
            found = -1 - len(new)
            new.append(
                {
                    "customer_id": item.customer_id,
                    "name": item.name,
                    "name_key": key[1],
                    "phone": phone,
                    "created_at": now,
                }
            )
        elif phone and not candidates[found]:
            if found < 0:
                new[-1 - found]["phone"] = phone
            else:
                learnt[found] = phone
        candidates[found] = phone or candidates.get(found, "")
        places.append(found)
    added = _add(connection, new)
    if learnt:
        connection.execute(_LEARN, [{"own_id": one, "learnt": phone} for one, phone in learnt.items()])
    ids = [place if place >= 0 else added[-1 - place] for place in places]
    _record(connection, list(zip(ids, seen, strict=True)), latest, submission_id, now)
    return ids


def _add(connection: Connection, new: Sequence[Mapping[str, Any]]) -> list[int]:
    """Add contacts and return their ids in the order of *new*: two with one name differ in their phone."""
    if not new:
        return []
    # ids in the order of the rows would cost a statement for each row
    ids = {tuple(identity): contact_id for contact_id, *identity in connection.execute(_INSERT, new)}
    return [ids[item["customer_id"], item["name_key"], item["phone"]] for item in new]


_INSERT = contact.insert().returning(contact.c.id, contact.c.customer_id, contact.c.name_key, contact.c.phone)
_LEARN = contact.update().where(contact.c.id == sa.bindparam("own_id")).values(phone=sa.bindparam("learnt"))
_OF_CUSTOMERS = (
    sa.select(
        contact.c.id,
        contact.c.customer_id,
        contact.c.name_key,
        contact.c.phone,
        contact_field.c.field,
        contact_field.c.value,
    )
    .join_from(contact, contact_field, contact_field.c.contact_id == contact.c.id, isouter=True)
    .where(contact.c.customer_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(contact.c.id, contact_field.c.id)
)


def _known(
    connection: Connection, customer_ids: Sequence[int]
) -> tuple[dict[tuple[int, str], dict[int, str]], dict[tuple[int, str], str]]:
    """
    Return the contacts stored on these very customers, and the newest value of each of their fields.

    The contacts are by customer and name: id → phone; the values by id and field.
    """
    found: dict[tuple[int, str], dict[int, str]] = {}
    latest: dict[tuple[int, str], str] = {}
    for some in chunks(customer_ids):
        for contact_id, customer_id, key, phone, field, value in connection.execute(_OF_CUSTOMERS, {"ids": some}):
            found.setdefault((customer_id, key), {})[contact_id] = phone
            if field is not None:
                latest[contact_id, field] = value
    return found, latest


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact as shown: the newest value of each field, and every stored contact it is made of."""

    name: str
    ids: tuple[int, ...]
    phone: str = ""
    title: str = ""
    email: str = ""


def of(connection: Connection, customer_id: int, limit: int = 500) -> tuple[ContactView, ...]:
    """Return the contacts of a customer and of what was merged with it; the same person twice is one."""
    root = sa.select(customer.c.root_id).where(customer.c.id == customer_id).scalar_subquery()
    query = (
        sa.select(contact)
        .join(customer, customer.c.id == contact.c.customer_id)
        .where(customer.c.root_id == root)
        .order_by(contact.c.id)
        .limit(limit)
    )
    people: list[tuple[str, str, list[int], str]] = []
    for row in connection.execute(query):
        same = next(
            (p for p in people if p[0] == row.name_key and (not p[1] or not row.phone or p[1] == row.phone)), None
        )
        if same is None:
            people.append((row.name_key, row.phone, [row.id], row.name))
        else:
            same[2].append(row.id)
            people[people.index(same)] = (same[0], same[1] or row.phone, same[2], row.name)
    newest = _newest(connection, [contact_id for _, _, ids, _ in people for contact_id in ids])
    views = []
    for _, _, ids, name in people:
        values: dict[str, tuple[int, str]] = {}
        for contact_id in ids:
            for field, value in newest.get(contact_id, {}).items():
                values[field] = max(values.get(field, value), value)
        views.append(ContactView(name, tuple(ids), **{field: value for field, (_, value) in values.items()}))
    return tuple(views)


def _newest(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, tuple[int, str]]]:
    """Return contact → field → (which of all values it is, the value): the newest of each."""
    found: dict[int, dict[str, tuple[int, str]]] = {}
    for some in chunks(ids):
        query = sa.select(contact_field).where(contact_field.c.contact_id.in_(some)).order_by(contact_field.c.id)
        for row in connection.execute(query):
            found.setdefault(row.contact_id, {})[row.field] = (row.id, row.value)
    return found


def _record(
    connection: Connection,
    seen: Sequence[tuple[int, ContactSeen]],
    latest: dict[tuple[int, str], str],
    submission_id: int,
    now: datetime,
) -> None:
    new = []
    for contact_id, item in seen:
        for name in ("phone", "title", "email"):
            value = getattr(item, name)
            if value and latest.get((contact_id, name)) != value:
                latest[contact_id, name] = value
                new.append(
                    {
                        "contact_id": contact_id,
                        "field": name,
                        "value": value,
                        "submission_id": submission_id,
                        "at": now,
                    }
                )
    insert_rows(connection, contact_field, new)
