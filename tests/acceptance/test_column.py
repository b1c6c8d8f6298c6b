"""A company changes its report by editing YAML: the new column is everywhere, without touching code."""

import io
from pathlib import Path

from openpyxl import load_workbook

import daysheet
from daysheet.demo.workbooks import filled
from daysheet.model.text import Language
from daysheet.templates_xlsx import spec
from tests.acceptance.house import House, a_recent_day
from tests.acceptance.test_report import attached, place_of
from tests.builders import a_mail, a_visit, a_workbook
from tests.services.smtp import SmtpSink

PACKAGED = Path(daysheet.__file__).parent / "templates_xlsx" / "daily_report.yaml"
COLUMN = """\
      - key: attendees
        label: {zh: 到场人数, en: Attendees}
        type: int
        required: true
        min: 1
        max: 50
        help: {zh: 客户方到场的人数。, en: How many came on the customer's side.}
"""
AFTER = "      - key: city\n"


def with_column(folder: Path) -> Path:
    text = PACKAGED.read_text(encoding="utf-8")
    visits = text.index("  - key: visits\n")
    at = text.index(AFTER, visits)
    own = folder / "own.yaml"
    own.write_text(text[:at] + COLUMN + text[at:], encoding="utf-8")
    return own


def test_a_column_of_the_spec_appears_in_workbook_check_table_and_answer(tmp_path: Path, sink: SmtpSink) -> None:
    settings = {"smtp": {"host": "127.0.0.1", "port": sink.port, "security": "plain", "sender": "daily@corp.example"}}
    house = House(tmp_path, settings).set_up()
    day = a_recent_day()
    (tmp_path / "before.eml").write_bytes(
        a_mail(a_workbook([a_visit(visit_date=a_recent_day(2))], cover={"report_date": a_recent_day(2)}))
    )
    house.run("ingest", tmp_path / "before.eml")

    # the administrator edits the YAML and brings the database up to date
    own = with_column(tmp_path)
    house = House(tmp_path, settings | {"template": {"forms": ["own.yaml", "lite"]}}).write()
    house.run("config", "check")
    house.run("mailbox", "account", code=3)  # the database does not fit yet, and says so
    assert "attendees" in house.run("db", "upgrade", "--dry-run")
    assert "attendees" in house.run("db", "upgrade")
    assert house.count("SELECT count(*) FROM visits WHERE attendees IS NULL") == 1

    # the workbook has it
    house.run("template", "build", "--out", tmp_path / "blank.xlsx")
    labels = [cell.value for sheet in load_workbook(tmp_path / "blank.xlsx") for cell in sheet[1]]
    assert any(isinstance(label, str) and "到场人数" in label and "Attendees" in label for label in labels)

    # it is checked, and the answer speaks of it
    form = spec.load(str(own))
    cover = {"rep_number": "E1", "report_date": day}
    visits = [a_visit(visit_date=day, attendees=3), a_visit(visit_date=day, attendees="很多人", contact="江总")]
    book = filled(form, Language.ZH, cover, {"visits": visits})
    (tmp_path / "wrong.xlsx").write_bytes(book)
    (found,) = house.lines("workbook", "check", tmp_path / "wrong.xlsx", code=6)
    assert (found["code"], found["field"]) == ("SD-C002", "attendees")
    (tmp_path / "wrong.eml").write_bytes(a_mail(book))
    (line,) = house.lines("ingest", tmp_path / "wrong.eml", code=6)
    assert (line["state"], line["codes"]) == ("partly", ["SD-C002"])
    house.run("outbox", "flush")
    answer = next(mail for mail in sink.mails if "需修改" in mail.mail["Subject"])
    assert "到场人数" in answer.mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    marked = attached(answer)
    sheet, row, column = place_of(marked, "很多人")
    assert marked[sheet].cell(row, column).comment is not None

    # and once it is right it is a typed column of the table
    marked[sheet].cell(row, column).value = 12
    content = io.BytesIO()
    marked.save(content)
    (tmp_path / "right.eml").write_bytes(a_mail(content.getvalue(), subject="Re: 日报"))
    (line,) = house.lines("ingest", tmp_path / "right.eml")
    assert line["state"] == "accepted"
    assert house.count("SELECT sum(attendees) FROM visits WHERE state = 'landed'") == 15
