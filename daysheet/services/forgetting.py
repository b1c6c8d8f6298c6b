"""
Erase what identifies a person, or a contact of a customer; what was counted stays, under a number that says nothing.

Reports, rows and figures belong to the company and stay. What goes: names, numbers, addresses and telephone numbers
wherever they stand in the database, and the raw mails they came in. The list of erasures (services/erasures.py) lets a
backup that is put back be erased again.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from daysheet.errors import UsageError
from daysheet.model.memory import Actor
from daysheet.model.people import Person
from daysheet.services import erasures, retention
from daysheet.services.leases import held
from daysheet.services.tools import Tools
from daysheet.store import audit, contacts, people, scrubbing, subjects
from daysheet.store import retention as bytes_kept
from daysheet.store.engine import Connection
from daysheet.store.scrubbing import Terms
from daysheet.store.subjects import Traces

STAFF = frozenset(
    {
        *("alarm", "assignment", "audit", "digest", "inbound", "judgement", "merge_event", "outbox", "person"),
        *("person_proxy", "posting", "region", "review", "row_decision", "spot_check", "spot_item", "team"),
    }
)
"""Tables of the core that name people of the company: their numbers and names are looked for there."""
MOST_NAMED = 5
_SHORT = 6
"""Fewer digits than this are no telephone number that could be looked for everywhere."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """
    What an erasure did. *known_as* is what stands in the place of name and number.

    *rows* were changed, by table; *mails* are raw mails that were removed.
    """

    kind: str
    ids: tuple[int, ...]
    known_as: str
    rows: Mapping[str, int]
    mails: int


def person(tools: Tools, number: str, by: Actor) -> Forgotten:
    """
    Erase the person with the employee number *number*; the figures stay with a number that says nothing.

    Raises UsageError where there is no such person, where one still reports (is active), or where messages of theirs
    are not done with; LeaseHeld where a backup is being made.
    """
    with held(tools, retention.LEASE):
        with tools.database.writing() as connection:
            known = people.find_by_number(connection, number)
            if known is None:
                raise UsageError(f"there is nobody with the number {number}")
            if known.is_active:
                raise UsageError(f"{number} is active: whoever still reports is set to active=no first (people import)")
            traces = subjects.of_person(connection, known.id, known.addresses)
            _refuse_unfinished(connection, traces)
            known_as = f"#{known.id}"
            erasures.note(tools.spool.root.parent, tools.clock(), erasures.PERSON, [known.id])
            rows = _scrub_person(connection, tools, known, traces, known_as)
            subjects.empty(connection, traces)
            subjects.close_person(connection, known.id, known_as)
            digests = _mark_bytes(connection, tools, traces)
            _log(connection, tools, erasures.PERSON, known.id, by)
        mails = retention.unlink(tools, sorted(digests))
    return Forgotten(erasures.PERSON, (known.id,), known_as, rows, mails)


def contact(tools: Tools, contact_id: int, by: Actor) -> Forgotten:
    """
    Erase a contact, under every customer that was merged with theirs; the visits to them stay.

    Raises UsageError where there is no such contact, or where messages that name them are not done with; LeaseHeld
    where a backup is being made.
    """
    with held(tools, retention.LEASE):
        with tools.database.writing() as connection:
            ids, customers = same_contact(connection, contact_id)
            traces = subjects.of_contact(connection, tools.tables, ids)
            _refuse_unfinished(connection, traces)
            values = subjects.contact_values(connection, ids)
            known_as = f"#{min(ids)}"
            erasures.note(tools.spool.root.parent, tools.clock(), erasures.CONTACT, sorted(ids))
            rows = _scrub_contact(connection, tools, values, traces, ids, customers, known_as)
            subjects.close_contact(connection, ids, known_as)
            digests = _mark_bytes(connection, tools, traces)
            _log(connection, tools, erasures.CONTACT, min(ids), by)
        mails = retention.unlink(tools, sorted(digests))
    return Forgotten(erasures.CONTACT, tuple(sorted(ids)), known_as, rows, mails)


def same_contact(connection: Connection, contact_id: int) -> tuple[frozenset[int], frozenset[int]]:
    """Return the ids of a contact, and the customers they stand under; raises UsageError where there is none."""
    customer_id = subjects.customer_of(connection, contact_id)
    if customer_id is None:
        raise UsageError(f"there is no contact {contact_id}: daysheet customers contacts list CUSTOMER names them")
    views = contacts.of(connection, customer_id, limit=100_000)
    ids = next((one.ids for one in views if contact_id in one.ids), (contact_id,))
    return frozenset(ids), subjects.united(connection, customer_id)


def person_terms(known: Person, addresses: Collection[str]) -> tuple[Terms, Terms]:
    """Return what finds a person anywhere, and what finds them among the company's own: name and number, too."""
    anywhere = Terms(parts=tuple(sorted(addresses)))
    # a number of digits alone would be found in amounts
    has_letter = bool(re.search(r"[^\W\d_]", known.number))
    parts = (*anywhere.parts, known.name, *((known.number,) if has_letter else ()))
    return anywhere, Terms(parts=parts, wholes=(known.number,))


def contact_terms(values: Mapping[str, Collection[str]]) -> tuple[Terms, Terms]:
    """Return what finds a contact anywhere, and what finds them in what was said of their customer: the name, too."""
    phones = {one for one in values["phone"] if len(contacts.phone_key(one)) >= _SHORT}
    numbers = tuple(sorted(phones | {contacts.phone_key(one) for one in phones}))
    anywhere = Terms(parts=(*numbers, *sorted(values.get("email", ()))))
    return anywhere, Terms(parts=(*anywhere.parts, *sorted(values["name"])))


# ---- within ------------------------------------------------------------------------------------


def _scrub_person(connection: Connection, tools: Tools, known: Person, traces: Traces, known_as: str) -> dict[str, int]:
    anywhere, among_us = person_terms(known, traces.addresses)
    rows = {}
    for name, table in scrubbing.searched(connection, tools.tables).items():
        changed = scrubbing.scrub(connection, table, sa.true(), anywhere, known_as)
        if name in STAFF:
            changed += scrubbing.scrub(connection, table, sa.true(), among_us, known_as)
        elif "submission_id" in table.c:
            for some in scrubbing.among(table.c.submission_id, traces.submissions):
                changed += scrubbing.scrub(connection, table, some, among_us, known_as)
        if changed:
            rows[name] = changed
    return rows


def _scrub_contact(
    connection: Connection,
    tools: Tools,
    values: Mapping[str, Collection[str]],
    traces: Traces,
    ids: Collection[int],
    customers: Collection[int],
    known_as: str,
) -> dict[str, int]:
    anywhere, of_customer = contact_terms(values)
    rows = {}
    for name, table in scrubbing.searched(connection, tools.tables).items():
        changed = scrubbing.scrub(connection, table, sa.true(), anywhere, known_as)
        for column, wanted in _ties(table, traces, ids, customers).items():
            for some in scrubbing.among(table.c[column], wanted):
                changed += scrubbing.scrub(connection, table, some, of_customer, known_as)
        if changed:
            rows[name] = changed
    return rows


def _ties(
    table: sa.Table, traces: Traces, ids: Collection[int], customers: Collection[int]
) -> dict[str, Collection[int] | Collection[str]]:
    """Return by which columns, and which values of them, rows of *table* speak of a contact's customer."""
    wanted: dict[str, Collection[int] | Collection[str]] = {
        "contact_id": ids,
        "customer_id": customers,
        "submission_id": traces.submissions,
        "recipient": traces.addresses,
    }
    ties = {name: values for name, values in wanted.items() if name in table.c and values}
    if table.name == "audit":
        ties["entity_id"] = customers
    if table.name == "digest":
        ties["person_id"] = traces.people
    return ties


def _refuse_unfinished(connection: Connection, traces: Traces) -> None:
    digests = subjects.hashes(connection, traces.messages)
    waiting = subjects.unfinished(connection, traces.messages | subjects.sharing(connection, digests))
    if waiting:
        named = ", ".join(map(str, waiting[:MOST_NAMED]))
        more = f" and {len(waiting) - MOST_NAMED} more" if len(waiting) > MOST_NAMED else ""
        raise UsageError(
            f"messages are not done with: {named}{more}; work, answer or dismiss them first (daysheet mailbox list, "
            "daysheet outbox list)"
        )


def _mark_bytes(connection: Connection, tools: Tools, traces: Traces) -> frozenset[str]:
    """Note that the messages' bytes are removed; return the hashes of the files that may go after the commit."""
    digests = subjects.hashes(connection, traces.messages)
    bytes_kept.mark_removed(connection, sorted(subjects.sharing(connection, digests)), tools.clock())
    return bytes_kept.gone(connection, digests)


def _log(connection: Connection, tools: Tools, kind: str, entity_id: int, by: Actor) -> None:
    entry = audit.Entry(f"{kind}.forgotten", kind, entity_id, actor=by.name)
    audit.append(connection, [entry], tools.clock())
