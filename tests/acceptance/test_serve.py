"""The whole service as a process: it reads, answers, shows its console, ends when told to, and shares its work."""

import re
import socket
import time
import urllib.request
from pathlib import Path
from threading import Event
from typing import Any

from tests.acceptance.house import SILENT, House, a_recent_day, stop, until
from tests.builders import a_mail, a_visit, a_workbook
from tests.services.smtp import SmtpSink


def a_house(folder: Path, sink: SmtpSink, **changes: Any) -> House:
    house = House(
        folder,
        {
            "mailboxes": {"reports": {"kind": "maildir", "path": "maildir", "trust": "none"}},
            "smtp": {
                "host": "127.0.0.1",
                "port": sink.port,
                "security": "plain",
                "sender": "daily@corp.example",
                "per_minute": 10000,
            },
            "schedule": {"poll_seconds": 1, "send_seconds": 1, **SILENT},
        }
        | changes,
    ).set_up()
    house.run("mailbox", "poll")  # makes the Maildir
    return house


def deliver(house: House, name: str, raw: bytes) -> None:
    aside = house.folder / "maildir" / "tmp" / name
    aside.write_bytes(raw)
    aside.rename(house.folder / "maildir" / "new" / name)


def a_report(back: int, sender: str = "wang.li@corp.example") -> bytes:
    day = a_recent_day(back)
    return a_mail(
        a_workbook([a_visit(visit_date=day)], cover={"rep_number": None, "report_date": day}),
        sender=sender,
        message_id=f"<{back}.{sender}>",
    )


def events(house: House, name: str) -> list[dict[str, Any]]:
    return [line for line in house.log() if line["event"] == name]


def test_the_service_reads_answers_and_ends_when_told(tmp_path: Path, sink: SmtpSink) -> None:
    house = a_house(tmp_path, sink)
    service = house.start("serve")
    deliver(house, "1.a.host", a_report(1))
    until(lambda: sink.mails)
    deliver(house, "2.a.host", a_report(2))
    until(lambda: len(sink.mails) == 2)
    assert stop(service) == 0
    assert events(house, "serve.stopped")
    assert [path.name for path in (tmp_path / "maildir" / "new").iterdir()] == []

    # what is logged can be followed from message to submission
    done = events(house, "message.processed")
    assert [line["state"] for line in done] == ["accepted", "accepted"]
    assert all(line["inbound"] and line["submissions"] for line in done)
    (books,) = house.lines("mailbox", "account")
    assert (books["faults"], books["outbox"]) == ([], {"sent": 2})


def test_two_services_on_one_database_share_the_work(tmp_path: Path, sink: SmtpSink) -> None:
    house = a_house(tmp_path, sink)
    services = [house.start("serve") for _ in range(2)]
    until(lambda: len(events(house, "serve.started")) == 2)
    for wave in range(3):
        for back in (1, 2):
            for sender in ("wang.li@corp.example", "tom@corp.example"):
                deliver(house, f"{wave}{back}{sender[0]}.a.host", a_report(2 * wave + back, sender))
        until(lambda wave=wave: len(sink.mails) >= 4 * (wave + 1))
    assert [stop(service) for service in services] == [0, 0]
    assert len(sink.mails) == len({received.mail["Message-ID"] for received in sink.mails}) == 12
    assert events(house, "job.failed") == []
    (books,) = house.lines("mailbox", "account")
    assert (books["by_state"], books["faults"], books["outbox"]) == ({"accepted": 12}, [], {"sent": 12})


def test_a_mail_server_that_lets_us_wait_keeps_no_report_from_being_read(tmp_path: Path, sink: SmtpSink) -> None:
    house = a_house(tmp_path, sink)
    asked, answering = Event(), Event()

    def stalls(command: str, address: str) -> str | None:
        if command != "MAIL":
            return None
        asked.set()
        answering.wait(25)  # within the deadline of a server
        return "421 closing for today"

    sink.reply = stalls
    service = house.start("serve")
    deliver(house, "1.a.host", a_report(1))
    until(asked.is_set)
    deliver(house, "2.a.host", a_report(2))
    until(lambda: len(events(house, "message.processed")) == 2, seconds=20)
    assert events(house, "answer.deferred") == []  # the first answer was still under way
    answering.set()
    until(lambda: events(house, "answer.deferred"))
    assert stop(service) == 0
    (books,) = house.lines("mailbox", "account")
    assert (books["by_state"], books["outbox"]) == ({"accepted": 2}, {"queued": 2})


def get(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read().decode()


def test_the_service_shows_its_console_and_ends_within_seconds_when_told(tmp_path: Path, sink: SmtpSink) -> None:
    house = a_house(tmp_path, sink)
    service = house.start("serve")
    url = until(lambda: house.said(r"console: (http://127\.0\.0\.1:\d+)"))
    assert get(f"{url}/healthz") == (200, "ok")
    assert get(f"{url}/readyz") == (200, "ok")
    assert "daysheet_messages" in get(f"{url}/metrics")[1]
    assert get(f"{url}/sign-in")[0] == 200
    until(lambda: events(house, "serve.started"))
    # a browser that keeps its connection open keeps nothing waiting
    host, port = re.findall(r"//(.+):(\d+)", url)[0]
    with socket.create_connection((host, int(port))) as idle:
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(64).startswith(b"HTTP/1.1 200")
        begun = time.monotonic()
        assert stop(service) == 0
        assert time.monotonic() - begun < 10
    assert events(house, "serve.stopped")
    assert events(house, "console.failed") == []


def test_a_console_whose_port_is_taken_ends_with_a_sentence_before_anything_is_read(
    tmp_path: Path, sink: SmtpSink
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        house = a_house(tmp_path, sink, web={"port": port})
        deliver(house, "1.a.host", a_report(1))
        service = house.start("serve")
        assert service.wait(60) == 3
    assert house.said(rf"(web\.port: cannot listen at 127\.0\.0\.1:{port}: .+; choose another port)")
    assert house.count("SELECT count(*) FROM inbound") == 0


def test_a_console_that_is_switched_off_listens_nowhere(tmp_path: Path, sink: SmtpSink) -> None:
    house = a_house(tmp_path, sink, web={"enabled": False})
    service = house.start("serve")
    until(lambda: events(house, "serve.started"))
    assert stop(service) == 0
    assert house.said(r"(console:)") is None


def test_the_service_sends_what_is_due_by_the_clock_at_once_and_once(tmp_path: Path, sink: SmtpSink) -> None:
    schedule = {"poll_seconds": 1, "send_seconds": 1, **SILENT, "weekly": "mon 00:00"}
    house = a_house(tmp_path, sink, schedule=schedule)
    deliver(house, "1.a.host", a_report(8))
    house.run("mailbox", "poll")
    for _ in range(2):
        before = len(events(house, "mailbox.polled"))
        service = house.start("serve")
        until(lambda before=before: len(events(house, "mailbox.polled")) > before and len(sink.mails) == 2)
        assert stop(service) == 0
    ran = events(house, "digests.ran")
    assert [(line["queued"], line["zones"]) for line in ran] == [(1, ["Asia/Shanghai"])]
    assert sorted(received.mail["To"] for received in sink.mails) == ["wang.li@corp.example", "zhao@corp.example"]
    assert events(house, "job.failed") == []
