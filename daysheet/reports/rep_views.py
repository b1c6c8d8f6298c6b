"""The mails by the clock to reps, and to managers about reps' reports: morning, reminder, escalation."""

from daysheet.i18n import format_date, text
from daysheet.model.digests import DigestKind, Escalation, Missing, Reminder
from daysheet.model.returns import Morning
from daysheet.model.text import Language
from daysheet.reports import amounts, returns
from daysheet.reports.blocks import Entry, Section, View, filled
from daysheet.reports.footers import footer
from daysheet.reports.story import dotted

MOST_DAYS = 5
"""Days named of those a rep has missed in a row."""


def _joined(parts: list[str], language: Language) -> str:
    return ("、" if language is Language.ZH else ", ").join(parts)


# ---- to a rep ----------------------------------------------------------------------------------


def morning(content: Morning, company: str, *, unsubscribe: bool) -> View:
    """Return the morning mail: the workbook for the day, and what came back."""
    language = content.language
    day = format_date(content.day, language)
    prepared = [
        text(f"morning.{name}", language, n=number)
        for name, number in (("customers", content.customers), ("deals", content.deals), ("plans", content.plans))
        if number
    ]
    todo = []
    if content.has_workbook:
        todo.append(text("morning.todo", language))
        if prepared:
            todo.append(text("morning.prepared", language, parts=_joined(prepared, language)))
    sections = [
        Section(part.title, intro=(part.intro,) if part.intro else (), lines=part.lines, more=part.more)
        for part in returns.told(content.returns, language)
    ]
    which = "workbook" if content.has_workbook else "returns"
    return View(
        language=language,
        subject=text(f"morning.subject.{which}", language, day=day),
        tone="good",
        headline=text(f"morning.headline.{which}", language),
        under=(dotted([content.name, day]),),
        todo=tuple(todo),
        facts=(),
        warnings_title="",
        warnings=(),
        sections=filled(sections),
        footer=footer(DigestKind.MORNING, content.name, company, language, unsubscribe=unsubscribe),
    )


def reminder(content: Reminder, company: str) -> View:
    """Return the reminder that a report is not here yet, and until when it is in time."""
    language = content.language
    day, until = format_date(content.day, language), format_date(content.cut_off_on, language)
    missed = tuple(Entry(format_date(one, language)) for one in content.missing)
    return View(
        language=language,
        subject=text("reminder.subject", language, day=amounts.day(content.day, language)),
        tone="mixed",
        headline=text("reminder.headline", language, day=amounts.day(content.day, language)),
        under=(dotted([content.name, day]),),
        todo=(text("reminder.todo", language, day=until, time=content.cut_off), text("reminder.leave", language)),
        facts=(),
        warnings_title="",
        warnings=(),
        sections=filled([Section(text("reminder.missing", language), entries=missed)]),
        footer=footer(DigestKind.REMINDER, content.name, company, language, unsubscribe=False),
    )


# ---- to a manager ------------------------------------------------------------------------------


def escalation(content: Escalation, company: str) -> View:
    """Return whose reports have been missing for days."""
    language = content.language
    people = len(content.missing) + content.more
    section = Section(
        title=text("escalation.who", language),
        entries=tuple(_missing(one, content) for one in content.missing),
        more=text("digest.more", language, n=content.more) if content.more else "",
    )
    return View(
        language=language,
        subject=text("escalation.subject", language, n=people),
        tone="bad",
        headline=text("escalation.headline", language, n=people),
        under=(dotted([content.name, format_date(content.day, language)]),),
        todo=(text("escalation.todo", language),),
        facts=(),
        warnings_title="",
        warnings=(),
        sections=filled([section]),
        footer=footer(DigestKind.ESCALATION, content.name, company, language, unsubscribe=False),
    )


def _missing(one: Missing, content: Escalation) -> Entry:
    language = content.language
    days = [amounts.day(day, language) for day in sorted(one.days)[-MOST_DAYS:]]
    shown = ("… " if len(one.days) > MOST_DAYS else "") + _joined(days, language)
    last = amounts.day_of(one.last_on, content.day.year, language) if one.last_on else ""
    said = [
        dotted([one.number, one.team]),
        text("digest.item.missing", language, n=len(one.days)),
        shown,
        text("digest.item.last_report", language, day=last) if last else text("escalation.never", language),
    ]
    return Entry(one.name, dotted(said))
