"""The sender's subject as an answer repeats it: short, and without what our earlier answers added."""

import re
from functools import cache
from unicodedata import east_asian_width

from daysheet.i18n import keys, parameters, text
from daysheet.model.text import Language

WIDEST_THREAD = 40
"""Columns of the sender's subject that are repeated (a Chinese character takes two): a phone shows some sixty."""
DASH = " – "

_REPLY = re.compile(r"^(?:(?:re|aw|sv|antw|回复|回覆|答复|答覆)\s*(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE)


def subject(original: str, verdict: str) -> str:
    """Return the subject of an answer that says *verdict* to a mail about *original*."""
    plain = " ".join(original.split())
    about = _REPLY.sub("", _said_before().sub("", _REPLY.sub("", plain))).strip()
    return f"Re: {_cut(about)}{DASH}{verdict}" if about else verdict


@cache
def _said_before() -> re.Pattern[str]:
    """Match the verdicts that earlier answers put behind the subject; a reply to one carries it along."""
    said = {
        text(key, language, n=number, **dict.fromkeys(parameters(key, language) - {"n"}, 0))
        for language in Language
        for domain in ("answers", "spot_checks")
        for key in keys(language, domain)
        if key.startswith("subject.")
        for number in (1, 2)
    }
    longest_first = sorted(said, key=len, reverse=True)  # "accepted" must not eat half of "accepted, but …"
    verdicts = "|".join(re.sub(r"\d+", r"\\d+", re.escape(one)) for one in longest_first)
    return re.compile(rf"\s*–\s*(?:{verdicts})(?=\s|$)")


def _cut(words: str) -> str:
    width = 0
    for at, character in enumerate(words):
        width += 2 if east_asian_width(character) in "WF" else 1
        if width > WIDEST_THREAD:
            return f"{words[:at].rstrip()}…"
    return words
