"""The first clean-up of a list, and looking at everything again, on the command line."""

from pathlib import Path

from openpyxl import load_workbook

from tests.contract.commands.conftest import Shell

LIST = """\
id,name,parent_id
L1,宁波听潮泵业有限公司,
L2,宁波听潮潮泵业有限公司,
L3,宁波听潮泵业有线公司,
L4,=1+1,
L5,中国工商银行北京分行,
L6,北京工行西单支行,
"""


def lines(path: Path) -> list[tuple[object, ...]]:
    sheet = load_workbook(path).active
    assert sheet is not None
    return [tuple(row) for row in sheet.iter_rows(min_row=2, values_only=True)]


def test_a_dry_run_of_an_import_tells_every_line_in_a_workbook_and_stores_nothing(shell: Shell) -> None:
    before = shell.contents()
    ran = shell("customers", "import", shell.file("c.csv", LIST), "--dry-run", "--report", "r.xlsx")
    assert (ran.code, shell.contents()) == (6, before)
    told = lines(shell.folder / "r.xlsx")
    assert [line[0] for line in told] == [2, 3, 4, 5, 6, 7]
    assert [line[2] for line in told] == ["新增", "新增", "已有", "未接受", "新增", "新增"]
    slipped = told[1]
    assert "宁波听潮泵业有限公司" in str(slipped[8])
    assert "更正组织形式" in str(told[2][5])
    assert told[4][4] == "中国工商银行股份有限公司北京市分行"
    assert told[5][7] == told[4][4], "the branch is linked to the one above it"


def test_a_report_runs_no_formula(shell: Shell) -> None:
    shell("customers", "import", shell.file("c.csv", LIST), "--dry-run", "--report", "r.xlsx")
    sheet = load_workbook(shell.folder / "r.xlsx").active
    assert sheet is not None
    [cell] = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


def test_a_real_import_names_the_next_step_and_a_second_one_finds_everything_known(shell: Shell) -> None:
    listed = shell.file("c.csv", LIST)
    first = shell("customers", "import", listed, "--report", "r.xlsx")
    assert "daysheet customers recheck --dry-run" in first.err
    again = shell("customers", "import", listed, "--report", "r.xlsx")
    assert "0 added, 5 known, 1 not accepted" in again.err
    assert "recheck" not in again.err
    assert [line[2] for line in lines(shell.folder / "r.xlsx")] == ["已有", "已有", "已有", "未接受", "已有", "已有"]


def test_a_report_that_cannot_be_written_is_refused_before_anything_is_done(shell: Shell) -> None:
    listed = shell.file("c.csv", LIST)
    before = shell.contents()
    assert shell("customers", "import", listed, "--report", "nowhere/r.xlsx").code == 2
    assert shell("customers", "import", listed, "--report", "r.csv").code == 2
    assert shell("customers", "recheck", "--out", "r.csv").code == 2
    assert shell.contents() == before


def test_a_recheck_is_shown_first_then_asks_once(shell: Shell) -> None:
    shell("customers", "import", shell.file("c.csv", LIST))
    before = shell.contents()
    dry = shell("customers", "recheck", "--dry-run", "--out", "k.xlsx")
    assert (dry.code, shell.contents()) == (0, before)
    [line] = dry.out.splitlines()
    assert line.split("\t")[0::2][:2] == ["equal", "宁波听潮潮泵业有限公司"]
    assert "1 would be asked" in dry.err
    [told] = lines(shell.folder / "k.xlsx")
    assert (told[0], told[8]) == ("可能重复", "由数据管家决定")
    real = shell("customers", "recheck", "--json")
    assert [(one["change"], one["other"], one["asked"]) for one in real.lines] == [
        ("equal", "宁波听潮泵业有限公司", True)
    ]
    assert "daysheet reviews list" in real.err
    [review] = shell("reviews", "list", "--json").lines
    assert review["kind"] == "duplicate"
    assert shell("customers", "recheck").out == ""
    assert shell("reviews", "decide", review["id"], "different", "--reason", "两家").code == 0
    again = shell("customers", "recheck")
    assert (again.code, again.out) == (0, "")
