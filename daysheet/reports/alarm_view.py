"""What administrators are mailed of alarms: what has begun, since when, what to do; what is over."""

from datetime import datetime
from zoneinfo import ZoneInfo

from daysheet.i18n import text
from daysheet.model.alarms import AlarmKind, Notice, Said, said_in
from daysheet.model.text import Language
from daysheet.reports.blocks import Entry, Section, View
from daysheet.reports.render import Rendered, lay_out


def render(notice: Notice, company: str) -> Rendered:
    """Return *notice* as a mail."""
    shown = view(notice, company)
    return lay_out("digest", shown, shown.subject, notice.language, is_compact=True)


def view(notice: Notice, company: str) -> View:
    """Return what *notice* says, as texts."""
    language = notice.language
    number = len(notice.begun) + notice.more
    first = next(iter(notice.begun or notice.over), None)
    about = named(first.kind, first.subject, language) if first else ""
    if number == 1 or (not number and len(notice.over) == 1):
        headline = text("alarm.mail.one" if number else "alarm.mail.one-over", language, what=about)
    elif number:
        headline = text("alarm.mail.many", language, n=number, what=about)
    else:
        headline = text("alarm.mail.many-over", language, n=len(notice.over), what=about)
    return View(
        language=language,
        subject=headline,
        tone="bad" if number else "good",
        headline=headline,
        under=(text("alarm.mail.name", language, company=company),),
        todo=(),
        facts=(),
        warnings_title=text("alarm.mail.begun", language) if number else "",
        warnings=tuple(_card(one, notice, is_last=one is notice.begun[-1]) for one in notice.begun),
        sections=(_over(notice),) if notice.over else (),
        footer=(
            text("alarm.mail.why", language, name=notice.name),
            text("footer.auto", language, company=company),
        ),
    )


def named(kind: AlarmKind, subject: str, language: Language) -> str:
    """Return what an alarm is called and what it is about."""
    about = about_text(kind, subject, language)
    return (
        f"{text(f'alarm.{kind}', language)}{text('sep.colon', language)}{about}"
        if about
        else text(f"alarm.{kind}", language)
    )


def about_text(kind: str, subject: str, language: Language) -> str:
    """Return what an alarm is about: a name as it is, a word of ours in the reader's language."""
    try:
        return text(f"alarm.about.{kind}.{subject}", language)
    except KeyError:
        return subject


def detail_text(detail: str, language: Language, zone: str = "UTC") -> str:
    """Return the detail of an alarm in words, instants in *zone*; what other programs said as it is."""
    found = said_in(detail)
    if found is None:
        return detail
    code, facts = found
    for name, fact in facts.items():
        if name.endswith("_at"):
            mark = " UTC" if zone == "UTC" else ""
            facts[name] = f"{datetime.fromisoformat(fact).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}{mark}"
    try:
        return text(f"alarm.detail.{code}", language, **facts)
    except KeyError:
        return detail  # written by another version


def _card(said: Said, notice: Notice, *, is_last: bool) -> Section:
    language = notice.language
    entries = [Entry(text("alarm.mail.since", language), _moment(said.since, notice))]
    if said.times > 1:
        entries.append(Entry(text("alarm.mail.times", language), str(said.times)))
    if said.detail:
        entries.append(Entry(text("alarm.mail.detail", language), detail_text(said.detail, language, notice.zone)))
    entries.append(Entry(text("alarm.mail.do", language), text(f"alarm.do.{said.kind}", language)))
    has_link = is_last and notice.console
    return Section(
        named(said.kind, said.subject, language),
        entries=tuple(entries),
        more=text("alarm.mail.more", language, n=notice.more) if is_last and notice.more else "",
        link=f"{notice.console.rstrip('/')}/operations#alarms" if has_link else "",
        link_text=text("alarm.mail.console", language) if has_link else "",
        tone="warning",
    )


def _over(notice: Notice) -> Section:
    language = notice.language
    entries = tuple(
        Entry(
            named(one.kind, one.subject, language),
            text(
                "alarm.mail.span",
                language,
                since=_moment(one.since, notice),
                until=_moment(one.until or one.since, notice),
            ),
        )
        for one in notice.over
    )
    return Section(text("alarm.mail.over", language), entries=entries)


def _moment(moment: datetime, notice: Notice) -> str:
    return f"{moment.astimezone(ZoneInfo(notice.zone)):%Y-%m-%d %H:%M}"
