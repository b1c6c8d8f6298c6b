"""
Texts by key, in Chinese and English.

The catalogues are PO files, one per language and domain, whose msgid is the key (an issue code, say)
and whose msgstr may hold ``{parameters}``. A key with a plural takes *n*. Nothing is read before the
first text is asked for.
"""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import TYPE_CHECKING

from daysheet.model.issues import Issue
from daysheet.model.memory import Refusal
from daysheet.model.names import VerdictCode
from daysheet.model.text import Language

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

DOMAINS = (
    "issues",
    "verdicts",
    "answers",
    "memory",
    "lists",
    "console",
    "console_queue",
    "console_repair",
    "console_customers",
    "console_admin",
    "digests",
    "returns",
    "spot_checks",
    "alarms",
)


@cache
def _catalogue(language: Language, domain: str) -> "Catalog":
    from babel.messages.pofile import read_po

    with (files("daysheet.i18n") / "locale" / str(language) / f"{domain}.po").open("rb") as file:
        return read_po(file, locale=str(language), domain=domain)


@cache
def _strings(language: Language, domain: str) -> Mapping[str, tuple[str, ...]]:
    """Return key → its forms: one, or a form per plural."""
    return {
        (message.id if isinstance(message.id, str) else message.id[0]): (
            (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        )
        for message in _catalogue(language, domain)
        if message.id
    }


def text(key: str, language: Language, /, n: int | None = None, **params: object) -> str:
    """
    Return the text of *key*; *n* chooses the plural and fills ``{n}``.

    Raises KeyError for an unknown key or a parameter that the text needs and is not given.
    """
    forms = _forms(key, language)
    number = 0
    if n is not None:
        params = {"n": n, **params}
        if len(forms) > 1:
            number = int(n != 1)  # English; Chinese has one form
    return forms[number].format_map(params) if params or "{" in forms[number] else forms[number]


def parameters(key: str, language: Language) -> frozenset[str]:
    """Return the names of the parameters that the text of *key* takes; raises KeyError for an unknown key."""
    return frozenset(name for form in _forms(key, language) for _, name, _, _ in Formatter().parse(form) if name)


def _forms(key: str, language: Language) -> tuple[str, ...]:
    for domain in DOMAINS:
        forms = _strings(language, domain).get(key)
        if forms is not None:
            return forms
    raise KeyError(key)


def keys(language: Language, domain: str) -> frozenset[str]:
    """Return every key of a catalogue."""
    return frozenset(_strings(language, domain))


class _Lenient(dict[str, str]):
    """An issue's parameters: one that is not known is left out of the sentence rather than breaking it."""

    def __missing__(self, key: str) -> str:
        return ""


def issue_text(issue: Issue, language: Language) -> str:
    """Return what *issue* tells the sender, in one or two sentences."""
    forms = _strings(language, "issues")[str(issue.code)]
    values = _Lenient(issue.params)
    values["found"] = issue.found
    values["field"] = issue.params.get(f"label_{language}") or issue.place.field or ""
    values["cell"] = issue.place.cell
    values["file"] = issue.place.file
    values["sheet"] = issue.place.sheet
    separator = "、" if language is Language.ZH else ", "
    values["suggestions"] = separator.join(issue.suggestions)
    reasons = _reasons(issue.params.get("steps", ""), language)
    values["why"] = f"（{reasons}）" if reasons and language is Language.ZH else f" ({reasons})" if reasons else ""
    for name in ("label", "other", "choices", "fields", "list", "was", "reasons"):
        chosen = issue.params.get(f"{name}_{language}")
        if chosen:
            values[name] = chosen
    return forms[0].format_map(values).strip()


def _reasons(steps: str, language: Language) -> str:
    """Return the codes of the naming rules' *steps* in words."""
    said = (text(f"step.{step}", language) for step in steps.split())
    return ("、" if language is Language.ZH else ", ").join(said)


def refusal_text(refusal: Refusal, language: Language, zone: tzinfo) -> str:
    """Return why a decision cannot be carried out; instants as dates where the reader is."""
    said = {
        name: value.astimezone(zone).date() if isinstance(value, datetime) else value
        for name, value in refusal.params.items()
    }
    return text(str(refusal.code), language, None, **said)


def verdict_text(code: VerdictCode, language: Language, own: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """Return what a finding of the naming rules says; *own* are a company's own words by code and language."""
    values = _Lenient(code.params)
    values["list"] = code.params.get(f"list_{language}", "")
    values["reasons"] = _reasons(code.params.get("steps", ""), language)
    template = (own or {}).get(code.code, {}).get(str(language)) or _strings(language, "verdicts")[code.code][0]
    return template.format_map(values)


def format_date(day: date, language: Language) -> str:
    """Return a date as it is written in *language*, with the weekday."""
    from babel.dates import format_date as babel_date

    pattern = "y年M月d日 EEE" if language is Language.ZH else "EEE d MMM y"
    return babel_date(day, pattern, locale=str(language))
