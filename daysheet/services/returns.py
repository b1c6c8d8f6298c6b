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

from daysheet.errors import DaysheetError
from daysheet.i18n import text
from daysheet.model.answers import AnswerKind
from daysheet.model.documents import answer_from_document, returns_to_document
from daysheet.model.organisation import Organisation
from daysheet.model.people import Person
from daysheet.model.returns import Decided, DecidedKind, Returns
from daysheet.model.text import Language
from daysheet.services import attaching, own_work
from daysheet.services.tools import Tools
from daysheet.store import organisation as units
from daysheet.store import outbox, people, postings, staff, submissions, told
from daysheet.store import returns as store
from daysheet.store.engine import Connection
from daysheet.store.outbox import OutboxMail
from daysheet.store.row_decisions import RowDecisionKind

MOST_DECIDED = 10
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
    waiting = own_work.overdue(connection, tools, organisation, reps, until)
    months = own_work.months(connection, tools, organisation, reps, first, until, now)
    return {
        rep: Returns(
            since=first,
            until=until,
            month=months.get(rep, {}),
            decided=tuple(decided.get(rep, ())[:MOST_DECIDED]),
            overdue=waiting.get(rep, own_work.Waiting()).overdue,
            more_decided=max(len(decided.get(rep, ())) - MOST_DECIDED, 0),
            more_overdue=waiting.get(rep, own_work.Waiting()).more,
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
        whole = replace(decided, by=names.get(actor, ""), on=at.astimezone(zone).date())
        found.setdefault(rep, []).append(whole)
    return found


def _happened(
    connection: Connection, tools: Tools, since: Mapping[int, datetime], languages: Mapping[int, Language]
) -> Iterator[Happened]:
    """Yield what was decided; one thing that is told in two ways only in the one that says more."""
    earliest = min(since.values())
    known: set[tuple[int, int]] = set()
    for one in store.judged(connection, since, earliest):
        known.add((one.person_id, one.review_id))
        if one.at >= since[one.person_id]:
            kind = DecidedKind.SAME if one.is_same else DecidedKind.DIFFERENT
            now = one.now if one.is_same and one.has_part else ""
            yield one.person_id, one.at, Decided(kind, one.name, now), one.actor
    for merge in store.merged(connection, since, earliest):
        is_known = merge.review_id is not None and (merge.person_id, merge.review_id) in known
        if merge.at >= since[merge.person_id] and not is_known and merge.name != merge.now:
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
    brought = attaching.wanted(tools, answer_from_document(mail.payload))
    payload = {
        **mail.payload,
        "returns": returns_to_document(returns),
        told.TOLD_AT: now.isoformat(),
        told.BROUGHT: brought,
    }
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
    since = told_at(told.lately(connection, [rep.id], now - LOOKED_BACK)[rep.id], now)
    return of_rep(connection, tools, organisation, rep, since, until, now, Language(mail.payload["language"]))


def told_at(told_: told.Told, now: datetime) -> datetime:
    """Return until when a rep has been told of decisions, by answers or in the morning; not too long ago."""
    earliest = now - LOOKED_BACK
    return max(told_.told_at, earliest) if told_.told_at is not None else earliest


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
