"""What the mails by the clock say goes into JSON and comes back as it was."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daysheet.model.digest_documents import Content, from_document, to_document
from daysheet.model.digests import Digest, DigestKind, Escalation, Item, Missing, Reminder, Restated, Topic, Unit
from daysheet.model.periods import Period, PeriodKind
from daysheet.model.returns import Decided, DecidedKind, Morning, Overdue, Returns
from daysheet.model.text import Language

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(0, 2_000_000)
days = st.dates(date(2000, 1, 3), date(2099, 12, 31))
amounts = st.decimals(Decimal("0.01"), Decimal(10**15), places=2)
told = st.dictionaries(words, st.integers(1, 10**9) | amounts, max_size=4)
languages = st.sampled_from(Language)
bilingual = st.dictionaries(words, st.dictionaries(st.sampled_from(["zh", "en"]), words), max_size=2)


def several(one: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(one, max_size=3).map(tuple)


digests = st.builds(
    Digest,
    kind=st.sampled_from([DigestKind.WEEKLY, DigestKind.MONTHLY, DigestKind.STEWARD]),
    language=languages,
    period=st.builds(Period.of, st.sampled_from(PeriodKind), days),
    name=words,
    scope=words,
    figures=told,
    former=told,
    restated=several(st.builds(Restated, words, numbers | amounts, numbers | amounts)),
    trend=several(st.tuples(words, told)),
    units=several(st.builds(Unit, st.sampled_from(["rep", "team", "region"]), words, told)),
    items=several(
        st.builds(
            Item,
            topic=st.sampled_from(Topic),
            posting_id=numbers,
            weight=st.floats(allow_nan=False, allow_infinity=False),
            name=words,
            rep=words,
            customer_id=st.none() | numbers,
            detail=st.dictionaries(words, words | numbers, max_size=3),
        )
    ),
    counts=st.dictionaries(st.sampled_from(Topic), numbers),
    sees_all=st.booleans(),
    console=words,
    stages=bilingual,
    reasons=bilingual,
    windows=st.dictionaries(words, st.integers(1, 91), max_size=2),
    rates=st.dictionaries(words, words, max_size=2),
)
reminders = st.builds(
    Reminder, language=languages, name=words, day=days, cut_off=words, cut_off_on=days, missing=several(days)
)
absent = st.builds(Missing, name=words, number=words, team=words, days=several(days), last_on=st.none() | days)
escalations = st.builds(
    Escalation, language=languages, name=words, day=days, missing=several(absent), more=st.integers(0, 99)
)
mornings = st.builds(
    Morning,
    language=languages,
    name=words,
    number=words,
    day=days,
    returns=st.builds(
        Returns,
        since=days,
        until=days,
        month=told,
        decided=several(st.builds(Decided, st.sampled_from(DecidedKind), words, words, words, words, st.none() | days)),
        overdue=several(st.builds(Overdue, words, words, st.none() | days, numbers, numbers, numbers)),
        more_decided=numbers,
        more_overdue=numbers,
    ),
    has_workbook=st.booleans(),
    customers=numbers,
    deals=numbers,
    plans=numbers,
)


@given(digests | reminders | escalations | mornings)
def test_what_is_said_survives_json(content: Content) -> None:
    document = json.loads(json.dumps(to_document(content), allow_nan=False))
    assert from_document(document) == content


@given(digests)
def test_amounts_are_texts_and_come_back_as_amounts(digest: Digest) -> None:
    document = json.loads(json.dumps(to_document(digest)))
    back = from_document(document)
    assert isinstance(back, Digest)
    for name, number in digest.figures.items():
        assert isinstance(document["figures"][name], str if isinstance(number, Decimal) else int)
        assert type(back.figures[name]) is type(number)


def with_later_keys(document: Any) -> Any:
    """As a later version would write it: a key more wherever there is a value with fields."""
    if isinstance(document, dict):
        is_a_value = {"language", "topic", "since", "about", "customer", "days", "was", "figures"} & document.keys()
        more = {"mood": "good"} if is_a_value else {}
        return {key: with_later_keys(value) for key, value in document.items()} | more
    return [with_later_keys(one) for one in document] if isinstance(document, list) else document


DAY = date(2026, 11, 24)
RETURNS = Returns(DAY, DAY, {}, (Decided(DecidedKind.SAME, "云杉"),), (Overdue("云杉", "A", None, 1, 3),))


@pytest.mark.parametrize(
    "content",
    [
        Digest(
            DigestKind.WEEKLY,
            Language.ZH,
            Period.parse("2026-W48"),
            "赵敏",
            "华东",
            {},
            {},
            restated=(Restated("visits.done", 1, 2),),
            units=(Unit("team", "一组", {}),),
            items=(Item(Topic.WON, 1, 2.5, "云杉"),),
        ),
        Reminder(Language.EN, "Tom", DAY, "09:00", DAY),
        Escalation(Language.EN, "Ann", DAY, (Missing("Tom", "E2", "", (DAY,)),)),
        Morning(Language.ZH, "王丽", "E1", DAY, RETURNS, has_workbook=True),
    ],
    ids=lambda content: type(content).__name__,
)
def test_keys_of_a_later_version_are_left_alone(content: Content) -> None:
    assert from_document(with_later_keys(json.loads(json.dumps(to_document(content))))) == content


def test_a_topic_of_a_later_version_is_left_out() -> None:
    digest = Digest(DigestKind.WEEKLY, Language.ZH, Period.parse("2026-W48"), "赵敏", "", {}, {})
    document = to_document(digest) | {
        "items": [{"topic": "praised", "posting_id": 1, "weight": 1.0, "name": "云杉"}],
        "counts": {"praised": 1},
    }
    assert from_document(document) == digest


def test_a_mail_of_an_unknown_sort_is_refused() -> None:
    with pytest.raises(ValueError, match="is not known"):
        from_document({"says": "poem"})
