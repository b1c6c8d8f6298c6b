"""What the mails by the clock say, as plain data for JSON, and back, exactly."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from daysheet.model import figures
from daysheet.model.digests import Digest, DigestKind, Escalation, Item, Missing, Reminder, Restated, Topic, Unit
from daysheet.model.documents import returns_from_document, returns_to_document
from daysheet.model.figures import Figures, Number
from daysheet.model.periods import Period
from daysheet.model.returns import Morning
from daysheet.model.text import Language

Content = Digest | Reminder | Escalation | Morning
Document = Mapping[str, Any]

_SAYS = "says"
"""Under this key stands which of them it is."""


def to_document(content: Content) -> dict[str, Any]:
    """Return *content* as plain data; amounts are texts, without loss."""
    if isinstance(content, Digest):
        return {_SAYS: "digest", **_digest_to(content)}
    if isinstance(content, Reminder):
        dates = {"day": str(content.day), "cut_off_on": str(content.cut_off_on)}
        return {_SAYS: "reminder", **_plain(content), **dates, "missing": [str(day) for day in content.missing]}
    if isinstance(content, Escalation):
        missing = [_missing_to(one) for one in content.missing]
        return {_SAYS: "escalation", **_plain(content), "day": str(content.day), "missing": missing}
    return {
        _SAYS: "morning",
        **_plain(content),
        "day": str(content.day),
        "returns": returns_to_document(content.returns),
    }


def from_document(document: Document) -> Content:
    """Return what ``to_document`` was given; keys of a later version are left alone."""
    says = document[_SAYS]
    if says == "digest":
        return _digest_from(document)
    if says == "reminder":
        return Reminder(
            **_known(Reminder, document)
            | {
                "language": Language(document["language"]),
                "day": date.fromisoformat(document["day"]),
                "cut_off_on": date.fromisoformat(document["cut_off_on"]),
                "missing": _days(document.get("missing", ())),
            }
        )
    if says == "escalation":
        return Escalation(
            **_known(Escalation, document)
            | {
                "language": Language(document["language"]),
                "day": date.fromisoformat(document["day"]),
                "missing": tuple(_missing_from(one) for one in document["missing"]),
            }
        )
    if says == "morning":
        return Morning(
            **_known(Morning, document)
            | {
                "language": Language(document["language"]),
                "day": date.fromisoformat(document["day"]),
                "returns": returns_from_document(document["returns"]),
            }
        )
    raise ValueError(f"a mail by the clock that says {says!r} is not known")


# ---- pieces ------------------------------------------------------------------------------------


def _plain(value: Any) -> dict[str, Any]:
    """Return the fields of *value* by their names, the language as its code."""
    found = {name: getattr(value, name) for name in value.__dataclass_fields__}
    return {name: str(one) if isinstance(one, Language) else one for name, one in found.items()}


def _known(kind: Any, document: Document) -> dict[str, Any]:
    return {name: document[name] for name in kind.__dataclass_fields__ if name in document}


def _days(texts: Any) -> tuple[date, ...]:
    return tuple(date.fromisoformat(text) for text in texts)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _text(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _number_to(number: Number) -> int | str:
    return number if isinstance(number, int) else format(number, "f")


def _number_from(said: int | str) -> Number:
    return figures.from_document({"": said})[""]


# ---- a manager's or steward's digest -----------------------------------------------------------


def _digest_to(digest: Digest) -> dict[str, Any]:
    return {
        **_plain(digest),
        "kind": str(digest.kind),
        "period": digest.period.label,
        "figures": figures.to_document(digest.figures),
        "former": figures.to_document(digest.former),
        "restated": [
            {"name": one.name, "was": _number_to(one.was), "now": _number_to(one.now)} for one in digest.restated
        ],
        "trend": [[label, figures.to_document(told)] for label, told in digest.trend],
        "units": [{**_plain(unit), "figures": figures.to_document(unit.figures)} for unit in digest.units],
        "items": [{**_plain(item), "topic": str(item.topic), "detail": dict(item.detail)} for item in digest.items],
        "counts": {str(topic): number for topic, number in digest.counts.items()},
        "stages": {code: dict(words) for code, words in digest.stages.items()},
        "reasons": {code: dict(words) for code, words in digest.reasons.items()},
        "windows": dict(digest.windows),
        "rates": dict(digest.rates),
    }


def _digest_from(document: Document) -> Digest:
    def told(said: Mapping[str, int | str]) -> Figures:
        return figures.from_document(said)

    return Digest(
        **_known(Digest, document)
        | {
            "kind": DigestKind(document["kind"]),
            "language": Language(document["language"]),
            "period": Period.parse(document["period"]),
            "figures": told(document["figures"]),
            "former": told(document["former"]),
            "restated": tuple(
                Restated(one["name"], _number_from(one["was"]), _number_from(one["now"]))
                for one in document.get("restated", ())
            ),
            "trend": tuple((label, told(said)) for label, said in document.get("trend", ())),
            "units": tuple(
                Unit(**_known(Unit, one) | {"figures": told(one["figures"])}) for one in document.get("units", ())
            ),
            "items": tuple(
                Item(**_known(Item, one) | {"topic": Topic(one["topic"])})
                for one in document.get("items", ())
                if one["topic"] in _TOPICS  # a topic of a later version is left alone
            ),
            "counts": {
                Topic(topic): number for topic, number in document.get("counts", {}).items() if topic in _TOPICS
            },
        }
    )


_TOPICS = frozenset(map(str, Topic))


# ---- an escalation -----------------------------------------------------------------------------


def _missing_to(missing: Missing) -> dict[str, Any]:
    return {**_plain(missing), "days": [str(day) for day in missing.days], "last_on": _text(missing.last_on)}


def _missing_from(document: Document) -> Missing:
    dates = {"days": _days(document["days"]), "last_on": _day(document.get("last_on"))}
    return Missing(**_known(Missing, document) | dates)
