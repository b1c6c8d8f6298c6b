"""A report that Outlook has wrapped into winmail.dat is read as any other."""

from email.message import EmailMessage

from tests.builders import a_visit, a_workbook
from tests.unit.ingest.test_tnef import a_file, container
from tests.unit.services.conftest import Pipeline


def outlook(*, is_whole_mail: bool) -> bytes:
    """A mail as Exchange hands it on: winmail.dat beside the text, or as the whole of it."""
    inside = container(*a_file("日报.xlsx", a_workbook([a_visit()])))
    mail = EmailMessage()
    mail["From"] = "wang.li@corp.example"
    mail["To"] = "daily@corp.example"
    mail["Subject"] = "日报"
    mail["Message-ID"] = "<outlook@corp.example>"
    if is_whole_mail:
        mail.set_content(inside, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    else:
        mail.set_content("请查收")
        mail.add_attachment(inside, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    return mail.as_bytes()


def test_a_workbook_in_winmail_dat_is_filed_and_answered(pipeline: Pipeline) -> None:
    assert pipeline.feed(outlook(is_whole_mail=False)).state == "accepted"
    assert len(pipeline.rows("visits")) == 1
    (answer,) = pipeline.answers()
    assert answer.file_name == "日报.xlsx"


def test_a_mail_that_is_nothing_but_winmail_dat_is_filed_too(pipeline: Pipeline) -> None:
    assert pipeline.feed(outlook(is_whole_mail=True)).state == "accepted"
    assert len(pipeline.rows("visits")) == 1
