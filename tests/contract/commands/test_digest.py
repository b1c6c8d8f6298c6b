"""The commands about mails by the clock: send, look at, choose."""

import importlib.util
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from zoneinfo import ZoneInfo

import pytest

from daysheet.model.periods import Period, PeriodKind
from tests.builders import a_visit, a_workbook
from tests.contract.commands.conftest import Shell


def last_week() -> Period:
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    return Period.of(PeriodKind.WEEK, today).previous


def this_week() -> Period:
    return last_week().following


@pytest.fixture
def reported(shell: Shell) -> Shell:
    """A report of a day of last week, whose digest is due from Monday's first minute on."""
    shell.configure(schedule={"weekly": "mon 00:00"})
    day = last_week().first
    book = a_workbook([a_visit(visit_date=day)], cover={"report_date": day})
    assert shell("ingest", shell.file("book.xlsx", book), "--as", "E1").code == 0
    return shell


def test_the_week_is_queued_once_to_each_manager(reported: Shell) -> None:
    week = last_week().label
    ran = reported("digest", "send", "--kind", "weekly", "--json")
    assert ran.lines == [{"kind": "weekly", "period": week, "queued": 1, "had": 0, "silent": 0}]
    again = reported("digest", "send", "--kind", "weekly", "--period", week)
    assert f"weekly {week}: 0 queued, 1 had it already" in again.err
    (listed,) = reported("digest", "list", "--json").lines
    assert [(mail["period"], mail["number"], mail["state"]) for mail in listed["mails"]] == [(week, "E9", "queued")]
    assert listed["runs"] == [], "by hand is no run of the schedule"
    assert f"weekly\t{week}\tE9\t赵敏\tqueued" in reported("digest", "list").out


def test_again_is_another_mail(reported: Shell) -> None:
    for more in ((), ("--again",), ("--again",)):
        assert reported("digest", "send", "--kind", "weekly", "--to", "E9", *more).code == 0
    assert "4 sent" in reported("outbox", "flush").err, "three digests, and the answer to the report"
    mails = [
        message_from_bytes(path.read_bytes(), policy=default) for path in reported.folder.glob("answers/zhao*.eml")
    ]
    assert len({mail["Message-ID"] for mail in mails}) == 3
    assert len({mail["References"] for mail in mails}) == 1


def test_a_dry_run_writes_the_mails_and_stores_nothing(reported: Shell) -> None:
    out = reported.folder / "preview"
    for _ in range(2):
        ran = reported("digest", "send", "--kind", "weekly", "--dry-run", "--out", out)
        assert (ran.code, ran.out) == (0, "")
        assert "1 mails written" in ran.err
    assert sorted(path.suffix for path in out.iterdir()) == [".eml", ".html"]
    assert reported("digest", "list", "--json").lines == [{"runs": [], "mails": []}]
    assert reported("digest", "send", "--kind", "weekly").err.startswith(f"weekly {last_week().label}: 1 queued")


def test_a_week_that_is_not_over_is_shown_and_not_sent(reported: Shell) -> None:
    week = this_week().label
    refused = reported("digest", "send", "--kind", "weekly", "--period", week)
    assert refused.code == 2
    assert "is not over" in refused.err
    shown = reported(
        "digest", "send", "--kind", "weekly", "--period", week, "--dry-run", "--out", reported.folder / "p"
    )
    assert (shown.code, shown.err.startswith("1 mails")) == (0, True)


def test_what_is_about_a_day_is_sent_on_that_day_only_and_shown_for_any(reported: Shell) -> None:
    day = last_week().first + timedelta(days=1)  # a Tuesday without a report
    arguments = ("digest", "send", "--kind", "reminder", "--period", day, "--to", "E1")
    refused = reported(*arguments)
    assert (refused.code, "on its own day only" in refused.err) == (2, True)
    assert reported(*arguments, "--dry-run", "--out", reported.folder / "p").code == 0


def test_without_a_kind_everything_that_is_due_is_queued(reported: Shell) -> None:
    ran = reported("digest", "send", "--json")
    weekly = [line for line in ran.lines if line["kind"] == "weekly"]
    assert [(line["period"], line["queued"]) for line in weekly] == [(last_week().label, 1)]
    assert reported("digest", "send").err == "nothing is due\n"
    runs = reported("digest", "list", "--json").lines[0]["runs"]
    assert ("weekly", last_week().label, "Asia/Shanghai", 1) in [
        (run["kind"], run["period"], run["zone"], run["mails"]) for run in runs
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--kind", "weekly", "--period", "2026-11"), "weekly is about a week, written like 2026-W47, not '2026-11'"),
        (("--kind", "weekly", "--period", "soon"), "written like 2026-W47"),
        (("--kind", "monthly", "--period", "2026-W47"), "written like 2026-11"),
        (("--kind", "weekly", "--to", "E77"), "there is nobody with the employee number E77"),
        (("--kind", "weekly", "--to", "E1"), "nobody reports to them"),
        (("--kind", "steward", "--to", "E1"), "is no steward"),
        (("--kind", "morning", "--to", "E9"), "owes no reports"),
        (("--to", "E9"), "say which mail"),
        (("--kind", "weekly", "--dry-run"), "go together"),
        (("--kind", "weekly", "--out", "x"), "go together"),
        (("--kind", "weekly", "--again", "--dry-run", "--out", "x"), "--again sends"),
        (("--kind", "daily"), "daily"),
    ],
)
def test_what_cannot_be_sent_is_said(shell: Shell, arguments: tuple[str, ...], said: str) -> None:
    ran = shell("digest", "send", *arguments)
    assert ran.code == 2
    assert said in ran.err


def test_a_person_is_subscribed_and_unsubscribed(reported: Shell) -> None:
    assert reported("digest", "unsubscribe", "E9", "weekly").err == "E9 does not get weekly\n"
    assert reported("digest", "unsubscribe", "E9", "weekly").err == "E9 does not get weekly, as before\n"
    assert "0 queued" in reported("digest", "send", "--kind", "weekly").err
    assert reported("digest", "subscribe", "E9", "weekly").code == 0
    assert "1 queued" in reported("digest", "send", "--kind", "weekly").err
    assert reported("digest", "unsubscribe", "E1", "reminder").code == 2
    assert reported("digest", "subscribe", "E77", "weekly").code == 2
    never = reported("digest", "subscribe", "E1", "weekly")
    assert (never.code, "weekly is not for" in never.err, "nobody reports to them" in never.err) == (2, True, True)


def test_the_appraisal_sheet_is_written(reported: Shell) -> None:
    out = reported.folder / "sheet.xlsx"
    ran = reported("digest", "appraisal", "--period", last_week().label, "--out", out, "--lang", "en")
    assert (ran.code, out.read_bytes()[:2]) == (0, b"PK")
    for wrong in (("--period", "soon"), ("--period", "2026-11", "--to", "E77")):
        assert reported("digest", "appraisal", *wrong, "--out", out).code == 2


def test_a_workbook_is_not_written_under_another_kinds_name(reported: Shell) -> None:
    out = reported.folder / "sheet.csv"
    ran = reported("digest", "appraisal", "--period", last_week().label, "--out", out)
    assert (ran.code, "ends in .xlsx" in ran.err, out.exists()) == (2, True, False)


def test_charts_without_their_library_stop_checks_and_nothing_else(
    reported: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported.configure(digests={"charts": True}, log={"level": "warning", "format": "json"})
    assert (reported("config", "check").code, reported("doctor").code) == (0, 0)
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "matplotlib" else find(name))
    checked, examined = reported("config", "check"), reported("doctor")
    assert (checked.code, examined.code) == (3, 8)
    for said in (checked.err, examined.out):
        assert 'pip install "daysheet[charts]"' in said
        assert "pip install -r requirements/charts.txt" in said
    sent = reported("digest", "send", "--kind", "weekly", "--dry-run", "--out", reported.folder / "preview")
    assert sent.code == 0
    assert sent.err.count("charts.missing") == 1
    mails = list((reported.folder / "preview").glob("*.eml"))
    assert mails
    assert not any(b"image/png" in mail.read_bytes() for mail in mails)


def test_the_doctor_names_stewards_to_whom_nothing_was_granted(shell: Shell) -> None:
    def stewards() -> str:
        found = {line["check"]: line for line in shell("doctor", "--json").lines}["stewards"]
        assert found["is_fine"]
        return str(found["note"])

    people = "number,name,role,addresses,team\nE31,沈慧,steward,shen@corp.example,\nE32,Eva,steward,,海外组\n"
    shell("people", "import", shell.file("stewards.csv", people))
    assert "see nothing, and so get no digest: E31, E32" in stewards()
    assert "daysheet people grant E31 --all" in stewards()
    shell("people", "grant", "E31", "--all")
    shell("people", "grant", "E32", "--team", "海外组")
    assert "E31" not in stewards()
    shell("people", "grant", "E32", "--disable")
    assert "see nothing" not in stewards(), "shut out on purpose"


def test_the_doctor_finds_digests_that_are_overdue(reported: Shell) -> None:
    assert reported("doctor").code == 0, "none was ever sent: the service may not run yet"
    reported("digest", "send")
    assert reported("doctor").code == 0
    reported.sql("UPDATE digest_run SET first_on = '2020-01-06' WHERE kind = 'weekly'")
    ran = reported("doctor", "--json")
    found = {line["check"]: line for line in ran.lines}["digests"]
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    is_early = now.weekday() == 0 and now.hour < 2
    assert found["is_fine"] is is_early
    assert is_early or f"weekly {last_week().label} not sent" in found["note"]
