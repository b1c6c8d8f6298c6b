"""What becomes of a mail: each way it can end."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from daysheet.errors import StoreUnreachable
from daysheet.model.answers import CustomerOutcome
from daysheet.model.mail import MessageState, Reason
from daysheet.model.text import Language
from daysheet.services import process
from daysheet.services.account import account
from daysheet.services.ahead import let_go
from daysheet.store import inbound, tables
from tests.builders import TODAY, a_deal, a_mail, a_plan, a_visit, a_workbook
from tests.unit.services.conftest import Pipeline


def test_a_clean_report_lands_whole(pipeline: Pipeline) -> None:
    line = pipeline.feed(a_mail(a_workbook([a_visit()], opportunities=[a_deal()], plans=[a_plan()])))
    assert line.state == MessageState.ACCEPTED
    assert [row["customer_id"] for row in pipeline.rows("visits")] == [1]
    assert pipeline.rows("opportunities")[0]["amount"] == 500000
    (answer,) = pipeline.answers()
    assert answer.rows_landed == 3
    assert answer.report_date == TODAY


def test_good_rows_land_and_bad_rows_wait(pipeline: Pipeline) -> None:
    line = pipeline.feed(a_mail(a_workbook([a_visit(), a_visit(way="打球", start_time=None)])))
    assert (line.state, line.codes) == (MessageState.PARTLY, ("SD-C004",))
    assert len(pipeline.rows("visits", "landed")) == 1
    assert pipeline.rows("visits", "parked")[0]["raw"]["way"] == "打球"


def test_a_corrected_report_replaces_the_earlier_one(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(), a_visit(way="打球")])))
    line = pipeline.feed(a_mail(a_workbook([a_visit(), a_visit(way="电话", contact="江总")])))
    assert line.state == MessageState.ACCEPTED
    assert line.submissions[0].revision == 2
    assert len(pipeline.rows("visits", "landed")) == 2
    assert len(pipeline.rows("visits", "superseded")) == 2
    assert (pipeline.answers()[-1].fixed, pipeline.answers()[-1].replaces) == (1, 1)


def test_the_same_bytes_again_have_no_effect_and_no_answer(pipeline: Pipeline) -> None:
    raw = a_mail(a_workbook([a_visit()]))
    pipeline.feed(raw)
    assert pipeline.feed(raw).state == MessageState.DUPLICATE
    assert len(pipeline.answers()) == 1


def test_the_current_workbook_in_a_new_mail_gets_the_former_answer_again(pipeline: Pipeline) -> None:
    book = a_workbook([a_visit()])
    pipeline.feed(a_mail(book))
    line = pipeline.feed(a_mail(book, subject="没收到回复，再发一次"))
    assert (line.state, line.reason) == (MessageState.DUPLICATE, Reason.SAME_WORKBOOK)
    first, again = pipeline.mails()
    assert first["Message-ID"] != again["Message-ID"]
    assert first.get_body(("plain",)).get_content() == again.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert len(pipeline.rows("visits", "landed")) == 1


def test_an_older_workbook_sent_again_is_a_new_revision(pipeline: Pipeline) -> None:
    first, second = a_workbook([a_visit()]), a_workbook([a_visit(content="补充了报价")])
    pipeline.feed(a_mail(first))
    pipeline.feed(a_mail(second))
    line = pipeline.feed(a_mail(first, subject="还是用第一份"))
    assert line.submissions[0].revision == 3


def test_a_report_that_lost_most_of_its_rows_waits(pipeline: Pipeline) -> None:
    morning = [a_visit(contact=f"联系人{number}") for number in range(5)]
    pipeline.feed(a_mail(a_workbook(morning)))
    line = pipeline.feed(a_mail(a_workbook([a_visit("宁波听潮泵业有限公司")])))
    assert line.reason == Reason.WAITS_FOR_REPLACE
    assert len(pipeline.rows("visits", "landed")) == 5
    assert len(pipeline.answers()[-1].gone) >= 3


@pytest.mark.parametrize(("word", "landed"), [("替换", 1), ("REPLACE", 1), ("追加", 6), ("Add", 6)])
def test_the_subject_says_whether_to_replace_or_to_add(pipeline: Pipeline, word: str, landed: int) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(contact=f"联系人{number}") for number in range(5)])))
    evening = a_workbook([a_visit("宁波听潮泵业有限公司")])
    pipeline.feed(a_mail(evening))
    line = pipeline.feed(a_mail(evening, subject=f"Re: 日报 {word}"))
    assert line.state == MessageState.ACCEPTED
    assert len(pipeline.rows("visits", "landed")) == landed


def test_rows_that_were_added_to_are_counted_as_kept(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(contact=f"联系人{number}") for number in range(5)])))
    pipeline.feed(a_mail(a_workbook([a_visit("宁波听潮泵业有限公司")]), subject="日报（追加）"))
    (first, added) = pipeline.answers()
    assert (first.kept, added.kept, added.gone) == (0, 5, ())


def test_a_row_that_is_gone_is_told_first(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit(), a_visit(contact="江总"), a_visit(contact="罗工")])))
    line = pipeline.feed(a_mail(a_workbook([a_visit(), a_visit(contact="江总")])))
    assert "SD-X005" in line.codes
    assert [row.row_number for row in pipeline.answers()[-1].gone] == [5]


# ---- customers ---------------------------------------------------------------------------------


def test_a_customer_is_known_by_its_alias_and_the_rep_is_told_the_name(pipeline: Pipeline) -> None:
    line = pipeline.feed(a_mail(a_workbook([a_visit("云杉")])))
    assert line.codes == ("SD-M003",)
    assert pipeline.answers()[0].customers[0].canonical == "杭州云杉自动化有限公司"


def test_two_spellings_of_a_new_customer_are_one(pipeline: Pipeline) -> None:
    names = ["宁波听潮泵业有限公司", "宁波听潮泵业有限责任公司", "【重点】宁波听潮泵业 有限公司"]
    pipeline.feed(a_mail(a_workbook([a_visit(name, contact=str(at)) for at, name in enumerate(names)])))
    assert len({row["customer_id"] for row in pipeline.rows("visits")}) == 1
    assert {line.outcome for line in pipeline.answers()[0].customers} == {CustomerOutcome.NEW}


def test_a_placeholder_parks_only_its_row(pipeline: Pipeline) -> None:
    line = pipeline.feed(a_mail(a_workbook([a_visit(), a_visit("暂无")])))
    assert (line.state, line.codes) == (MessageState.PARTLY, ("SD-NX01",))
    assert len(pipeline.rows("visits", "landed")) == 1


def test_a_new_customer_is_confirmed_by_reports_of_three_days(pipeline: Pipeline) -> None:
    for days in (0, 1, 2):
        day = TODAY - timedelta(days=days)
        visits = [a_visit("宁波听潮泵业有限公司", visit_date=day)]
        pipeline.feed(a_mail(a_workbook(visits, cover={"report_date": day})))
    found = pipeline.select(
        sa.select(tables.customer.c.status).where(tables.customer.c.display_name == "宁波听潮泵业有限公司")
    )
    assert [row.status for row in found] == ["confirmed"]


def test_a_deal_that_went_back_is_noticed(pipeline: Pipeline) -> None:
    before = TODAY - timedelta(days=1)
    pipeline.feed(
        a_mail(a_workbook([], cover={"report_date": before}, opportunities=[a_deal(stage="谈判")], plans=[a_plan()]))
    )
    line = pipeline.feed(a_mail(a_workbook([], opportunities=[a_deal(stage="线索")], plans=[a_plan()])))
    assert "SD-X003" in line.codes
    assert line.state == MessageState.ACCEPTED


# ---- who sent it -------------------------------------------------------------------------------


def test_an_assistant_sends_for_a_rep_of_the_team_and_both_are_answered(pipeline: Pipeline) -> None:
    line = pipeline.feed(a_mail(a_workbook([a_visit()]), sender="陈静 <chen@corp.example>"))
    assert line.submissions[0].rep == "E1"
    (mail,) = pipeline.mails()
    assert (mail["To"], mail["Cc"]) == ("chen@corp.example", "wang.li@corp.example")


def test_nobody_sends_for_a_rep_of_another_team(pipeline: Pipeline) -> None:
    book = a_workbook([a_visit()], cover={"rep_number": "E2"})
    line = pipeline.feed(a_mail(book, sender="chen@corp.example"))
    assert (line.state, line.codes) == (MessageState.REJECTED, ("SD-M005",))
    assert pipeline.rows("visits") == []


def test_a_second_address_is_as_good_and_the_answer_goes_to_the_first(pipeline: Pipeline) -> None:
    book = a_workbook([a_visit()], cover={"rep_number": "E2"}, language=Language.EN)
    assert pipeline.feed(a_mail(book, sender="Tom@Home.example")).state == MessageState.ACCEPTED
    (mail,) = pipeline.mails()
    assert mail["To"] == "tom@corp.example"
    assert "accepted" in mail["Subject"]


def test_a_stranger_is_ignored_and_with_our_template_raises_an_alarm(pipeline: Pipeline) -> None:
    line = pipeline.feed(a_mail(a_workbook([a_visit()]), sender="who@elsewhere.example"))
    assert (line.state, line.reason) == (MessageState.IGNORED, Reason.STRANGER_WITH_TEMPLATE)
    assert pipeline.answers() == []
    assert pipeline.select(sa.select(tables.alarm.c.subject)) == [("who@elsewhere.example",)]


def test_two_senders_are_nobody(pipeline: Pipeline) -> None:
    raw = a_mail(a_workbook([a_visit()]), sender="wang.li@corp.example, who@elsewhere.example")
    assert pipeline.feed(raw).reason == Reason.SEVERAL_SENDERS


def test_reply_to_is_never_believed(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit()]), headers={"Reply-To": "thief@elsewhere.example"}))
    assert pipeline.mails()[0]["To"] == "wang.li@corp.example"


def test_somebody_who_left_is_a_stranger(pipeline: Pipeline) -> None:
    with pipeline.tools.database.writing() as connection:
        connection.execute(tables.person.update().where(tables.person.c.number == "E1").values(is_active=False))
    assert pipeline.feed(a_mail(a_workbook([a_visit()]))).state == MessageState.IGNORED


# ---- mails without a report ---------------------------------------------------------------------


def test_a_mail_without_a_workbook_gets_one_short_answer(pipeline: Pipeline) -> None:
    line = pipeline.feed(a_mail(subject="日报"))
    assert (line.state, line.codes) == (MessageState.REJECTED, ("SD-F011",))
    assert pipeline.answers()[0].issues[0].code == "SD-F011"


def test_a_cloud_link_is_told_by_name(pipeline: Pipeline) -> None:
    line = pipeline.feed(a_mail(text="https://pan.baidu.com/s/1xyz 提取码 8888"))
    assert line.reason == Reason.LINK_ONLY
    assert "pan.baidu.com" in pipeline.answers()[0].link


def test_a_reply_to_our_answer_is_kept_as_a_note(pipeline: Pipeline) -> None:
    raw = a_mail(text="就是原来的那家", headers={"In-Reply-To": "<daysheet.report-1.abc@corp.example>"})
    line = pipeline.feed(raw)
    assert (line.state, line.reason) == (MessageState.IGNORED, Reason.NOTE)
    noted = pipeline.select(sa.select(tables.audit.c.after).where(tables.audit.c.action == "note.received"))
    assert noted[0].after["text"] == "就是原来的那家"


def test_our_own_answer_that_comes_back_is_ignored(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit()])))
    own = pipeline.mails()[0].as_bytes()
    assert pipeline.feed(own).reason == Reason.OWN_MAIL


# ---- trouble -----------------------------------------------------------------------------------


def test_a_bug_sets_the_message_aside_and_tells_the_sender(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(process, "submit", broken)
    line = pipeline.feed(a_mail(a_workbook([a_visit()])))
    assert (line.state, line.reason) == (MessageState.QUARANTINED, Reason.INTERNAL_ERROR)
    assert pipeline.answers()[0].state == MessageState.QUARANTINED
    assert pipeline.rows("visits") == []


def test_a_database_in_trouble_lets_the_message_wait(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise StoreUnreachable("locked")

    with monkeypatch.context() as patched:
        patched.setattr(process, "submit", locked)
        with pytest.raises(StoreUnreachable):
            pipeline.feed(a_mail(a_workbook([a_visit()])))
    assert [outcome.state for outcome in process.process_pending(pipeline.tools)] == [MessageState.ACCEPTED]


def test_a_database_in_trouble_also_at_the_release_costs_no_try(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise StoreUnreachable("locked")

    def in_trouble(work: Callable[[], object]) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(process, "submit", locked)
            patched.setattr(inbound, "release", locked)
            with pytest.raises(StoreUnreachable):
                work()

    in_trouble(lambda: pipeline.feed(a_mail(a_workbook([a_visit()]))))
    for _ in range(4):
        let_go(pipeline.tools)
        in_trouble(lambda: list(process.process_pending(pipeline.tools)))
        assert len(pipeline.tools.unreleased) == 1
    (outcome,) = process.process_pending(pipeline.tools)
    assert outcome.state is MessageState.ACCEPTED
    assert pipeline.tools.unreleased == []


def test_a_message_that_kills_the_process_is_set_aside_unopened(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(process, "open_message", dies)
        with pytest.raises(SystemExit):
            pipeline.feed(a_mail(a_workbook([a_visit()])))
        for _ in range(2):
            pipeline.clock.now += timedelta(hours=1)
            with pytest.raises(SystemExit):
                list(process.process_pending(pipeline.tools))
    pipeline.clock.now += timedelta(hours=1)
    assert [outcome.reason for outcome in process.process_pending(pipeline.tools)] == [Reason.CRASH_LOOP]


def test_two_workbooks_of_one_mail_are_two_submissions(pipeline: Pipeline) -> None:
    from email import message_from_bytes, policy

    mail = message_from_bytes(a_mail(a_workbook([a_visit()])), policy=policy.default)
    second = a_workbook([a_visit()], cover={"report_date": TODAY - timedelta(days=1)})
    mail.add_attachment(second, maintype="application", subtype="octet-stream", filename="昨天.xlsx")  # type: ignore[attr-defined]
    line = pipeline.feed(mail.as_bytes())
    assert [done.report_date for done in line.submissions] == [TODAY, TODAY - timedelta(days=1)]
    assert len(pipeline.answers()) == 2


def test_the_books_close_after_everything(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit()])))
    pipeline.feed(a_mail(subject="没有附件"))
    pipeline.feed(b"not a workbook", as_number="E1", name="x.xlsx")
    books = account(pipeline.tools)
    assert books.is_closed
    assert books.by_state == {"accepted": 1, "rejected": 2}


def test_lost_or_damaged_bytes_are_found(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit()])))
    (file,) = [path for path in (pipeline.folder / "var" / "spool").rglob("*") if path.is_file()]
    file.write_bytes(b"damaged")
    assert "damaged" in account(pipeline.tools).faults[0]
    file.unlink()
    assert "missing" in account(pipeline.tools).faults[0]


@pytest.mark.parametrize("days", [0, 2, -1])
def test_a_leave_is_noted_and_brings_the_next_workbook(pipeline: Pipeline, days: int) -> None:
    cover = {"work_type": "请假", "leave_until": TODAY + timedelta(days=days) if days else None}
    assert pipeline.feed(a_mail(a_workbook(cover=cover), subject="请假")).state == "accepted"
    (answer,) = pipeline.answers()
    assert (answer.leave, answer.issues) == ((TODAY, TODAY + timedelta(days=max(days, 0))), ())
    (mail,) = pipeline.mails()
    assert mail["Subject"] == "Re: 请假 – 请假已登记"
    said = "3月4日至6日" if days == 2 else "3月4日"
    body = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert body.splitlines()[0] == f"已登记请假：{said}"
    (file,) = mail.iter_attachments()
    back = TODAY + timedelta(days=5 if days == 2 else 1)  # the leave of days ends on a Friday
    assert back.isoformat() in (file.get_filename() or "")


def test_a_leave_that_brings_visits_all_the_same_is_a_report(pipeline: Pipeline) -> None:
    pipeline.feed(a_mail(a_workbook([a_visit()], cover={"work_type": "请假"})))
    (answer,) = pipeline.answers()
    assert answer.leave == (TODAY, TODAY)
    assert pipeline.mails()[0]["Subject"].endswith("已收下 1 行")
