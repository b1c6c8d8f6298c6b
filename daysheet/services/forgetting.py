"""
Erase what identifies a person, or a contact of a customer; what was counted stays, under a number that says nothing.

Reports, rows and figures belong to the company and stay. What goes: names, numbers, addresses and telephone numbers
wherever they stand in the database, and the raw mails they came in. The list of erasures (services/erasures.py) lets a
backup that is put back be erased again.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

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
        *(
            "account",
            "alarm",
            "assignment",
            "audit",
            "digest",
            "inbound",
            "judgement",
            "merge_event",
            "outbox",
            "person",
        ),
        *("person_proxy", "posting", "region", "review", "row_decision", "spot_check", "spot_item", "team"),
    }
)
"""Tables of the core that name people of the company: their numbers and names are looked for there."""
MOST_NAMED = 5
_SHORT = 6
"""Fewer digits than this are no telephone number that could be looked for."""
_NAMES = ("display_name", "short_name")
"""A customer's own names: it may be called as its only contact is."""
_WHOLE = 10
"""Fewer digits than this are a number within some town, or an amount: they are not looked for everywhere."""


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
            if unsent := subjects.unsent_to(connection, traces.addresses):
                raise UsageError(f"mails to {number} have not left: {_named(unsent)}; see daysheet outbox list")
            known_as = f"#{known.id}"
            while people.find_by_number(connection, known_as) is not None:
                known_as = f"#{known_as}"
            rows = _scrub_person(connection, tools, known, traces, known_as)
            subjects.empty(connection, traces)
            subjects.close_person(connection, known.id, known_as)
            digests = _mark_bytes(connection, tools, traces)
            _log(connection, tools, erasures.PERSON, known.id, by)
            # last, so that what could not be done is not listed; before the commit, so that what was done is
            erasures.note(tools.spool.root.parent, tools.clock(), erasures.PERSON, [known.id])
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
            terms = _terms_of_contact(connection, tools, ids)
            # a row that was not taken is tied to nobody, and names them all the same
            reports = subjects.naming(connection, tools.tables, terms[0])
            traces = subjects.of_contact(connection, tools.tables, ids, reports)
            _refuse_unfinished(connection, traces)
            known_as = f"#{min(ids)}"
            rows = _scrub_contact(connection, tools, terms, traces, ids, customers, known_as)
            subjects.close_contact(connection, ids, known_as)
            digests = _mark_bytes(connection, tools, traces)
            _log(connection, tools, erasures.CONTACT, min(ids), by)
            erasures.note(tools.spool.root.parent, tools.clock(), erasures.CONTACT, sorted(ids))
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


def person_terms(known: Person, addresses: Collection[str], spared: Collection[str] = ()) -> tuple[Terms, Terms]:
    """Return what finds a person anywhere, and what finds them among the company's own: name and number, too."""
    anywhere = Terms(parts=tuple(sorted(addresses)), spared=tuple(spared))
    # a number of digits alone would be found in amounts
    has_letter = bool(re.search(r"[^\W\d_]", known.number))
    parts = (*anywhere.parts, *((known.number,) if has_letter else ()))
    names, wholes = _names({known.name})
    return anywhere, Terms(parts=parts, wholes=(known.number, *wholes), names=names, spared=tuple(spared))


def contact_terms(
    values: Mapping[str, Collection[str]], spared: Collection[str] = (), shared: Collection[str] = ()
) -> tuple[Terms, Terms, Terms]:
    """
    Return what finds a contact anywhere, in what was said of their customer (the name, too), and in their own rows.

    What is *shared* with others, a switchboard, and the title are found in their own rows only.
    """
    said = {contacts.phone_key(one) for one in values["phone"]}
    phones = {one for one in said if len(one) >= _SHORT}
    own_phones = {one for one in phones if one not in {contacts.phone_key(one) for one in shared if "@" not in one}}
    emails = set(values.get("email", ()))
    names, wholes = _names(values["name"])
    anywhere = Terms(
        parts=tuple(sorted(emails - set(shared))),
        phones=tuple(sorted(one for one in own_phones if len(one) >= _WHOLE)),
        spared=tuple(spared),
    )
    of_customer = replace(anywhere, phones=tuple(sorted(own_phones)), names=names, wholes=wholes)
    everything = {*values.get("title", ()), *wholes, *values["phone"]}
    own = replace(of_customer, parts=tuple(sorted(emails)), phones=tuple(sorted(phones)), wholes=tuple(everything))
    return anywhere, of_customer, own


def _names(names: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return those of *names* that are looked for within texts, and those of one letter, which would be everywhere."""
    longer = {one for one in names if len(contacts.name_key(one)) > 1}
    return tuple(sorted(longer)), tuple(sorted(set(names) - longer - {""}))


# ---- within ------------------------------------------------------------------------------------


def _scrub_person(connection: Connection, tools: Tools, known: Person, traces: Traces, known_as: str) -> dict[str, int]:
    spared = subjects.called_alike(connection, (known.name, known.number, *traces.addresses))
    anywhere, among_us = person_terms(known, traces.addresses, spared)
    rows = {}
    for name, table in scrubbing.searched(connection, tools.tables).items():
        changed = scrubbing.scrub(connection, table, sa.true(), anywhere, known_as)
        if name == "person":
            # a namesake stays; the person's own name goes at the end
            is_theirs = Terms(wholes=(known.number,))
            changed += scrubbing.scrub(connection, table, table.c.manager == known.number, is_theirs, known_as)
        elif name in STAFF:
            changed += scrubbing.scrub(connection, table, sa.true(), among_us, known_as)
        elif "submission_id" in table.c or name == "submission":
            column = table.c["id" if name == "submission" else "submission_id"]
            for some in scrubbing.among(column, traces.submissions):
                changed += scrubbing.scrub(connection, table, some, among_us, known_as)
        if changed:
            rows[name] = changed
    return rows


def _terms_of_contact(connection: Connection, tools: Tools, ids: Collection[int]) -> tuple[Terms, Terms, Terms]:
    values = subjects.contact_values(connection, tools.tables, ids)
    shared = subjects.shared_values(connection, ids, _said(values))
    spared = subjects.called_alike(connection, (*values["name"], *values.get("email", ())), ids)
    return contact_terms(values, spared, shared)


def _scrub_contact(
    connection: Connection,
    tools: Tools,
    terms: tuple[Terms, Terms, Terms],
    traces: Traces,
    ids: Collection[int],
    customers: Collection[int],
    known_as: str,
) -> dict[str, int]:
    anywhere, of_customer, own = terms
    others = subjects.namesakes(connection, ids, customers)
    rows = {}
    for name, table in scrubbing.searched(connection, tools.tables).items():
        changed = scrubbing.scrub(connection, table, sa.true(), anywhere, known_as)
        not_theirs: sa.ColumnElement[bool] = sa.true()
        if "contact_id" in table.c:
            for some in scrubbing.among(table.c.contact_id, ids):
                changed += scrubbing.scrub(connection, table, some, own, known_as)
            if others:
                not_theirs = sa.or_(table.c.contact_id.is_(None), table.c.contact_id.not_in(sorted(others)))
        for column, wanted in _ties(table, traces, customers).items():
            for some in scrubbing.among(table.c[column], wanted):
                changed += scrubbing.scrub(connection, table, sa.and_(some, not_theirs), of_customer, known_as, _NAMES)
        if changed:
            rows[name] = changed
    return rows


def _said(values: Mapping[str, Collection[str]]) -> set[str]:
    phones = set(values["phone"])
    return {*phones, *map(contacts.phone_key, phones), *values.get("email", ())} - {""}


def _ties(table: sa.Table, traces: Traces, customers: Collection[int]) -> dict[str, Collection[int] | Collection[str]]:
    """Return by which columns, and which values of them, rows of *table* speak of a contact's customer."""
    wanted: dict[str, Collection[int] | Collection[str]] = {
        "customer_id": customers,
        "submission_id": traces.submissions,
        "recipient": traces.addresses,
    }
    # a namesake stays, and the contact's own row is closed at the end; a customer keeps its names
    if table.name in ("contact", "customer_alias"):
        return {}
    ties = {name: values for name, values in wanted.items() if name in table.c and values}
    by_id = {"customer": customers, "inbound": traces.messages, "submission": traces.submissions}
    if table.name in by_id:
        ties["id"] = by_id[table.name]
    if table.name == "merge_event":
        ties |= {"winner_id": customers, "loser_id": customers}
    if table.name == "judgement":
        ties |= {"left_id": customers, "right_id": customers}
    if table.name == "audit":
        ties["entity_id"] = customers
    if table.name == "digest":
        ties["person_id"] = traces.people
    return ties


def _refuse_unfinished(connection: Connection, traces: Traces) -> None:
    digests = subjects.hashes(connection, traces.messages)
    waiting = subjects.unfinished(connection, traces.messages | subjects.sharing(connection, digests))
    if waiting:
        raise UsageError(
            f"messages are not done with: {_named(waiting)}; work, answer or dismiss them first "
            "(daysheet mailbox list, daysheet outbox list)"
        )


def _named(ids: Sequence[int]) -> str:
    more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
    return ", ".join(map(str, ids[:MOST_NAMED])) + more


def _mark_bytes(connection: Connection, tools: Tools, traces: Traces) -> frozenset[str]:
    """Note that the messages' bytes are removed; return the hashes of the files that may go after the commit."""
    digests = subjects.hashes(connection, traces.messages)
    bytes_kept.mark_removed(connection, sorted(subjects.sharing(connection, digests)), tools.clock())
    return bytes_kept.gone(connection, digests)


def _log(connection: Connection, tools: Tools, kind: str, entity_id: int, by: Actor) -> None:
    entry = audit.Entry(f"{kind}.forgotten", kind, entity_id, actor=by.name)
    audit.append(connection, [entry], tools.clock())
