"""``daysheet spotcheck``: draw, take back, look."""

import pytest

from tests.contract.commands.conftest import Shell
from tests.spot_sheets import customers_of, filled


def drawn(shell: Shell, *more: str) -> bytes:
    done = shell("spotcheck", "sample", "--size", 2, "--out", shell.folder / "check.xlsx", *more)
    assert (done.code, done.out) == (0, "-\t2\n")
    return (shell.folder / "check.xlsx").read_bytes()


def test_a_check_is_drawn_taken_back_and_shown(shell: Shell) -> None:
    content = drawn(shell, "--by", "region", "--seed", "7")
    first, second = customers_of(content)
    back = shell.file(
        "back.xlsx",
        filled(
            content,
            {
                first: {"name.mark": "错", "name.right": "云杉集团", "phone.right": "021-58000000"},
                second: {"reached": "否", "note": "空号"},
            },
        ),
    )
    taken = shell("spotcheck", "return", back)
    assert taken.code == 0
    assert "收下 2 行，联系上 1 户，其中 1 户有错；没联系上 1 户" in taken.out
    [listed] = shell("spotcheck", "list", "--json").lines
    assert (listed["id"], listed["seed"], listed["reached"], listed["wrong"]) == (1, 7, 1, 1)
    shown = shell("spotcheck", "show", 1)
    name = customers_of(content)[first]
    assert shown.out.splitlines()[0].split("\t")[5:] == [f"name: {name} → 云杉集团", "", "phone: 021-58000000"]
    assert "空号" in shown.out
    assert "customers with faults: 1 of 1, 100.0% (20.7% to 100.0% at 95 %)" in shown.err
    [whole] = shell("spotcheck", "show", 1, "--json").lines
    assert whole["figures"]["spot.fields_wrong"] == 1
    assert whole["items"][0]["finding"]["wrong"] == {"name": "云杉集团", "phone": "021-58000000"}


def test_a_dry_run_draws_nothing_and_writes_nothing(shell: Shell) -> None:
    before = shell.contents()
    [said] = shell("spotcheck", "sample", "--size", 1, "--out", "c.xlsx", "--dry-run", "--json").lines
    assert (said["id"], said["size"], said["file"]) == (None, 1, None)
    assert not (shell.folder / "c.xlsx").exists()
    assert shell.contents() == before


def test_a_line_that_was_not_taken_is_an_exit_code(shell: Shell) -> None:
    content = drawn(shell)
    back = shell.file("back.xlsx", filled(content, {next(iter(customers_of(content))): {"name.mark": "大概"}}))
    taken = shell("spotcheck", "return", back, "--json")
    assert taken.code == 6
    assert taken.lines[0]["unread"] == [{"line": 6, "why": "mark", "found": "大概"}]


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("show", 5), 2, "there is no spot check 5"),
        (("sample", "--size", 0, "--out", "c.xlsx"), 2, "Invalid value"),
        (("sample", "--size", 1, "--out", "nowhere/c.xlsx"), 2, "cannot write"),
        (("sample", "--size", 1, "--out", "c.pdf"), 2, "ends in .xlsx"),
    ],
)
def test_what_cannot_be_done_says_why(shell: Shell, arguments: tuple[object, ...], code: int, why: str) -> None:
    done = shell("spotcheck", *arguments)
    assert done.code == code
    assert why in done.err


def test_a_file_of_another_kind_and_a_rep_are_refused(shell: Shell) -> None:
    other = shell.file("other.csv", "a,b\n1,2\n")
    assert "not the sheet of a spot check" in shell("spotcheck", "return", other).err
    content = shell.file("back.xlsx", drawn(shell))
    assert shell("spotcheck", "return", content, "--by", "E1").code == 4


def test_a_check_whose_sheet_cannot_be_written_was_not_drawn(shell: Shell) -> None:
    assert shell("spotcheck", "sample", "--size", 1, "--out", "nowhere/c.xlsx").code == 2
    assert shell("spotcheck", "list").out == ""
