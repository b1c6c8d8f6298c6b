"""Files fed by hand: mails, workbooks, and mailboxes exported into one file."""

from daysheet.model.mail import MessageState, Reason
from tests.builders import a_mail, a_visit, a_workbook
from tests.unit.ingest.files import ole
from tests.unit.services.conftest import Pipeline

FROM = b"From wang.li@corp.example Wed Mar  4 18:00:00 2026\n"


def an_mbox(*mails: bytes) -> bytes:
    return b"\n".join(FROM + mail for mail in mails)


def test_every_message_of_an_mbox_file_is_worked(pipeline: Pipeline) -> None:
    first = a_mail(a_workbook([a_visit()], cover={"report_date": "2026-03-03"}), subject="一")
    second = a_mail(a_workbook([a_visit()]), subject="二")
    line = pipeline.feed(an_mbox(first, second), name="sent.mbox")
    assert (line.state, line.messages, len(line.submissions)) == (MessageState.ACCEPTED, 2, 2)
    assert len(pipeline.answers()) == 2


def test_an_mbox_file_again_has_no_effect(pipeline: Pipeline) -> None:
    raw = an_mbox(a_mail(a_workbook([a_visit()])), a_mail(subject="no report"))
    assert pipeline.feed(raw, name="sent.mbox").state == MessageState.PARTLY
    line = pipeline.feed(raw, name="again.mbox")
    assert (line.state, line.codes) == (MessageState.DUPLICATE, ("SD-F011",))
    assert len(pipeline.answers()) == 2


def test_mail_of_strangers_in_an_mbox_file_does_not_spoil_the_rest(pipeline: Pipeline) -> None:
    raw = an_mbox(a_mail(sender="x@else.example"), a_mail(a_workbook([a_visit()])))
    assert pipeline.feed(raw, name="sent.mbox").state == MessageState.ACCEPTED
    line = pipeline.feed(an_mbox(a_mail(sender="y@else.example")), name="other.mbox")
    assert (line.state, line.reason) == (MessageState.IGNORED, Reason.STRANGER)


def test_a_file_known_already_says_with_which_codes_it_ended(pipeline: Pipeline) -> None:
    pipeline.feed(b"<html>", as_number="E1", name="a.xls")
    line = pipeline.feed(b"<html>", as_number="E1", name="b.xls")
    assert (line.state, line.codes) == (MessageState.DUPLICATE, ("SD-F003",))


def test_a_message_beyond_the_limits_is_set_aside_whoever_fed_it(pipeline: Pipeline) -> None:
    raw = a_mail(headers={"X-Padding": " ".join(["x" * 60] * 6000)})
    for number in ("E1", ""):
        line = pipeline.feed(raw, as_number=number)
        assert (line.state, line.reason) == (MessageState.QUARANTINED, Reason.MALFORMED)


def test_a_message_as_outlook_saves_it_is_no_workbook(pipeline: Pipeline) -> None:
    line = pipeline.feed(ole("__properties_version1.0"), as_number="E1", name="report.msg")
    assert (line.state, line.codes) == (MessageState.REJECTED, ("SD-F003",))
