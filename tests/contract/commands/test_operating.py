"""The operator's commands: messages set aside, alarms, answers that failed."""

from tests.builders import a_mail, a_visit, a_workbook
from tests.contract.commands.conftest import Shell

STRANGER = "wang.li@phone.example"


def a_strangers_report(shell: Shell) -> None:
    shell.deliver("1", a_mail(a_workbook([a_visit()]), sender=STRANGER))
    assert shell("mailbox", "poll").out.startswith("ignored\tstranger-with-template")


def test_a_strangers_report_is_found_in_the_lists_and_let_in(shell: Shell) -> None:
    a_strangers_report(shell)
    ran = shell("mailbox", "list")
    assert (ran.code, ran.out) == (0, "")
    (found,) = shell("mailbox", "list", "--state", "ignored", "--json").lines
    assert (found["sender"], found["reason"]) == (STRANGER, "stranger-with-template")
    assert f"\tstranger-with-template\t{STRANGER}\t日报" in shell("mailbox", "list", "--state", "ignored").out
    assert shell("doctor").code == 8
    refused = shell("mailbox", "requeue", found["id"])
    assert refused.code == 6
    assert f"{STRANGER} is not listed" in refused.err
    listed = shell.file("p.csv", f"number,name,addresses\nE1,王丽,wang.li@corp.example;{STRANGER}\n")
    assert shell("people", "import", listed).code == 0
    assert shell("mailbox", "requeue", found["id"]).code == 0
    assert shell("mailbox", "poll").out.startswith("accepted")
    assert shell("alarms", "list").out == ""


def test_a_mail_that_nothing_proves_is_found_explained_and_let_in_on_ones_word(shell: Shell) -> None:
    box = {"kind": "maildir", "path": "maildir", "trust": "authserv", "authserv_id": "mx.corp.example"}
    shell.configure(mailboxes={"reports": box})
    shell.deliver("1", a_mail(a_workbook([a_visit()])))
    assert shell("mailbox", "poll").out.startswith("quarantined\tunauthenticated")
    (found,) = shell("mailbox", "list", "--json").lines
    assert found["reason"] == "unauthenticated"
    assert "no Received line of our own servers" in found["detail"]
    (alarm,) = shell("alarms", "list", "--json").lines
    assert (alarm["kind"], alarm["subject"]) == ("quarantined", str(found["id"]))
    assert shell("outbox", "flush").out == ""
    # working it again without one's word asks for proof again
    assert shell("mailbox", "requeue", found["id"]).code == 0
    assert shell("mailbox", "poll").out.startswith("quarantined\tunauthenticated")
    assert shell("mailbox", "requeue", "--believe", found["id"]).code == 0
    assert shell("mailbox", "poll").out.startswith("accepted")
    assert shell("alarms", "list").out == ""
    said = shell("mailbox", "requeue", "--believe", found["id"])
    assert said.code == 6
    assert shell("outbox", "flush").code == 0
    (answer,) = (shell.folder / "answers").glob("*.eml")
    assert b"To: wang.li@corp.example" in answer.read_bytes()


def test_an_alarm_is_listed_and_cleared(shell: Shell) -> None:
    a_strangers_report(shell)
    (alarm,) = shell("alarms", "list", "--json").lines
    assert alarm["subject"] == STRANGER
    assert STRANGER in shell("alarms", "list").out
    assert shell("alarms", "clear", 99).code == 6
    assert shell("alarms", "clear", alarm["id"]).code == 0
    assert shell("alarms", "list").out == ""
    assert shell("alarms", "clear", "--all").code == 0


def test_alarms_are_listed_in_words_and_those_that_are_over_on_request(shell: Shell) -> None:
    a_strangers_report(shell)
    line = shell("alarms", "list").out.rstrip().split("\t")
    assert line[2:5] == ["stranger-with-template", STRANGER, "Report from an unknown address"]
    assert line[6:] == ["open", "not mailed", "raised 1×"]
    shell("alarms", "clear", "--all")
    assert shell("alarms", "list").out == ""
    assert "\tover 20" in shell("alarms", "list", "--all").out
    (alarm,) = shell("alarms", "list", "--all", "--limit", "1", "--json").lines
    assert alarm["cleared_at"] is not None


def test_an_answer_that_came_back_is_listed_and_goes_again(shell: Shell) -> None:
    shell.deliver("1", a_mail(a_workbook([a_visit()])))
    shell("mailbox", "poll")
    shell("outbox", "flush")
    shell.sql("UPDATE outbox SET state = 'bounced', last_error = '5.1.1'")
    assert "1 answers failed, came back or are held" in shell("doctor").out
    (back,) = shell("outbox", "list", "--json").lines
    assert back["state"] == "bounced"
    assert shell("outbox", "retry", "--all").code == 0
    assert "1 sent" in shell("outbox", "flush").err


def test_the_doctor_says_who_hears_of_alarms(shell: Shell) -> None:
    assert "nobody with the role admin has an address" in shell("doctor").out
    listed = shell.file("p.csv", "number,name,role,addresses\nA1,林婉,admin,admin@corp.example\n")
    assert shell("people", "import", listed).code == 0
    assert "alarms are mailed to A1" in shell("doctor").out


def test_an_answer_that_failed_is_listed_and_goes_again(shell: Shell) -> None:
    shell.deliver("1", a_mail(a_workbook([a_visit()])))
    shell("mailbox", "poll")
    shell.sql("UPDATE outbox SET state = 'failed', last_error = '550 no such user'")
    (failed,) = shell("outbox", "list", "--json").lines
    assert failed["state"] == "failed"
    assert "550 no such user" in shell("outbox", "list").out
    assert shell("outbox", "retry", 99).code == 6
    assert shell("outbox", "retry", failed["id"]).code == 0
    assert "1 sent" in shell("outbox", "flush").err
    assert "sent" in shell("outbox", "list", "--state", "sent").out


def test_what_to_clear_or_retry_must_be_named(shell: Shell) -> None:
    for noun, verb in (("alarms", "clear"), ("outbox", "retry")):
        assert shell(noun, verb).code == 2
        assert shell(noun, verb, "1", "--all").code == 2
    assert shell("mailbox", "requeue").code == 2
