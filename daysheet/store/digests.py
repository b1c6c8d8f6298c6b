"""Digests as they were told, and which periods of which kinds are done."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from daysheet.model import figures
from daysheet.model.digests import DigestKind
from daysheet.model.figures import Figures
from daysheet.model.periods import Period
from daysheet.store.engine import chunks, insert_once
from daysheet.store.outbox import NewMail, enqueue
from daysheet.store.tables import digest, digest_run, outbox, person, region, submission, team

HOW_MANY_BACK = 8
"""Earlier periods whose figures, as they were told, a digest looks back on."""


@dataclass(frozen=True, slots=True)
class Run:
    """A period that every receiver of a time zone has been served: *mails* is how many got something."""

    kind: DigestKind
    zone: str
    first_on: date
    last_on: date
    mails: int
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """One receiver's digest; *state* is its mail's, "" where there was nothing to say."""

    id: int
    kind: DigestKind
    first_on: date
    last_on: date
    number: str
    name: str
    outbox_id: int | None
    state: str
    made_at: datetime


Key = tuple[DigestKind, str, date]
"""A kind, a time zone and a period's first day."""

# ---- what is due -------------------------------------------------------------------------------


def zones(connection: Connection) -> frozenset[str]:
    """Return every time zone that a person, a team or a region names: those of all receivers are among them."""
    named = [
        sa.select(person.c.timezone).where(person.c.is_active),
        sa.select(team.c.timezone),
        sa.select(region.c.timezone),
    ]
    return frozenset(zone for zone in connection.execute(sa.union(*named)).scalars() if zone)


def done(connection: Connection, wanted: Collection[Key]) -> frozenset[Key]:
    """Return those of *wanted* that are done."""
    key = sa.tuple_(digest_run.c.kind, digest_run.c.zone, digest_run.c.first_on)
    found: set[Key] = set()
    for some in chunks([(str(kind), zone, first_on) for kind, zone, first_on in wanted], 100):
        query = sa.select(digest_run.c.kind, digest_run.c.zone, digest_run.c.first_on).where(key.in_(some))
        found |= {(DigestKind(row.kind), row.zone, row.first_on) for row in connection.execute(query)}
    return frozenset(found)


def first_report_on(connection: Connection) -> date | None:
    """Return the earliest date that a report is of, None where there is none yet."""
    earliest: date | None = connection.scalar(sa.select(sa.func.min(submission.c.report_date)))
    return earliest


def finish(connection: Connection, kind: DigestKind, zone: str, period: Period, mails: int, now: datetime) -> None:
    """Note that *period* is done for everybody in *zone*; done already is no fault."""
    values = {
        "kind": str(kind),
        "zone": zone,
        "first_on": period.first,
        "last_on": period.last,
        "mails": mails,
        "finished_at": now,
    }
    connection.execute(insert_once(connection, digest_run, ("kind", "zone", "first_on")), values)


# ---- telling -----------------------------------------------------------------------------------


def told_to(connection: Connection, kind: DigestKind, first_on: date) -> dict[int, bool]:
    """Return who has had *kind* of the period that begins on *first_on*, and whether it was a mail."""
    query = sa.select(digest.c.person_id, digest.c.outbox_id).where(
        digest.c.kind == str(kind), digest.c.first_on == first_on
    )
    return {row.person_id: row.outbox_id is not None for row in connection.execute(query)}


def tell(
    connection: Connection,
    kind: DigestKind,
    period: Period,
    person_id: int,
    told: Figures,
    mail: NewMail | None,
    now: datetime,
) -> bool:
    """
    Note a digest and queue its mail (None: there was nothing to say); False where this person had it before.

    The row is what makes it one for each period: whoever comes second finds it there, and queues nothing.
    """
    values = {
        "kind": str(kind),
        "first_on": period.first,
        "last_on": period.last,
        "person_id": person_id,
        "figures": figures.to_document(told),
        "made_at": now,
    }
    once = insert_once(connection, digest, ("kind", "first_on", "person_id"), returning="id")
    new_id: int | None = connection.scalar(once, values)
    if new_id is None:
        return False
    if mail is not None:
        outbox_id = enqueue(connection, mail, now)
        connection.execute(digest.update().where(digest.c.id == new_id).values(outbox_id=outbox_id))
    return True


def forget_silence(connection: Connection, kind: DigestKind, period: Period, person_id: int) -> None:
    """Forget that there was nothing to say to a person: now there is."""
    connection.execute(
        digest.delete().where(
            digest.c.kind == str(kind),
            digest.c.first_on == period.first,
            digest.c.person_id == person_id,
            digest.c.outbox_id.is_(None),
        )
    )


def tell_again(
    connection: Connection,
    kind: DigestKind,
    period: Period,
    person_id: int,
    told: Figures,
    mail: NewMail,
    now: datetime,
) -> None:
    """Queue a digest once more: what counts as told from now on is what this mail says."""
    if tell(connection, kind, period, person_id, told, mail, now):
        return
    outbox_id = enqueue(connection, mail, now)
    connection.execute(
        digest.update()
        .where(digest.c.kind == str(kind), digest.c.first_on == period.first, digest.c.person_id == person_id)
        .values(figures=figures.to_document(told), outbox_id=outbox_id, made_at=now)
    )


# ---- looking back ------------------------------------------------------------------------------


class Snapshots(Mapping[int, Mapping[date, Figures]]):
    """
    Person → first day of a period → the figures as they were told, for the eight periods before.

    Read for some people at a time, as they are asked for in the order of *people*: all of them
    together would not be small.
    """

    SOME = 50

    def __init__(self, connection: Connection, kind: DigestKind, period: Period, people: Sequence[int]) -> None:
        self._connection, self._kind, self._people = connection, kind, people
        self._at = {person_id: number // self.SOME for number, person_id in enumerate(people)}
        self._before, self._since = period.first, _back(period)
        self._block, self._read = -1, dict[int, dict[date, Figures]]()

    def __getitem__(self, person_id: int) -> Mapping[date, Figures]:
        block = self._at[person_id]
        if block != self._block:
            self._read = self._fetch(self._people[block * self.SOME : (block + 1) * self.SOME])
            self._block = block
        return self._read.get(person_id, {})

    def __iter__(self) -> Iterator[int]:
        return iter(self._people)

    def __len__(self) -> int:
        return len(self._people)

    def _fetch(self, some: Sequence[int]) -> dict[int, dict[date, Figures]]:
        query = (
            sa.select(digest.c.person_id, digest.c.first_on, digest.c.figures)
            .where(digest.c.person_id.in_(some), digest.c.kind == str(self._kind))
            .where(digest.c.first_on >= self._since, digest.c.first_on < self._before)
        )
        found: dict[int, dict[date, Figures]] = {}
        for row in self._connection.execute(query):
            found.setdefault(row.person_id, {})[row.first_on] = figures.from_document(row.figures)
        return found


def _back(period: Period) -> date:
    for _ in range(HOW_MANY_BACK):
        period = period.previous
    return period.first


# ---- for people --------------------------------------------------------------------------------


def runs(connection: Connection, limit: int) -> tuple[Run, ...]:
    """Return the latest runs, the latest first."""
    query = sa.select(digest_run).order_by(digest_run.c.finished_at.desc(), digest_run.c.kind, digest_run.c.zone)
    return tuple(
        Run(DigestKind(row.kind), row.zone, row.first_on, row.last_on, row.mails, row.finished_at)
        for row in connection.execute(query.limit(limit))
    )


def recent(connection: Connection, limit: int) -> tuple[Told, ...]:
    """Return the latest digests that were mailed, the latest first."""
    query = (
        sa.select(digest, person.c.number, person.c.name, outbox.c.state)
        .join_from(digest, person, person.c.id == digest.c.person_id)
        .join(outbox, outbox.c.id == digest.c.outbox_id)
        .order_by(digest.c.id.desc())
        .limit(limit)
    )
    return tuple(
        Told(
            row.id,
            DigestKind(row.kind),
            row.first_on,
            row.last_on,
            row.number,
            row.name,
            row.outbox_id,
            row.state,
            row.made_at,
        )
        for row in connection.execute(query)
    )
