"""The naming rules on the command line."""

import re

from tests.contract.commands.conftest import Shell

SHORT, FULL = "北京工行", "中国工商银行股份有限公司北京市分行"


def test_a_name_is_shown_with_verdict_canonical_form_parts_and_changes(shell: Shell) -> None:
    ran = shell("names", "check", SHORT)
    assert ran.code == 0
    assert ran.out.splitlines()[0] == SHORT
    for said in ("结论", "规范名称", FULL, "补全系统名称", "中国工商银行股份有限公司", "110000"):
        assert said in ran.out


def test_names_are_told_in_the_language_asked_for_and_as_json(shell: Shell) -> None:
    ran = shell("names", "check", SHORT, "宁波听潮泵业有限公司", "--lang", "en", "--json")
    first, second = ran.lines
    assert (first["status"], first["canonical"]) == ("auto_fixed", FULL)
    assert first["parts"]["kind"] == "bank_branch"
    assert [edit["code"] for edit in first["edits"]] == ["SYS"]
    assert (second["status"], second["messages"]) == ("conformant", [{"code": "OK", "text": "The name conforms"}])
    assert "decision" not in first


def test_a_rejected_name_ends_with_6_and_the_others_are_told(shell: Shell) -> None:
    ran = shell("names", "check", "暂无", SHORT, "--lang", "en")
    assert ran.code == 6
    assert "not accepted" not in ran.out.splitlines()[0]
    assert "rejected" in ran.out
    assert FULL in ran.out
    assert "Canonical" not in ran.out.split("\n\n")[0]


def test_no_database_is_needed_unless_the_known_customer_is_asked_for(shell: Shell) -> None:
    shell("customers", "import", shell.file("c.csv", f"id,name\nK9,{FULL}\n"))
    [known] = shell("names", "check", SHORT, "--db", "--json").lines
    assert known["decision"] == "Matched"
    assert known["candidate"]["display_name"] == FULL
    before = shell.contents()
    ran = shell("names", "check", SHORT, "从未听说泵业有限公司", "暂无", "--db", "--lang", "en")
    assert FULL in ran.out
    assert re.search(r"Known as +new", ran.out)
    assert shell.contents() == before
    (shell.folder / "daysheet.db").unlink()
    assert shell("names", "check", SHORT).code == 0
    assert shell("names", "check", SHORT, "--db").code == 3


def test_two_names_are_compared_with_the_reason(shell: Shell) -> None:
    ran = shell("names", "compare", SHORT, "中国工商银行")
    assert ran.code == 0
    assert "上下级" in ran.out
    assert f"“{FULL}”属于“中国工商银行股份有限公司”" in ran.out
    [found] = shell(
        "names", "compare", "中铁十局集团有限公司", "中铁十一局集团有限公司", "--json", "--lang", "en"
    ).lines
    assert found["relation"] in ("different", "sibling")
    assert found["reasons"][0]["code"] == "V2"
    assert "the same" in shell("names", "compare", FULL, SHORT, "--lang", "en").out


def test_comparing_with_what_is_no_name_ends_with_6(shell: Shell) -> None:
    assert shell("names", "compare", SHORT, "暂无").code == 6
