"""People, customers, workbooks and templates on the command line."""

import csv
import io
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from tests.builders import a_visit, a_workbook
from tests.contract.commands.conftest import Shell

# ---- people ------------------------------------------------------------------------------------


def test_people_are_added_then_updated_and_the_unchanged_are_neither(shell: Shell) -> None:
    new = "number,name,addresses,language\nE5,孙悦,sun@corp.example,zh\n"
    assert "1 added, 0 updated" in shell("people", "import", shell.file("p.csv", new)).err
    assert "0 added, 0 updated" in shell("people", "import", shell.file("p.csv", new)).err
    moved = new.replace("sun@", "sun.yue@")
    assert (
        "0 would be added, 1 would be updated" in shell("people", "import", shell.file("p.csv", moved), "--dry-run").err
    )
    assert "0 added, 1 updated" in shell("people", "import", shell.file("p.csv", moved)).err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("E5,,rep,,,,,", "missing"),
        (",孙悦,rep,,,,,", "missing"),
        ("E5,孙悦,king,,,,,", "unknown role 'king'"),
        ("E5,孙悦,rep,no-address,,,,", "no-address"),
        ("E5,孙悦,rep,,,klingon,,", "klingon"),
        ("E5,孙悦,rep,wang.li@corp.example,,,,", "wang.li@corp.example"),
    ],
)
def test_a_line_that_is_wrong_is_named_with_its_number_and_the_others_land(shell: Shell, line: str, said: str) -> None:
    head = "number,name,role,addresses,team,language,manager,may_submit_for\n"
    ran = shell("people", "import", shell.file("p.csv", f"{head}{line}\nE6,周航,rep,zhou@corp.example,,,,\n"))
    assert ran.code == 6
    assert ran.out.startswith("p.csv:2: ")
    assert said in ran.out
    assert "1 added" in ran.err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("p.csv", b"", "cannot be read as a list"),
        ("p.csv", b"a,b\n1,2\n", "missing: number, name; found: a, b"),
        ("p.bin", bytes(range(256)), "cannot be read as a list"),
        ("p.xlsx", b"PK\x03\x04 broken", "cannot be read as a list"),
    ],
)
def test_a_list_that_is_none_is_a_sentence(shell: Shell, name: str, content: bytes, said: str) -> None:
    for command in ("people", "customers"):
        ran = shell(command, "import", shell.file(name, content))
        assert (ran.code, ran.out) == (2, "")
        assert said.replace("number, name", "number, name" if command == "people" else "name") in ran.err


def test_people_may_come_as_a_workbook_with_chinese_headers(shell: Shell) -> None:
    book = Workbook()
    assert book.active is not None
    for row in (["工号", "姓名", "邮箱", "角色"], [1007, "孙悦", "sun@corp.example", "销售"]):
        book.active.append(row)
    book.save(shell.folder / "people.xlsx")
    ran = shell("people", "import", "people.xlsx", "--json")
    assert (ran.code, ran.lines[0]["added"]) == (0, 1)
    assert shell("template", "build", "--rep", "1007", "--dry-run").code == 0


def test_teams_and_regions_come_with_the_people_and_what_is_open_is_told(shell: Shell) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.title = "人员"
    for row in (["工号", "姓名", "团队"], ["E7", "孙悦", "三组"], ["E8", "", "三组"]):
        book.active.append(row)
    units = book.create_sheet("组织")
    for row in (["类型", "名称", "负责人工号"], ["团队", "三组", "E9"], ["区域", "华东", "E77"], ["小队", "四组", ""]):
        units.append(row)
    book.save(shell.folder / "all.xlsx")
    ran = shell("people", "import", "all.xlsx", "--dry-run")
    assert ran.code == 6
    assert ran.out.splitlines() == [
        "all.xlsx:组织:4: unknown kind '小队'; write one of: team, region",
        "all.xlsx:人员:3: the employee number or the name is missing",
        "all.xlsx:组织:3: the manager E77 is nobody's employee number here",
    ]
    assert "teams and regions: 2 would be added, 0 would be updated, 0 unchanged" in ran.err
    assert "1 would be added, 0 would be updated, 2 not accepted, 1 to look at" in ran.err
    assert shell("people", "import", "all.xlsx").code == 6


def test_people_and_units_in_either_order_say_what_became_of_each(shell: Shell) -> None:
    people = shell.file("p.csv", "number,name,team,manager\nE7,孙悦,三组,\nE8,方圆,四组,E7\n")
    units = shell.file("u.csv", "kind,name,manager\nteam,三组,\nteam,四组,\nregion,华东,E7\n")
    ran = shell("people", "import", units, "--dry-run")
    assert ran.out.splitlines() == ["u.csv:4: the manager E7 is not known yet: import the people too"]
    assert "teams: 2 made, as people name them" in shell("people", "import", people).err
    ran = shell("people", "import", units)
    assert (ran.out, "teams and regions: 1 added, 0 updated, 2 unchanged" in ran.err) == ("", True)
    assert "teams and regions: 0 added, 0 updated, 3 unchanged" in shell("people", "import", units).err


def test_what_is_only_to_look_at_does_not_fail_the_command(shell: Shell) -> None:
    ran = shell("people", "import", shell.file("u.csv", "kind,name,manager\nteam,三组,E77\n"), "--json")
    assert (ran.code, ran.lines[0]["units_added"], len(ran.lines[0]["notes"])) == (0, 1, 1)


def test_a_calendar_of_an_unknown_country_is_named_where_settings_are_checked(shell: Shell) -> None:
    assert "default: 2" in shell("doctor").out
    shell.configure(calendars={"default": {"country": "XX"}})
    assert "calendars.default.country" in shell("config", "check").err
    assert "FAULT\tcalendars\tcalendars.default.country" in shell("doctor").out


# ---- customers ---------------------------------------------------------------------------------


def test_customers_are_imported_shown_and_found(shell: Shell) -> None:
    listed = shell.file("c.csv", "id,name,aliases,city\nK9,宁波听潮泵业有限公司,听潮|听潮泵业,宁波\n")
    assert "1 added" in shell("customers", "import", listed).err
    (found,) = shell("customers", "search", "听潮", "--json").lines
    assert found["display_name"] == "宁波听潮泵业有限公司"
    shown = shell("customers", "show", found["id"]).out
    assert "id in crm\tK9" in shown
    assert "听潮泵业" in shown
    assert "1 known" in shell("customers", "import", listed).err


def test_an_import_says_whose_customers_they_are_and_whom_it_does_not_know(shell: Shell) -> None:
    names = ("宁波听潮泵业有限公司,E1", "象山远山阀门有限公司,E77", "杭州云杉自动化有限公司,Tom Baker")
    listed = shell.file("c.csv", "\n".join(("name,owner", *names)))
    assert "owners: 2 would be set" in shell("customers", "import", listed, "--dry-run").err
    ran = shell("customers", "import", listed)
    assert (ran.code, "owners: 2 set, 0 had another one and keep it, 1 unknown" in ran.err) == (0, True)
    assert "c.csv:3\towner unknown\t象山远山阀门有限公司\t'E77' is nobody's employee number" in ran.out
    exported = {line["name"]: line["owner"] for line in shell("customers", "export", "--json").lines}
    assert [exported[name.split(",")[0]] for name in names] == ["E1", "", "E2"]
    assert "owners: 0 set, 0 had another one and keep it, 1 unknown" in shell("customers", "import", listed).err


def test_a_list_of_names_alone_is_a_list(shell: Shell) -> None:
    ran = shell("customers", "import", shell.file("c.csv", "name\n宁波听潮泵业有限公司\n暂无\n"))
    assert ran.code == 6
    assert "1 added, 0 known, 1 not accepted" in ran.err
    assert "c.csv:3\trejected\t暂无" in ran.out


def test_an_export_runs_no_formula_and_comes_back_as_it_was(shell: Shell) -> None:
    risky = ["=1+1", "+86 571 1234", "-5", "@SUM(A1)", "\ttab"]
    lines = "".join(f'X{n},宁波听潮{n}号泵业有限公司,"{text}"\n' for n, text in enumerate(risky))
    shell("customers", "import", shell.file("c.csv", f"id,name,note\n{lines}"))
    assert shell("customers", "export", "--out", "all.csv").code == 0
    raw = (shell.folder / "all.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert len(rows) == 2 + len(risky)
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {"'=1+1", "'+86 571 1234", "'-5", "'@SUM(A1)"} <= {row["note"] for row in rows}


def test_an_export_as_json_is_the_plain_truth(shell: Shell) -> None:
    shell("customers", "import", shell.file("c.csv", "name,note\n宁波听潮泵业有限公司,=1+1\n"))
    assert "=1+1" in [line["note"] for line in shell("customers", "export", "--json").lines]


# ---- templates and workbooks -------------------------------------------------------------------


def visible_text(path: Path) -> str:
    return "\n".join(
        str(cell.value) for sheet in load_workbook(path) for row in sheet.iter_rows() for cell in row if cell.value
    )


def test_the_blank_workbook_comes_in_both_languages_and_short(shell: Shell) -> None:
    assert shell("template", "build").code == 0
    assert (shell.folder / "销售日报.xlsx").exists()
    assert shell("template", "build", "--lang", "en").code == 0
    assert (shell.folder / "Sales daily report.xlsx").exists()
    shell("template", "build", "--lite", "--out", "lite.xlsx")
    visible = [sheet.title for sheet in load_workbook(shell.folder / "lite.xlsx") if sheet.sheet_state == "visible"]
    assert len(visible) < len(load_workbook(shell.folder / "销售日报.xlsx").sheetnames)
    first = (shell.folder / "lite.xlsx").read_bytes()
    shell("template", "build", "--lite", "--out", "lite.xlsx")
    assert (shell.folder / "lite.xlsx").read_bytes() == first


def test_a_reps_own_workbook_carries_the_rep_and_the_reps_customers(shell: Shell) -> None:
    book = shell.file("book.xlsx", a_workbook([a_visit()]))
    assert shell("ingest", book, "--as", "E1").code == 0
    assert shell("template", "build", "--rep", "E1", "--out", "own.xlsx").code == 0
    text = visible_text(shell.folder / "own.xlsx")
    assert "E1" in text
    assert "王丽" in text
    assert "杭州云杉自动化有限公司" in text
    shell("template", "build", "--rep", "E2", "--out", "other.xlsx")
    assert "杭州云杉自动化有限公司" not in visible_text(shell.folder / "other.xlsx")


def test_a_check_names_cell_and_suggestion_in_the_language_asked_for(shell: Shell) -> None:
    book = shell.file("book.xlsx", a_workbook([a_visit(way="上门拜仿")]))
    ran = shell("workbook", "check", book, "--lang", "en")
    assert ran.code == 6
    (line,) = [line.split("\t") for line in ran.out.splitlines()]
    assert line[:2] == ["error", "SD-C004"]
    assert "not in the list" in line[3] or "list" in line[3]
    (found,) = shell("workbook", "check", book, "--json").lines
    assert found["cell"] in line[2]
    assert any("上门拜访" in suggestion for suggestion in found["suggestions"])


def test_a_check_without_database_needs_none(shell: Shell) -> None:
    book = shell.file("book.xlsx", a_workbook([a_visit("从没听说过的有限公司")]))
    (shell.folder / "daysheet.db").unlink()
    assert shell("workbook", "check", book).code == 0
    assert shell("workbook", "check", book, "--db", "--as", "E1").code == 3


def test_a_check_with_the_database_knows_the_customers(shell: Shell) -> None:
    book = shell.file("book.xlsx", a_workbook([a_visit("从没听说过的泵业有限公司")]))
    codes = [line["code"] for line in shell("workbook", "check", book, "--db", "--as", "E1", "--json").lines]
    assert "SD-M001" in codes


# ---- the database ------------------------------------------------------------------------------


def test_an_upgrade_says_what_it_would_do_does_it_and_has_nothing_to_do(shell: Shell) -> None:
    (shell.folder / "daysheet.db").unlink()
    would = shell("db", "upgrade", "--dry-run")
    assert (would.code, "would change as above" in would.err) == (0, True)
    assert shell("customers", "search", "x").code == 3
    done = shell("db", "upgrade")
    assert (done.code, done.out) == (0, would.out)
    again = shell("db", "upgrade")
    assert (again.out, "nothing to do" in again.err) == ("", True)
    assert shell("customers", "search", "x").code == 0


def test_the_doctor_finds_a_missing_database_and_makes_none(shell: Shell) -> None:
    (shell.folder / "daysheet.db").unlink()
    ran = shell("doctor", "--json")
    findings = {line["check"]: line for line in ran.lines}
    assert ran.code == 8
    assert "daysheet db upgrade" in findings["database"]["note"]
    assert not (shell.folder / "daysheet.db").exists()
    assert findings["mailbox reports"]["is_fine"]


def test_the_doctor_finds_answers_that_do_not_leave(shell: Shell) -> None:
    assert shell("doctor").code == 0
    book = shell.file("book.xlsx", a_workbook([a_visit()]))
    shell("ingest", book, "--as", "E1")
    assert shell("doctor").code == 0
    shell.sql("UPDATE outbox SET created_at = '2020-01-01 00:00:00'")
    ran = shell("doctor", "--json")
    (finding,) = [line for line in ran.lines if not line["is_fine"]]
    assert (ran.code, finding["check"]) == (8, "answers waiting")
    assert "is daysheet serve running" in finding["note"]


def test_the_doctor_finds_a_service_that_stands_still(shell: Shell) -> None:
    shell("mailbox", "poll")
    assert shell("doctor").code == 0
    shell.sql("UPDATE mailbox SET last_success_at = '2020-01-01 00:00:00'")
    ran = shell("doctor")
    assert ran.code == 8
    assert "no successful poll since 2020-01-01" in ran.out
