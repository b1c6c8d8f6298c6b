"""ID numbers, cards, mobile numbers and passwords go everywhere that mails go, and into no log."""

import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests import leaks
from tests.acceptance.house import House, a_recent_day, stop, until
from tests.acceptance.test_serve import a_house, deliver, events
from tests.builders import a_mail, a_visit, a_workbook
from tests.leaks import CARD, ID_NUMBER, MOBILE, SECRET
from tests.services.smtp import SmtpSink

ALL = f"{ID_NUMBER} {CARD} {MOBILE} {SECRET}"
QUOTED = f"{ID_NUMBER}, {CARD}, {MOBILE} and password={SECRET}"
BROKEN = """
import os
from daysheet.services import process

def broken(case):
    raise ValueError(f"cannot store {os.environ['QUOTED']}: {case.prepared!r}")

process.submit = broken
from daysheet.cli import main
main()
"""
"""The program with a bug in its midst, whose exception quotes the report and more."""
FATAL = """
import os
from daysheet.commands import doctor

def broken(ctx, check_schema):
    raise RuntimeError(f"cannot go on with {os.environ['QUOTED']}")

doctor.open_tools = broken
from daysheet.cli import main
main()
"""
"""The program with a bug that ends it: the traceback is nobody's log line."""


class BrokenHouse(House):
    """An installation whose program has a bug."""

    def command(self, *arguments: object) -> list[str]:
        """Return the command line of a command of the broken program."""
        return [sys.executable, "-c", BROKEN, "--config", str(self.config), *map(str, arguments)]


def planted_mails() -> dict[str, bytes]:
    """Mails that hold everything, wherever a mail can hold something."""
    day = a_recent_day(1)
    visits = [
        a_visit(visit_date=day, contact=f"周敏{ID_NUMBER}", content=ALL, outcome=f"password={SECRET} {MOBILE}"),
        a_visit(visit_date=day, customer=f"某公司{ID_NUMBER}", contact=MOBILE, start_time=ID_NUMBER),
        a_visit(customer=CARD, visit_date=ID_NUMBER, purpose=ALL),
    ]
    report = a_workbook(visits, cover={"rep_number": None, "report_date": day})
    damaged = report[: len(report) // 2]
    return {
        "report": a_mail(
            report,
            subject=f"日报 {ALL}",
            text=f"我的密码是 {SECRET}，身份证 {ID_NUMBER}",
            file_name=f"{ID_NUMBER}.xlsx",
        ),
        "damaged": a_mail(damaged, subject=ALL, file_name=f"{MOBILE}.xlsx", message_id=f"<{MOBILE}@corp.example>"),
        "no workbook": a_mail(None, subject=ALL, text=ALL),
        "stranger": a_mail(report, sender=f"{MOBILE}@elsewhere.example", subject=ALL),
        "malformed": b'From: wang.li@corp.example\r\nContent-Type: multipart/mixed; boundary="'
        + ALL.encode()
        + b'"\r\n\r\nx',
    }


def a_house_with_secrets(folder: Path, sink: SmtpSink, made: Callable[[House], House] = lambda house: house) -> House:
    house = a_house(folder, sink, log={"level": "debug"})
    secrets = {"DAYSHEET_SMTP__PASSWORD": SECRET, "DAYSHEET_MAILBOXES__REPORTS__PASSWORD": SECRET, "QUOTED": QUOTED}
    return made(House(house.folder, house.settings, secrets))


def search(house: House) -> None:
    """Search every log, and what commands and the console tell an operator or a monitor."""
    logs = list(house.folder.glob("log-*"))
    assert logs
    for file in logs:
        leaks.refuse(file.read_text(encoding="utf-8"), file.name)


def ran(house: House, command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, env=house._environment(), capture_output=True, text=True, check=False, timeout=90)


def asked(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return str(error.read().decode())


def test_a_mail_full_of_numbers_and_passwords_leaves_none_in_any_log(tmp_path: Path, sink: SmtpSink) -> None:
    house = a_house_with_secrets(tmp_path, sink)
    service = house.start("serve")
    url = until(lambda: house.said(r'"url": ?"(http://[^"]+)"') or house.said(r"(http://127\.0\.0\.1:\d+)"))
    mails = planted_mails()
    for number, raw in enumerate(mails.values()):
        deliver(house, f"{number}.a.host", raw)
    until(lambda: len(events(house, "message.processed")) == len(mails))
    for path in ("/healthz", "/readyz", "/metrics"):
        leaks.refuse(asked(f"{url}{path}"), path)
    for path in (f"/{SECRET}", f"/enter?token={SECRET}", f"/customers?q={ID_NUMBER}", f"/api/v1/customers/{ID_NUMBER}"):
        asked(f"{url}{path}")  # what the log says of it is looked at below
    stop(service)
    search(house)
    reasons = {line["reason"] for line in events(house, "message.processed")}
    assert {"no-workbook", "stranger-with-template"} <= reasons, reasons
    for command in (["mailbox", "account"], ["outbox", "flush"], ["config", "check"]):
        done = ran(house, house.command(*command))
        leaks.refuse(done.stdout + done.stderr, " ".join(command))
    # the address of a stranger with our form is what an operator has to be told, to list it
    done = ran(house, house.command("doctor"))
    leaks.refuse(done.stdout.replace(f"{MOBILE}@elsewhere.example", "") + done.stderr, "doctor")


def test_a_bug_that_quotes_the_report_leaves_nothing_of_it_in_log_alarm_or_state(
    tmp_path: Path, sink: SmtpSink
) -> None:
    house = a_house_with_secrets(tmp_path, sink, lambda one: BrokenHouse(one.folder, one.settings, one.environment))
    service = house.start("serve")
    deliver(house, "1.a.host", planted_mails()["report"])
    until(lambda: events(house, "message.processed"))
    stop(service)
    search(house)
    (failed,) = events(house, "message.failed")
    assert "ValueError: cannot store 11**************" in failed["exception"], "the traceback is there"
    sound = House(house.folder, house.settings, house.environment)
    (alarm,) = sound.lines("alarms", "list")
    assert "cannot store" in alarm["detail"]
    leaks.refuse(str(alarm), "the alarm")
    (waiting,) = [line for line in sound.lines("mailbox", "list") if line["reason"] == "internal-error"]
    leaks.refuse(str(waiting["detail"]), "the state")


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_of_either_form_of_log_holds_no_variables(tmp_path: Path, sink: SmtpSink, log_format: str) -> None:
    house = a_house(tmp_path, sink, log={"level": "debug", "format": log_format})
    broken = BrokenHouse(house.folder, house.settings, {"DAYSHEET_SMTP__PASSWORD": SECRET, "QUOTED": QUOTED})
    deliver(house, "1.a.host", planted_mails()["report"])
    done = ran(broken, broken.command("mailbox", "poll"))
    assert "cannot store" in done.stderr
    leaks.refuse(done.stderr, "the log")


def test_a_bug_that_ends_the_program_prints_no_number_of_a_person(tmp_path: Path) -> None:
    house = House(tmp_path, {"mailboxes": {}}, {"QUOTED": QUOTED}).write()
    command = [sys.executable, "-c", FATAL, "--config", str(house.config), "doctor"]
    done = ran(house, command)
    assert "RuntimeError: cannot go on with 11**************" in done.stderr
    leaks.refuse(done.stdout + done.stderr, "the traceback")


def test_settings_are_shown_without_any_secret(tmp_path: Path, sink: SmtpSink) -> None:
    house = a_house_with_secrets(tmp_path, sink)
    shown = house.run("config", "show")
    assert yaml.safe_load(shown)["smtp"]["password"] == "**********"
    leaks.refuse(shown, "config show")


def test_what_is_looked_for_would_be_found() -> None:
    assert set(leaks.found(f"x {ALL} y")) == {ID_NUMBER, CARD, MOBILE, SECRET}
    assert leaks.found("token=" + "aB3-" * 10 + "xyz") or leaks.found("aB3-" * 10 + "xyz")
    assert not leaks.found(
        re.sub(r"\d", "1", ID_NUMBER) + " e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
