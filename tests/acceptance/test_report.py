"""The main job: a workbook is mailed in, the answer is read, the corrected workbook replaces the report."""

import io
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from daysheet.model.text import Language
from tests.acceptance.house import House, a_recent_day
from tests.builders import a_mail, a_visit, a_workbook
from tests.services.dovecot import PASSWORD, DovecotServer
from tests.services.postgres import PostgresServer
from tests.services.smtp import Received, SmtpSink

WAYS = [("zh", "sqlite"), ("en", "sqlite"), ("zh", "postgresql")]
SAID = {
    "zh": ("2 行中 1 行需修改", "已收下 2 行", "wang.li@corp.example", "E1", "打球"),
    "en": ("1 of 2 rows need", "accepted", "tom@corp.example", "E2", "golf"),
}


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield "sqlite:///daysheet.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.new_database()
    yield server.url(name)
    server.drop(name)


def attached(received: Received) -> Workbook:
    (attachment,) = received.mail.iter_attachments()
    return load_workbook(io.BytesIO(attachment.get_content()))


@pytest.mark.parametrize(("language", "url"), WAYS, indirect=["url"])
def test_a_report_is_answered_with_the_marked_workbook_and_its_correction_replaces_it(
    language: str, url: str, dovecot: DovecotServer, sink: SmtpSink, tmp_path: Path
) -> None:
    user = f"daily-{uuid.uuid4().hex[:8]}"
    box = {"host": "127.0.0.1", "port": dovecot.tls_port, "username": user, "ca_file": str(dovecot.ca_file)}
    house = House(
        tmp_path,
        {
            "database": {"url": url},
            "mailboxes": {"reports": box | {"trust": "none"}},
            "smtp": {"host": "127.0.0.1", "port": sink.port, "security": "plain", "sender": "daily@corp.example"},
        },
        {"DAYSHEET_MAILBOXES__REPORTS__PASSWORD": PASSWORD},
    ).set_up()
    needs, fine, address, number, wrong = SAID[language]
    cover = {"rep_number": number, "report_date": a_recent_day()}
    visits = [a_visit(visit_date=a_recent_day()), a_visit(visit_date=a_recent_day(), way=wrong, contact="江总")]

    # mailed in with a mistake
    book = a_workbook(visits, cover=cover, language=Language(language))
    dovecot.append(user, a_mail(book, sender=address, file_name="报告.xlsx", message_id="<first@corp.example>"))
    (line,) = house.lines("mailbox", "poll")
    assert (line["state"], line["codes"], dovecot.messages(user)) == ("partly", ["SD-C004"], 0)
    house.run("outbox", "flush")
    (answer,) = sink.mails
    assert answer.recipients == (address,)
    assert needs in answer.mail["Subject"]
    assert answer.mail["In-Reply-To"] == "<first@corp.example>"
    assert wrong in answer.mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    marked = attached(answer)
    sheet, row, column = place_of(marked, wrong)
    assert marked[sheet].cell(row, column).comment is not None
    assert marked[sheet].cell(row, column).fill.fgColor.rgb not in (None, "00000000")

    # the rep corrects the marked cell and replies
    marked[sheet].cell(row, column).value = "上门拜访"
    content = io.BytesIO()
    marked.save(content)
    headers = {"In-Reply-To": answer.mail["Message-ID"], "References": answer.mail["Message-ID"]}
    dovecot.append(user, a_mail(content.getvalue(), sender=address, subject=f"Re: {needs}", headers=headers))
    (line,) = house.lines("mailbox", "poll")
    (submission,) = line["submissions"]
    assert line["state"] == "accepted"
    assert (submission["revision"], submission["rows_landed"], submission["rows_parked"]) == (2, 2, 0)
    assert submission["replaces"] is not None
    house.run("outbox", "flush")
    assert len(sink.mails) == 2
    assert fine in sink.mails[1].mail["Subject"]
    assert sink.mails[1].mail["References"].split()[0] == answer.mail["Message-ID"]

    # nothing is open, and nothing is said twice
    assert house.lines("mailbox", "poll") == []
    house.run("outbox", "flush")
    assert len(sink.mails) == 2
    (books,) = house.lines("mailbox", "account")
    assert (books["messages"], books["faults"], books["outbox"]) == (2, [], {"sent": 2})
    assert (dovecot.messages(user), dovecot.messages(user, "Processed")) == (0, 2)


def place_of(workbook: Workbook, text: str) -> tuple[str, int, int]:
    """Return where a cell that holds *text* stands, on the sheets that the rep filled in."""
    for sheet in workbook.worksheets[:-1]:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == text:
                    return sheet.title, cell.row, cell.column
    raise AssertionError(f"{text} stands nowhere")
