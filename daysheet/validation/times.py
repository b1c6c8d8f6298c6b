"""Times of day as people write them."""

import re
from datetime import time
from math import isfinite
from unicodedata import normalize

_CLOCK = re.compile(
    r"^(?P<part>上午|早上|下午|晚上|中午|am|pm)?\s?(?P<hour>\d{1,2})\s?"
    r"(?:(?:[:点时]\s?)(?:(?P<minute>\d{1,2})|(?P<half>半))?\s?分?(?::\d{2})?|(?=\s?[ap]m))"
    r"\s?(?P<tail>am|pm)?(?:\s?[-~—至到].{1,20})?$",
    re.IGNORECASE,
)
_LATE = {"下午", "晚上", "pm"}
_DIGITS = re.compile(r"^\d{1,4}$", re.ASCII)
_LONGEST = 40


def parse(text: str) -> time | None:
    """Return the time a cell's *text* is, the first one where it tells from when to when; None where it is none."""
    if len(text) > _LONGEST:
        return None
    text = " ".join(normalize("NFKC", text).split())
    if _DIGITS.match(text):
        return from_number(int(text))
    match = _CLOCK.match(text)
    if match is None:
        return None
    hour = int(match["hour"])
    said = {(match["part"] or "").casefold(), (match["tail"] or "").casefold()}
    if said & _LATE and hour < 12:
        hour += 12
    elif "am" in said and hour == 12:
        hour = 0
    return _make(hour, 30 if match["half"] else int(match["minute"] or 0))


def from_number(number: float | None) -> time | None:
    """Return the time a bare number means: 0.5 is noon (as Excel counts), 9 is 9:00, 930 is 9:30."""
    if number is None or not isfinite(number):
        return None
    if 0 <= number < 1:
        minutes, seconds = divmod(round(number * 86400) % 86400, 60)
        return time(minutes // 60, minutes % 60, seconds)
    if number != int(number):
        return None
    return _make(int(number), 0) if number < 24 else _make(*divmod(int(number), 100)) if number >= 100 else None


def _make(hour: int, minute: int) -> time | None:
    return time(hour, minute) if 0 <= hour < 24 and 0 <= minute < 60 else None
