"""The subject: the sender's own, short, and one verdict behind it however often they reply."""

import pytest

from daysheet.model.text import Language
from daysheet.reports.render import render
from daysheet.reports.thread import subject
from daysheet.services.revision import Mode, mode_of
from tests.unit.reports.answers import COMPANY, NAMES, every_answer


def _is_about_a_mail(name: str) -> bool:
    """Say whether the answer repeats the sender's subject; that of who leaves a digest is a token of ours."""
    return bool(every_answer(Language.EN)[name].subject)


@pytest.mark.parametrize(
    ("original", "said"),
    [
        ("日报 3月2日", "Re: 日报 3月2日 – V"),
        ("RE: 日报", "Re: 日报 – V"),
        ("回复：Re: 答复: Re[2]: 日报", "Re: 日报 – V"),
        ("Fw: 日报", "Re: Fw: 日报 – V"),
        ("  日报\r\n\t 王丽 ", "Re: 日报 王丽 – V"),
        ("Report: Q1 – north", "Re: Report: Q1 – north – V"),
        ("Regarding: 日报", "Re: Regarding: 日报 – V"),
        ("", "V"),
        ("Re: ", "V"),
    ],
)
def test_the_senders_subject_comes_first_without_its_reply_marks(original: str, said: str) -> None:
    assert subject(original, "V") == said


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("hostile", "long") and _is_about_a_mail(name)])
def test_a_reply_to_an_answer_does_not_carry_the_old_verdict_along(name: str, language: Language) -> None:
    answered = render(every_answer(language)[name], COMPANY, workbook="marked").subject
    assert subject(f"回复: {answered}", "V") == "Re: 日报 2026-03-02 李薇 – V"


def test_what_the_sender_adds_behind_our_verdict_stays() -> None:
    assert subject("Re: 日报 – 已收下 5 行，1 项请核对 （补充）", "V") == "Re: 日报 （补充） – V"


def test_a_dash_of_the_senders_own_is_no_verdict() -> None:
    assert subject("Order – accepted2", "V") == "Re: Order – accepted2 – V"


@pytest.mark.parametrize(
    ("original", "shown"),
    [("报" * 20, "报" * 20), ("报" * 21, "报" * 20 + "…"), ("a" * 40, "a" * 40), ("a" * 5000, "a" * 40 + "…")],
)
def test_a_long_subject_leaves_room_for_the_verdict(original: str, shown: str) -> None:
    assert subject(original, "V") == f"Re: {shown} – V"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", NAMES)
def test_no_verdict_of_ours_says_replace_or_add_when_it_is_replied_to(name: str, language: Language) -> None:
    ours = render(every_answer(language)[name], COMPANY, workbook="marked").subject
    assert mode_of(f"Re: {ours}") is Mode.UNSAID
    assert mode_of(f"替换 Re: {ours}") is Mode.REPLACE
    assert mode_of(f"Re: {ours} ADD") is Mode.ADD
