"""追加 and 替换 count where the sender writes them, not where a reply carries them along."""

import pytest

from daysheet.model.answers import AnswerKind
from daysheet.services.revision import Mode, mode_of
from tests.builders import a_mail, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline


@pytest.mark.parametrize(
    ("subject", "before", "mode"),
    [
        ("Re: 日报 追加 – 1 行中 1 行需修改", "日报 追加", Mode.UNSAID),
        ("追加 Re: 日报 追加 – 已收下 1 行", "日报 追加", Mode.ADD),
        ("替换 Re: 日报 追加 – 已收下 1 行", "日报 追加", Mode.REPLACE),
        ("ADD Re: daily report", "daily report", Mode.ADD),
        ("Re: ADD please", "add please", Mode.UNSAID),
        ("日报 追加", "", Mode.ADD),
    ],
)
def test_a_word_that_stood_in_the_subject_answered_does_not_count_again(subject: str, before: str, mode: Mode) -> None:
    assert mode_of(subject, before) is mode


def morning_and_evening(pipeline: Pipeline) -> str:
    """A report of four rows, then one of two with 追加, one of them wrong; the Message-ID of its answer."""
    morning = [a_visit(content=f"上午 {n}", start_time=f"{8 + n}:00") for n in range(4)]
    pipeline.feed(a_mail(a_workbook(morning)))
    evening = [a_visit("苏州蓝鲸精密机械有限公司", content="晚上", start_time="18:00", visit_date="下周")]
    pipeline.feed(a_mail(a_workbook(evening), subject="日报 追加"))
    return str(pipeline.mails()[-1]["Message-ID"])


def corrected() -> bytes:
    return a_workbook([a_visit("苏州蓝鲸精密机械有限公司", content="晚上", start_time="18:00")])


@pytest.mark.parametrize("header", ["In-Reply-To", "References"])
def test_a_corrected_reply_to_an_added_report_does_not_add_by_itself(pipeline: Pipeline, header: str) -> None:
    ours = morning_and_evening(pipeline)
    pipeline.feed(a_mail(corrected(), subject="Re: 日报 追加 – 需修改", headers={header: ours}))
    assert pipeline.answers()[-1].kind is AnswerKind.WAITING


def test_the_word_written_once_more_in_a_reply_adds(pipeline: Pipeline) -> None:
    ours = morning_and_evening(pipeline)
    subject = "追加 Re: 日报 追加 – 需修改"
    line = pipeline.feed(a_mail(corrected(), subject=subject, headers={"In-Reply-To": ours}))
    assert line.state == "accepted"
    assert len(pipeline.rows("visits")) == 5


def test_the_word_in_a_mail_of_its_own_adds_as_ever(pipeline: Pipeline) -> None:
    morning_and_evening(pipeline)
    line = pipeline.feed(a_mail(corrected(), subject="Re: 日报 追加", headers={"In-Reply-To": "<other@corp.example>"}))
    assert line.state == "accepted"
    assert len(pipeline.rows("visits")) == 5
