"""The commands that decide about customers."""

import json
from collections.abc import Iterator

import pytest

from daysheet import config, wiring
from daysheet.i18n import parameters
from daysheet.model.customers import CustomerStatus
from daysheet.model.memory import RefusalCode
from daysheet.model.text import Language
from daysheet.services.tools import Tools
from tests.contract.commands.conftest import Shell
from tests.unit.services.memory import add, ask

KNOWN, SHORT, ASKED = "北京云杉银行股份有限公司", "北京云杉", "北京云山银行"


@pytest.fixture
def tools(shell: Shell) -> Iterator[Tools]:
    """What the shell's commands work with."""
    with wiring.open_tools(config.load(shell.folder / "config.yaml")) as opened:
        yield opened


def test_merge_and_unmerge(shell: Shell, tools: Tools) -> None:
    a, b = add(tools, KNOWN, SHORT)
    done = shell("customers", "merge", a, b, "--reason", "名片")
    assert done.code == 0
    assert f"display_name\t{KNOWN}\t{SHORT}\t{KNOWN}\tregistered\n" in done.out
    assert f"{b} is part of {a} (m1)" in done.err
    assert shell("customers", "show", b, "--json").lines[0]["customer"]["id"] == a
    undone = shell("customers", "unmerge", "m1")
    assert (undone.code, undone.out) == (0, f"m1\tundone\t{b}\n")
    assert shell("customers", "show", b, "--json").lines[0]["customer"]["id"] == b


def test_unmerge_by_the_customer(shell: Shell, tools: Tools) -> None:
    a, b = add(tools, KNOWN, SHORT)
    shell("customers", "merge", a, b)
    [done] = shell("customers", "unmerge", b, "--json").lines
    assert done["event"]["loser_id"] == b


def test_a_dry_run_merges_nothing(shell: Shell, tools: Tools) -> None:
    a, b = add(tools, KNOWN, SHORT)
    [done] = shell("customers", "merge", a, b, "--dry-run", "--json").lines
    assert (done["event"], done["plan"]["moved"]) == (None, [b])
    assert shell("customers", "show", b, "--json").lines[0]["customer"]["id"] == b


def test_a_value_is_kept_by_hand(shell: Shell, tools: Tools) -> None:
    [a] = add(tools, KNOWN, city="杭州")
    [b] = add(tools, SHORT, city="杭州市")
    shell("customers", "merge", a, b, "--keep", "city=winner", "--keep", "display_name=loser")
    [shown] = shell("customers", "show", a, "--json").lines
    assert (shown["customer"]["city"], shown["customer"]["display_name"]) == ("杭州", SHORT)


@pytest.mark.parametrize("keep", ["city", "city=mine", "colour=winner"])
def test_a_value_that_nobody_can_keep_names_the_fields(shell: Shell, tools: Tools, keep: str) -> None:
    a, b = add(tools, KNOWN, SHORT)
    done = shell("customers", "merge", a, b, "--keep", keep)
    assert done.code == 2
    assert "write FIELD=winner or FIELD=loser, FIELD being display_name, credit_code" in done.err


def test_what_cannot_be_done_is_one_sentence_in_the_companys_language(shell: Shell, tools: Tools) -> None:
    a, b = add(tools, KNOWN, SHORT)
    shell("customers", "merge", a, b)
    again = shell("customers", "merge", a, b, "--json")
    assert again.code == 6
    assert again.lines[0]["refused"] == "already-one"
    assert again.err == f"daysheet: 两者已是同一客户：{a} {KNOWN}\n"
    shell.configure(company={"name": "Star Instruments", "language": "en"})
    assert "There is no merge m404" in shell("customers", "unmerge", "m404").err
    assert shell("customers", "unmerge", "seven").code == 2


def test_only_stewards_decide(shell: Shell, tools: Tools) -> None:
    a, b = add(tools, KNOWN, SHORT)
    shell.file(
        "more.csv", "number,name,role,addresses\nS1,孙管家,steward,sun@corp.example\nR1,周代表,rep,zhou@corp.example\n"
    )
    assert shell("people", "import", shell.folder / "more.csv").code == 0
    assert shell("customers", "merge", a, b, "--by", "R1").code == 4
    assert shell("customers", "merge", a, b, "--by", "nobody").code == 2
    assert shell("customers", "merge", a, b, "--by", "S1").code == 0


def test_link_and_unlink(shell: Shell, tools: Tools) -> None:
    a, b = add(tools, KNOWN, SHORT)
    assert shell("customers", "link", b, a, "--type", "campus_of").out == f"{b}\tcampus_of\t{a}\n"
    assert [one["id"] for one in shell("customers", "show", b, "--json").lines[0]["parents"]] == [a]
    refused = shell("customers", "link", a, b)
    assert (refused.code, refused.err) == (6, f"daysheet: 客户 {a} 不能挂在 {b} 之下：{b} 已在 {a} 的下级\n")
    assert shell("customers", "link", b, a, "--type", "sister_of").code == 2
    assert shell("customers", "unlink", b, a).out == f"{b}\tcut\t{a}\n"
    assert shell("customers", "show", b, "--json").lines[0]["parents"] == []


def test_the_queue_is_listed_answered_and_asked_again(shell: Shell, tools: Tools) -> None:
    a, b = add(tools, KNOWN, SHORT)
    [p] = add(tools, ASKED, status=CustomerStatus.PROVISIONAL)
    review = ask(tools, p, a, b)
    listed = shell("reviews", "list")
    assert listed.out == f"{review}\tname\topen\t0\t{p}\t{ASKED}\t{a} {KNOWN} 0.80; {b} {SHORT} 0.80\n"
    [found] = shell("reviews", "list", "--json").lines
    assert [candidate["customer_id"] for candidate in found["candidates"]] == [a, b]
    which = shell("reviews", "decide", review, "same")
    assert which.code == 6
    assert f"{a} {KNOWN}, {b} {SHORT}" in which.err
    assert shell("reviews", "decide", review, "same", "--with", a).out == f"review {review}\tdecided\tsame, merge m1\n"
    second = shell("reviews", "decide", review, "different")
    assert second.code == 6
    assert "已由 operator 于" in second.err
    assert shell("reviews", "list", "--state", "decided").out.startswith(f"{review}\tname\tsame (operator)\t")
    assert shell("reviews", "take-back", review).out == f"review {review}\topen\n"
    assert shell("customers", "show", p, "--json").lines[0]["customer"]["id"] == p


def test_a_judgement_is_revoked_by_the_number_a_refused_merge_names(shell: Shell, tools: Tools) -> None:
    a, b = add(tools, KNOWN, SHORT)
    shell("reviews", "decide", ask(tools, b, a), "different")
    [refused] = shell("customers", "merge", a, b, "--json").lines
    assert refused["refused"] == "judged-different"
    number = refused["judgement"]
    assert shell("reviews", "revoke", number).out == f"judgement {number}\trevoked\n"
    assert shell("customers", "merge", a, b).code == 0
    assert shell("reviews", "revoke", number).code == 2


def test_unsure_leaves_a_note(shell: Shell, tools: Tools) -> None:
    a, b = add(tools, KNOWN, SHORT)
    review = ask(tools, b, a)
    [done] = shell("reviews", "decide", review, "unsure", "--reason", "等回复", "--json").lines
    assert (done["review"]["state"], done["review"]["notes"][0]["text"]) == ("open", "等回复")


@pytest.mark.parametrize("code", RefusalCode)
def test_every_refusal_has_its_sentence(code: RefusalCode) -> None:
    for language in Language:
        assert isinstance(parameters(str(code), language), frozenset)


def test_json_is_whole(shell: Shell, tools: Tools) -> None:
    a, b = add(tools, KNOWN, SHORT)
    [done] = shell("customers", "merge", a, b, "--json").lines
    assert json.loads(json.dumps(done))["event"]["before"]["moved"][0]["id"] == b
