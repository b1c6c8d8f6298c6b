"""Contacts: who they are, and every value they were ever reported with."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.store.engine import chunks
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
    known = _known(connection, sorted({item.customer_id for item in seen}))
    ids: list[int] = []
    for item in seen:
        key, phone = (item.customer_id, name_key(item.name)), phone_key(item.phone)
        candidates = known.setdefault(key, {})
        found = next((cid for cid, has in candidates.items() if not phone or not has or has == phone), None)
        if found is None:
            inserted = connection.execute(
                contact.insert().values(
                    customer_id=item.customer_id, name=item.name, name_key=key[1], phone=phone, created_at=now
                )
            ).inserted_primary_key
            assert inserted is not None
            found = int(inserted[0])
        elif phone and not candidates[found]:
            connection.execute(contact.update().where(contact.c.id == found).values(phone=phone))
        candidates[found] = phone or candidates.get(found, "")
        ids.append(found)
    _record(connection, list(zip(ids, seen, strict=True)), submission_id, now)
    return ids


def _known(connection: Connection, customer_ids: Sequence[int]) -> dict[tuple[int, str], dict[int, str]]:
    """Return the contacts of these customers (and of what was merged with them), by the asked customer and name."""
    found: dict[tuple[int, str], dict[int, str]] = {}
    asked, owner = customer.alias("asked"), customer.alias("owner")
    for some in chunks(customer_ids):
        query = (
            sa.select(asked.c.id.label("asked_id"), contact.c.id, contact.c.name_key, contact.c.phone)
            .join_from(asked, owner, owner.c.root_id == asked.c.root_id)
            .join(contact, contact.c.customer_id == owner.c.id)
            .where(asked.c.id.in_(some))
            .order_by(contact.c.id)
        )
        for row in connection.execute(query):
            found.setdefault((row.asked_id, row.name_key), {})[row.id] = row.phone
    return found


def _record(connection: Connection, seen: Sequence[tuple[int, ContactSeen]], submission_id: int, now: datetime) -> None:
    ids = sorted({contact_id for contact_id, _ in seen})
    latest: dict[tuple[int, str], str] = {}
    for some in chunks(ids):
        query = sa.select(contact_field).where(contact_field.c.contact_id.in_(some)).order_by(contact_field.c.id)
        for row in connection.execute(query):
            latest[row.contact_id, row.field] = row.value
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
    if new:
        connection.execute(contact_field.insert(), new)
