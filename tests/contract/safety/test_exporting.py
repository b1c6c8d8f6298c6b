"""Everything comes out in open formats, exact, and no secret with it."""

import csv
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from daysheet.errors import UsageError
from daysheet.model.memory import OPERATOR
from daysheet.services import access, exporting
from daysheet.store.tables import account
from tests.builders import a_deal, a_mail, a_visit, a_workbook
from tests.contract.safety.conftest import Place


def lines(folder: Path, table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "tables" / f"{table}.jsonl").read_text("utf-8").splitlines()]


def test_every_row_of_every_table_comes_out_and_every_mail(place: Place, tmp_path: Path) -> None:
    raw = a_mail(a_workbook([a_visit(content="+1 谈了计划")], opportunities=[a_deal(amount=1234567.25)]))
    place.feed(raw)
    place.feed(a_workbook([a_visit()], cover={"report_date": a_visit()["visit_date"] - timedelta(days=1)}),
               as_number="E1", name="bare.xlsx")  # fmt: skip
    done = exporting.export(place.tools, tmp_path / "out", with_csv=True)
    counts = place.tables()
    assert dict(done.tables) == {name: counts[name] for name in done.tables}
    assert set(counts) - set(done.tables) == {
        "alembic_version", "api_token", "lease", "login_link", "name_key", "web_session"
    }  # fmt: skip
    (visit, _) = lines(tmp_path / "out", "visits")
    assert visit["content"] == "+1 谈了计划"
    (deal,) = lines(tmp_path / "out", "opportunities")
    assert deal["amount"] == "1234567.25", "an exact number stays exact"
    assert lines(tmp_path / "out", "inbound")[0]["first_seen_at"] == "2026-03-04T10:00:00+00:00"
    with (tmp_path / "out" / "tables" / "visits.csv").open(encoding="utf-8-sig", newline="") as file:
        (row, _) = csv.DictReader(file)
    assert row["content"] == "'+1 谈了计划", "no spreadsheet runs it"
    mails = sorted(path.suffix for path in (tmp_path / "out" / "mails").iterdir())
    assert (done.mails, mails) == (2, [".bin", ".eml"])
    (mail,) = (tmp_path / "out" / "mails").glob("*.eml")
    assert mail.read_bytes() == raw


def test_the_description_names_every_table_column_and_reference(place: Place, tmp_path: Path) -> None:
    done = exporting.export(place.tools, tmp_path / "out")
    said = json.loads((tmp_path / "out" / "schema.json").read_text("utf-8"))["tables"]
    assert set(said) == set(done.tables)
    for name, table in said.items():
        for line in lines(tmp_path / "out", name):
            assert set(line) == set(table["columns"])
    assert said["submission"]["columns"]["inbound_id"]["references"] == ["inbound.id"]
    assert said["visits"]["columns"]["customer"]["label"]["zh"]
    readme = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "JSON object per line" in readme
    assert "每行一个 JSON 对象" in readme


def test_no_password_token_or_session_comes_out(place: Place, tmp_path: Path) -> None:
    access.grant(place.tools, "E9", sees_all=True, regions=(), teams=(), by=OPERATOR)
    token = access.new_token(place.tools, "E9", "crm", OPERATOR)
    with place.tools.database.writing() as connection:
        connection.execute(account.update().values(password_hash="$argon2id$secret"))
    exporting.export(place.tools, tmp_path / "out", with_csv=True)
    text = "".join(path.read_text("utf-8-sig") for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert "argon2" not in text
    assert token not in text
    assert "password_hash" not in text
    assert "token_hash" not in text


def test_tables_and_columns_no_form_has_any_more_come_out_too(place: Place, tmp_path: Path) -> None:
    with place.tools.database.writing() as connection:
        connection.execute(sa.text("CREATE TABLE former_sheet (id INTEGER PRIMARY KEY, said TEXT)"))
        connection.execute(sa.text("INSERT INTO former_sheet VALUES (1, 'früher')"))
        connection.execute(sa.text("ALTER TABLE visits ADD COLUMN former TEXT"))
    place.feed(a_mail(a_workbook([a_visit()])))
    with place.tools.database.writing() as connection:
        connection.execute(sa.text("UPDATE visits SET former = 'damals'"))
    exporting.export(place.tools, tmp_path / "out")
    assert lines(tmp_path / "out", "former_sheet") == [{"id": 1, "said": "früher"}]
    assert lines(tmp_path / "out", "visits")[0]["former"] == "damals"


def test_a_folder_that_cannot_be_written_is_told(place: Place, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write"):
        exporting.export(place.tools, tmp_path / "file" / "out")
