"""
What comes back to a rep: what stewards decided, which customers wait for a visit, and the month so far.

Worked out for many reps at once, for the morning mails, and for one where an answer is made: a few
indexed queries, since every answer asks. A customer that a rep has no part in is never named.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from operator import itemgetter
from zoneinfo import ZoneInfo

import structlog

from daysheet.digests import cadence
from daysheet.digests.cadence import Promise
from daysheet.digests.discipline import Standing
from daysheet.errors import DaysheetError
from daysheet.i18n import text
from daysheet.model.answers import AnswerKind
from daysheet.model.calendars import WorkCalendar
from daysheet.model.digests import DigestKind
from daysheet.model.documents import returns_to_document
from daysheet.model.organisation import Organisation
from daysheet.model.people import Person
from daysheet.model.periods import Period, PeriodKind
from daysheet.model.returns import Decided, DecidedKind, Overdue, Returns
from daysheet.model.text import Language
from daysheet.services import discipline
from daysheet.services.tools import Tools
from daysheet.store import organisation as units
from daysheet.store import outbox, people, postings, rep_figures, staff, submissions
from daysheet.store import returns as store
from daysheet.store.engine import Connection
from daysheet.store.outbox import OutboxMail
from daysheet.store.rep_figures import Owned
from daysheet.store.row_decisions import RowDecisionKind

MOST_DECIDED = 10
MOST_OVERDUE = 5
LOOKED_BACK = timedelta(days=14)
"""How far back decisions are told of to who has been told nothing since."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose returns are asked for: decisions *since* an instant, in which language."""

    person: Person
    since: datetime
    language: Language


def of_rep(
    connection: Connection,
    tools: Tools,
    organisation: Organisation,
    person: Person,
    since: datetime,
    until: date,
    now: datetime,
    language: Language | None = None,
) -> Returns:
    """Return what comes back to *person*: decisions *since* an instant, and the figures of the month up to *until*."""
    asked = Asked(person, since, language or organisation.language_of(person, tools.house.language))
    return of_reps(connection, tools, organisation, [asked], until, now)[person.id]


def of_reps(
    connection: Connection,
    tools: Tools,
    organisation: Organisation,
    asked: Iterable[Asked],
    until: date,
    now: datetime,
) -> dict[int, Returns]:
    """Return what comes back to each of the reps, by id: as many queries as for one, for some hundreds of reps."""
    reps = {one.person.id: one for one in asked}
    first = until.replace(day=1)
    decided = _decided(connection, tools, organisation, reps)
    overdue = _overdue(connection, tools, organisation, reps, until)
    months = _months(connection, tools, organisation, reps, first, until, now)
    return {
        rep: Returns(
            since=first,
            until=until,
            month=months.get(rep, {}),
            decided=tuple(decided.get(rep, ())[:MOST_DECIDED]),
            overdue=tuple(overdue.get(rep, ())[:MOST_OVERDUE]),
            more_decided=max(len(decided.get(rep, ())) - MOST_DECIDED, 0),
            more_overdue=max(len(overdue.get(rep, ())) - MOST_OVERDUE, 0),
        )
        for rep in reps
    }


# ---- what was decided ----------------------------------------------------------------------------


def decided_since(connection: Connection, tools: Tools, since: Mapping[int, datetime]) -> frozenset[int]:
    """Return those of some reps about whose rows and names something was decided since."""
    if not since:
        return frozenset()
    languages = dict.fromkeys(since, tools.house.language)
    return frozenset(rep for rep, *_ in _happened(connection, tools, since, languages))


Happened = tuple[int, datetime, Decided, str]
"""Whose, when, what, and by whom: an employee number."""


def _decided(
    connection: Connection, tools: Tools, organisation: Organisation, reps: Mapping[int, Asked]
) -> dict[int, list[Decided]]:
    """Return the decisions about each rep's rows and names, the newest first."""
    since = {rep: one.since for rep, one in reps.items()}
    languages = {rep: one.language for rep, one in reps.items()}
    happened = sorted(_happened(connection, tools, since, languages), key=itemgetter(1), reverse=True)
    names = staff.names_of(connection, {actor for *_, actor in happened}) if happened else {}
    found: dict[int, list[Decided]] = {}
    for rep, at, decided, actor in happened:
        zone = ZoneInfo(organisation.zone_of(reps[rep].person))
        told = replace(decided, by=names.get(actor, ""), on=at.astimezone(zone).date())
        found.setdefault(rep, []).append(told)
    return found


def _happened(
    connection: Connection, tools: Tools, since: Mapping[int, datetime], languages: Mapping[int, Language]
) -> Iterator[Happened]:
    """Yield what was decided; one thing that is told in two ways only in the one that says more."""
    earliest = min(since.values())
    told: set[tuple[int, int]] = set()
    for one in store.judged(connection, since, earliest):
        told.add((one.person_id, one.review_id))
        if one.at >= since[one.person_id]:
            kind = DecidedKind.SAME if one.is_same else DecidedKind.DIFFERENT
            now = one.now if one.is_same and one.has_part else ""
            yield one.person_id, one.at, Decided(kind, one.name, now), one.actor
    for merge in store.merged(connection, since, earliest):
        is_told = merge.review_id is not None and (merge.person_id, merge.review_id) in told
        if merge.at >= since[merge.person_id] and not is_told and merge.name != merge.now:
            yield merge.person_id, merge.at, Decided(DecidedKind.MERGED, merge.name, merge.now), merge.actor
    for new in store.renamed(connection, since, earliest):
        if new.at >= since[new.person_id]:
            yield new.person_id, new.at, Decided(DecidedKind.RENAMED, new.name, new.now), new.actor
    for row in store.handled(connection, tools.tables, since, earliest):
        if row.at >= since[row.person_id]:
            about = _row(tools, row, languages[row.person_id])
            note = row.note if row.kind is not RowDecisionKind.REPAIRED else ""
            yield row.person_id, row.at, Decided(DecidedKind(row.kind), about, note=note), row.actor


def _row(tools: Tools, row: store.Handled, language: Language) -> str:
    """Return which row a decision is about: the customer as it was typed, sheet and line."""
    labels = (sheet.label.in_(language) for spec in tools.specs for sheet in spec.sheets if sheet.key == row.sheet)
    sheet = next(labels, row.sheet)
    if not row.typed:
        return text("decided.row", language, sheet=sheet, row=row.row_number)
    return text("decided.row-of", language, customer=row.typed, sheet=sheet, row=row.row_number)


# ---- customers to visit --------------------------------------------------------------------------


def _overdue(
    connection: Connection,
    tools: Tools,
    organisation: Organisation,
    reps: Mapping[int, Asked],
    until: date,
) -> dict[int, list[Overdue]]:
    """Return the own customers of each rep that were visited less than promised, the furthest behind first."""
    day = Period.of(PeriodKind.DAY, until)
    promised = _promises(tools, organisation, reps, day)
    own = list(rep_figures.owned(connection, reps, tools.policy.cadence))
    begins = sorted({cadence.window(said, day)[0] for said in tools.policy.cadence.values()})
    visited = rep_figures.visits(connection, tools.tables, [one.root_id for one in own], begins, until) if own else {}
    short: dict[int, list[tuple[Owned, Promise, int, date | None]]] = {}
    for one in own:
        promise = promised[one.person_id][one.level]
        made = visited.get(one.root_id)
        done = made.counts[begins.index(promise.first)] if made else 0
        if promise.is_short(done):
            short.setdefault(one.person_id, []).append((one, promise, done, made.last_on if made else None))
    for some in short.values():
        some.sort(key=_urgency)
    shown = {one.root_id for some in short.values() for one, _, _, last_on in some[:MOST_OVERDUE] if last_on is None}
    last = rep_figures.last_visits(connection, tools.tables, shown) if shown else {}
    return {
        rep: [
            _line(one, promise, done, last_on or last.get(one.root_id), until) for one, promise, done, last_on in some
        ]
        for rep, some in short.items()
    }


def _urgency(short: tuple[Owned, Promise, int, date | None]) -> tuple[float, str, date, str]:
    one, promise, done, last_on = short
    return done / promise.visits, one.level, last_on or one.reported_on or date.min, one.name


def _line(one: Owned, promise: Promise, done: int, last_on: date | None, until: date) -> Overdue:
    days = (until - last_on).days if last_on is not None else 0
    within = (promise.last - promise.first).days + 1
    return Overdue(one.name, one.level, last_on, done, promise.visits, days, within)


def _promises(
    tools: Tools, organisation: Organisation, reps: Iterable[int], day: Period
) -> dict[int, dict[str, Promise]]:
    """Return what is promised to each rep's customers by level: by the calendar that counts where the rep stands."""
    made: dict[int, dict[str, Promise]] = {}
    found = {}
    for rep in reps:
        calendar: WorkCalendar = organisation.calendar_of(organisation.posting_on(rep, day.last))
        if id(calendar) not in made:
            made[id(calendar)] = cadence.promises(tools.policy.cadence, day, calendar)
        found[rep] = made[id(calendar)]
    return found


# ---- the month so far ----------------------------------------------------------------------------


def _months(
    connection: Connection,
    tools: Tools,
    organisation: Organisation,
    reps: Mapping[int, Asked],
    first: date,
    until: date,
    now: datetime,
) -> dict[int, dict[str, int]]:
    found = rep_figures.month(connection, tools.tables, reps, first, until)
    for one in discipline.rep_days(connection, tools, organisation, first, until, now, reps.keys()):
        if one.person_id in reps and one.standing is not Standing.PENDING:
            counted = found[one.person_id]
            for name in ("discipline.due", f"discipline.{one.standing}"):
                counted[name] = counted.get(name, 0) + 1
    return found


# ---- with an answer ------------------------------------------------------------------------------


def complete(tools: Tools, mail: OutboxMail) -> OutboxMail:
    """
    Return an answer with what comes back to the rep, kept with it so that it is the same whenever it is made.

    Done when it is first made and not when the report is filed: filing must be quick. An answer never
    stays away because of what it is to tell besides.
    """
    if mail.kind != AnswerKind.REPORT or mail.submission_id is None or mail.payload.get("returns") is not None:
        return mail
    now = tools.clock()
    try:
        with tools.database.reading() as connection:
            returns = _of_answer(connection, tools, mail, mail.submission_id, now)
    except DaysheetError:
        raise
    except Exception:
        log.exception("returns.broken", outbox=mail.id)
        return mail
    if returns is None:
        return mail
    payload = {**mail.payload, "returns": returns_to_document(returns), store.TOLD_AT: now.isoformat()}
    with tools.database.writing() as connection:
        outbox.set_payload(connection, mail.id, payload)
    return replace(mail, payload=payload)


def _of_answer(
    connection: Connection, tools: Tools, mail: OutboxMail, submission_id: int, now: datetime
) -> Returns | None:
    rep_id = submissions.get(connection, submission_id).rep_id
    rep = people.find_by_ids(connection, [rep_id]).get(rep_id) if rep_id is not None else None
    if rep is None:
        return None
    organisation = around(connection, tools, rep)
    until = now.astimezone(ZoneInfo(organisation.zone_of(rep))).date()
    since = told_at(connection, rep.id, now)
    return of_rep(connection, tools, organisation, rep, since, until, now, Language(mail.payload["language"]))


def told_at(connection: Connection, rep_id: int, now: datetime) -> datetime:
    """Return until when a rep has been told of decisions, by an answer or in the morning; not too long ago."""
    earliest = now - LOOKED_BACK
    answered = store.answered(connection, [rep_id], earliest).get(rep_id)
    morning = store.told_on(connection, rep_id, DigestKind.MORNING, earliest.date())
    return max(at for at in (earliest, answered, morning) if at is not None)


def around(connection: Connection, tools: Tools, person: Person) -> Organisation:
    """Return as much of the organisation as one person's own figures need."""
    return Organisation(
        people={person.id: person},
        teams={team.name: team for team in units.all_teams(connection)},
        regions={region.name: region for region in units.all_regions(connection)},
        postings=postings.of_people(connection, [person.id]),
        calendars=tools.policy.calendars(),
        zone=tools.house.zone,
    )
