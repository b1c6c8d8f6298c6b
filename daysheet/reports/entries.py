"""What a digest's named lines say of a deal, a visit that is missing, a question: from an item's details."""

from datetime import date
from decimal import Decimal

from daysheet.i18n import text
from daysheet.model.digests import Item, Topic
from daysheet.reports import amounts
from daysheet.reports.blocks import Entry
from daysheet.reports.story import Story

LONGEST = 80
"""Characters shown of what somebody wrote; the workbook has the rest."""


def _said(item: Item, key: str) -> str:
    said = str(item.detail.get(key, ""))
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"


def _number(item: Item, key: str) -> int:
    value = item.detail.get(key, 0)
    return value if isinstance(value, int) else 0


def _amount(item: Item, story: Story) -> str:
    amount, currency = _said(item, "amount"), _said(item, "currency")
    return amounts.money(Decimal(amount), currency, story.language) if amount and currency else ""


def _day(item: Item, key: str, story: Story) -> str:
    """Return a date in words, "" where there is none."""
    if not (value := _said(item, key)):
        return ""
    return amounts.day_of(date.fromisoformat(value), story.digest.period.last.year, story.language)


def _level(item: Item, story: Story) -> str:
    level = _said(item, "level")
    return story.level(level) if level else ""


def missing(item: Item, story: Story) -> Entry:
    """Return whose reports have been missing, and for how long."""
    last = _day(item, "last_on", story)
    return story.entry(
        item,
        text("digest.item.missing", story.language, n=_number(item, "days")) if _number(item, "days") else "",
        text("digest.item.last_report", story.language, day=last) if last else "",
    )


def overdue(item: Item, story: Story) -> Entry:
    """Return a customer that was visited less than promised, or not at all."""
    parts = [_level(item, story)]
    if item.topic is Topic.SHORT:
        done = {"done": _number(item, "done"), "promised": _number(item, "promised")}
        parts.append(text("digest.item.short", story.language, None, **done))
    elif _number(item, "days"):
        parts.append(text("digest.item.days_since", story.language, n=_number(item, "days")))
    elif not _said(item, "last_on"):
        parts.append(text("digest.item.never", story.language))
    return story.entry(item, *parts)


def moved(item: Item, story: Story) -> Entry:
    """Return a deal that went from one stage to another."""
    key = "digest.item.moved_on" if item.topic is Topic.MOVED_ON else "digest.item.moved_back"
    stages = {"was": story.stage(_said(item, "was")), "stage": story.stage(_said(item, "stage"))}
    return story.entry(item, text(key, story.language, None, **stages), _said(item, "project"), _amount(item, story))


def waiting(item: Item, story: Story) -> Entry:
    """Return a deal that has been sold or agreed, or is expected late."""
    expected = _day(item, "expected_on", story)
    waits = _number(item, "days")
    return story.entry(
        item,
        _said(item, "project"),
        _amount(item, story),
        text("digest.item.in_stage", story.language, n=waits) if waits else "",
        text("digest.item.expected", story.language, day=expected) if expected else "",
    )


def ended(item: Item, story: Story) -> Entry:
    """Return a deal won or lost, and why."""
    against = _said(item, "competitor")
    return story.entry(
        item,
        text("digest.item.won" if item.topic is Topic.WON else "digest.item.lost", story.language),
        _said(item, "project"),
        _amount(item, story),
        story.reason(_said(item, "reason")) if _said(item, "reason") else "",
        text("digest.item.against", story.language, competitor=against) if against else "",
    )


def customer(item: Item, story: Story) -> Entry:
    """Return a customer that is new, or that another became part of."""
    if item.topic is Topic.MERGED:
        return story.entry(item, text("digest.item.merged", story.language, was=_said(item, "was")))
    return story.entry(item, text("digest.item.new", story.language), _said(item, "city"))


def helped(item: Item, story: Story) -> Entry:
    """Return what somebody asks for."""
    return story.entry(item, _said(item, "text"), _said(item, "project"))


def question(item: Item, story: Story) -> Entry:
    """Return a question to the stewards, since when it is open, and how many rows wait for it."""
    kind, days, rows = _said(item, "kind"), _number(item, "days"), _number(item, "rows")
    return story.entry(
        item,
        queue_label(kind, story),
        text("digest.item.open", story.language, n=days) if days else "",
        text("digest.item.rows", story.language, n=rows) if rows else "",
    )


_QUEUES = {"names": "name", "duplicates": "duplicate", "parents": "parent"}
_KNOWN = ("name", "duplicate", "parent", "rows", "waiting", "messages", "answers")


def queue_label(kind: str, story: Story) -> str:
    """Return what a queue is called."""
    kind = _QUEUES.get(kind, kind)
    return text(f"digest.queue.{kind}", story.language) if kind in _KNOWN else kind
