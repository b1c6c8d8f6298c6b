"""The daily digest of the stewards: what waits for them now, of what they see in the console."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from daysheet.digests.queue import Desk
from daysheet.model.access import Account, Scope
from daysheet.model.digests import Digest, DigestKind, Topic
from daysheet.model.organisation import Organisation
from daysheet.model.people import Person
from daysheet.model.periods import Period
from daysheet.services import access
from daysheet.services.manager_digests import Snapshots
from daysheet.services.tools import Tools
from daysheet.store import accounts, digest_queue, digest_sources
from daysheet.store.engine import Connection


def build(
    connection: Connection,
    tools: Tools,
    organisation: Organisation,
    kind: DigestKind,
    period: Period,
    receivers: Sequence[Person],
    now: datetime,
    snapshots: Snapshots,
) -> Iterator[tuple[Person, Digest]]:
    """
    Yield the digest of each of *receivers* for whom anything waits at *now*.

    A steward without an account in the console sees nothing, and gets nothing.
    """
    digest_sources.prepare(connection)
    found = {one.person.id: one for one in accounts.all_accounts(connection) if one.may_enter}
    mine = {person.id: found[person.id] for person in receivers if person.id in found}
    desk = Desk(_scopes(connection, mine), tools.day_of(now, None), organisation.zone)
    tables = tools.tables
    desk.take(digest_queue.questions(connection, tables), are_questions=True)
    desk.take(digest_queue.rows(connection, tables))
    desk.take(digest_queue.reports(connection))
    desk.take(digest_queue.messages(connection))
    desk.take(digest_queue.answers(connection))
    for person in receivers:
        work = desk.work.get(person.id)
        if work is None or not work.figures:
            continue
        account = mine[person.id]
        told = snapshots.get(person.id, {})
        yield (
            person,
            Digest(
                kind=kind,
                language=organisation.language_of(person, tools.house.language),
                period=period,
                name=person.name,
                scope=_words(account),
                figures=work.figures,
                former=told.get(period.previous.first, {}),
                items=tuple(work.items),
                counts={Topic.QUESTION: work.questions} if work.questions else {},
                sees_all=account.sees_all,
                console=tools.policy.console,
            ),
        )


def _scopes(connection: Connection, stewards: dict[int, Account]) -> dict[int, Scope]:
    """Return what each steward sees; who are limited alike share it."""
    known: dict[tuple[tuple[str, ...], tuple[str, ...]], Scope] = {}
    found: dict[int, Scope] = {}
    for person_id, account in stewards.items():
        limits = (account.regions, account.teams)
        if account.sees_all:
            found[person_id] = access.scope_of(connection, account)
            continue
        if limits not in known:
            known[limits] = access.scope_of(connection, account)
        found[person_id] = Scope(person_ids=known[limits].person_ids | {person_id})
    return found


def _words(account: Account) -> str:
    limits = (*account.regions, *account.teams)
    return limits[0] if len(limits) == 1 and not account.sees_all else ""
