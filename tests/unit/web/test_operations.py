"""How the service is doing: on a page for stewards, for probes and monitors, and alarms that are cleared."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from daysheet import wiring
from daysheet.i18n import text
from daysheet.model.access import EVERYTHING
from daysheet.model.alarms import AlarmKind
from daysheet.model.text import Language
from daysheet.model.trust import Relaxed, Trust, Way
from daysheet.services import health
from daysheet.services.access import Visitor
from daysheet.services.tools import AlarmLimits
from daysheet.store import alarms, mailboxes, tables
from daysheet.web.app import create
from tests import builders
from tests.builders import NOW, Clock, a_visit
from tests.unit.web.conftest import Console


@pytest.fixture
def console(staffed: Path, tmp_path: Path) -> Iterator[Console]:
    """A console with the mailboxes *reports* and *south*."""
    shutil.copy(staffed / "daysheet.db", tmp_path / "daysheet.db")
    boxes = {name: {"kind": "maildir", "path": tmp_path / name, "trust": "none"} for name in ("reports", "south")}
    chosen = builders.settings(tmp_path, mailboxes=boxes)
    clock = Clock()
    with wiring.open_tools(chosen) as made:
        tools = replace(made, clock=clock)
        yield Console(tools, clock, tmp_path, TestClient(create(chosen, tools)), count(1))


def raise_alarm(console: Console, subject: str = "x@phone.example") -> int:
    with console.tools.database.writing() as connection:
        alarms.raise_once(connection, "stranger-with-template", subject, "日报 <b>", NOW)
        return alarms.open_alarms(connection)[0].id


def test_a_quiet_service_is_fine(console: Console) -> None:
    page = console.browser("S1").get("/operations")
    assert "一切正常" in page
    assert "还没有成功收过信" in page
    assert "没有告警" in page
    assert console.tools.naming.version in page


def test_each_mailbox_says_how_its_senders_are_believed(console: Console) -> None:
    page = console.browser("S1").get("/operations")
    assert page.count("名单里的地址一律相信，伪造的也信") == 2
    ways = {
        "authserv": (Trust(Way.AUTHSERV, "mx.corp.example"), "看 mx.corp.example 对发件人的验证结果"),
        "unset": (Trust(Way.AUTHSERV), "一律不信"),
        "header": (Trust(Way.INTERNAL, internal_header=("x-inside", "yes")), "看自己网关加的邮件头 x-inside"),
        "hosts": (Trust(Way.INTERNAL, own_hosts=("mx.a", "mx.b")), "看是否登录 mx.a, mx.b 发出"),
        "relaxed": (Trust(Way.AUTHSERV, "x", relaxed=frozenset(Relaxed)), "不问证明的是哪个域名"),
    }
    trusting = replace(console.tools, trust={name: trust for name, (trust, _) in ways.items()})
    app = TestClient(create(builders.settings(console.folder), trusting))
    page = replace(console, tools=trusting, client=app).browser("S1").get("/operations")
    assert all(sentence in page for _, sentence in ways.values())
    assert "邮件列表转来的也收" in page


def test_a_mailbox_shows_its_polls_and_why_the_last_failed(console: Console) -> None:
    with console.tools.database.writing() as connection:
        mailboxes.record_start(connection, "reports", "INBOX", 1, NOW)
        mailboxes.record_success(connection, "reports", "INBOX", 12, NOW)
        mailboxes.record_error(connection, "south", "INBOX", "LoginRefused: <no>", NOW)
    page = console.browser("S1").get("/operations")
    assert "收信时间 2026-03-04 18:00" in page
    assert "LoginRefused: &lt;no&gt;" in page
    assert ">12<" in page
    assert "需要处理" in page  # south was never polled with success
    console.clock.now += timedelta(minutes=31)
    assert "自 2026-03-04 18:00 起没有成功收信" in console.browser("S1").get("/operations")


def test_answers_that_failed_or_wait_too_long_are_trouble(console: Console) -> None:
    console.report(a_visit())
    steward = console.browser("S1")
    assert "1 封待发送" in steward.get("/operations")
    console.clock.now += timedelta(hours=13)
    steward = console.browser("S1")
    assert "已等待超过 12 小时" in steward.get("/operations")
    with console.tools.database.writing() as connection:
        connection.execute(tables.outbox.update().values(state="failed"))
    assert "1 封发送失败、被退回或搁置" in steward.get("/operations")


def test_a_clock_behind_the_newest_message_is_trouble(console: Console) -> None:
    console.report(a_visit())
    console.clock.now -= timedelta(minutes=6)
    assert "早于最新邮件的时间" in console.browser("S1").get("/operations")


def test_a_full_disk_is_trouble(console: Console) -> None:
    visitor = cast("Visitor", SimpleNamespace(scope=EVERYTHING))
    limits = AlarmLimits(free_bytes=2**60)
    found = health.examine(replace(console.tools, alarm_limits=limits), visitor, console.folder, ())
    assert [check.check for check in found.checks if not check.is_fine] == ["disk"]


def digest_sent(console: Console) -> None:
    """Let one mail by the clock have gone out, long ago."""
    long_ago = (NOW - timedelta(days=60)).date()
    row = {"kind": "morning", "zone": "Asia/Shanghai", "first_on": long_ago, "last_on": long_ago}
    with console.tools.database.writing() as connection:
        connection.execute(tables.digest_run.insert().values(row | {"mails": 1, "finished_at": NOW}))


def test_mails_by_the_clock_that_are_overdue_are_trouble(console: Console) -> None:
    console.report(a_visit())
    assert "没有逾期" in console.browser("S1").get("/operations")
    console.clock.now += timedelta(days=7)
    page = console.browser("S1").get("/operations")
    assert "没有逾期" in page, "none was ever sent: nobody may want them"
    assert figures(console.nobody().get("/metrics"))["daysheet_digests_overdue"] == 0
    digest_sent(console)
    assert "逾期两小时以上仍未发出" in console.browser("S1").get("/operations")
    assert figures(health.Metrics(console.tools, "0").text().decode())["daysheet_digests_overdue"] > 0


def test_an_alarm_is_cleared_once_and_audited(console: Console) -> None:
    number = raise_alarm(console)
    steward = console.browser("S1")
    page = steward.get("/operations")
    assert "x@phone.example" in page
    assert "日报 &lt;b&gt;" in page
    assert "告警已清除" in steward.post(f"/operations/alarms/{number}/clear")
    assert "此前已清除" in steward.post(f"/operations/alarms/{number}/clear")
    assert "没有告警" in steward.get("/operations")
    log = console.select(sa.select(tables.audit.c.actor).where(tables.audit.c.action == "alarm.cleared"))
    assert [row.actor for row in log] == ["S1"]


def test_every_kind_of_alarm_is_said_in_words_with_who_was_told(console: Console) -> None:
    with console.tools.database.writing() as connection:
        for kind in AlarmKind:
            alarms.raise_once(connection, kind, "bounced" if kind is AlarmKind.ANSWERS else "7", "why", NOW)
        some = [one.id for one in alarms.open_of(connection, AlarmKind.DISK)]
        alarms.mark_told(connection, some, [], NOW)
    page = console.browser("S1").get("/operations")
    for kind in AlarmKind:
        assert text(f"alarm.{kind}", Language.ZH) in page
        assert f">{kind}<" not in page
    assert "被退回" in page
    assert page.count("尚未邮件通知") == len(AlarmKind) - 1


def test_a_stranger_belongs_to_nobody_and_so_is_shown_to_those_who_see_all(console: Console) -> None:
    number = raise_alarm(console)
    southern = console.browser("S3")
    page = southern.get("/operations")
    assert "x@phone.example" not in page
    assert "告警仅对可见全部客户的人员显示" in page
    southern.post(f"/operations/alarms/{number}/clear", 403)
    assert len(console.select(sa.select(tables.alarm).where(tables.alarm.c.cleared_at.is_(None)))) == 1


def test_managers_do_not_operate(console: Console) -> None:
    number = raise_alarm(console)
    manager = console.browser("E9")
    manager.get("/account")
    manager.get("/operations", 403)
    manager.post(f"/operations/alarms/{number}/clear", 403)
    console.nobody().get("/operations", 401)


def test_an_alarm_number_that_cannot_be_is_no_servers_error(console: Console) -> None:
    steward = console.browser("S1")
    steward.get("/operations")
    steward.post(f"/operations/alarms/{2**70}/clear", 422)
    assert "此前已清除" in steward.post("/operations/alarms/999/clear")


# ---- probes --------------------------------------------------------------------------------------


def test_a_probe_is_answered_without_signing_in(console: Console) -> None:
    for path in ("/healthz", "/readyz"):
        assert console.nobody().get(path) == "ok"


def test_an_outdated_database_is_not_ready_and_says_so_in_a_word(console: Console) -> None:
    with console.tools.database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    assert console.nobody().get("/readyz", 503) == "outdated"
    assert console.nobody().get("/healthz") == "ok"


def test_a_database_that_does_not_answer_is_not_ready(console: Console) -> None:
    console.tools.database.close()
    (console.folder / "daysheet.db").write_bytes(b"this is no database at all, whatever it is called")
    assert console.nobody().get("/readyz", 503) == "unreachable"
    assert console.nobody().get("/healthz") == "ok"


def figures(text: str) -> dict[str, float]:
    """Read the text as Prometheus does."""
    return {
        " ".join([one.name, *one.labels.values()]): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_the_figures_count_and_name_nobody(console: Console) -> None:
    raise_alarm(console)
    console.report(a_visit("苏州全新电子有限公司"))
    with console.tools.database.writing() as connection:
        mailboxes.record_success(connection, "reports", "INBOX", 3, NOW)
    console.browser("S1")
    console.clock.now += timedelta(minutes=2)
    text = console.nobody().get("/metrics")
    found = figures(text)
    assert found["daysheet_messages accepted"] == 1
    assert found["daysheet_alarms_open stranger-with-template"] == 1
    assert found["daysheet_alarms_open mailbox"] == 0
    assert found["daysheet_answers queued"] == 1
    assert found["daysheet_answers_oldest_seconds"] == 120
    assert found["daysheet_sessions"] == 1
    assert found["daysheet_mailbox_waiting reports"] == 3
    assert found["daysheet_mailbox_last_success_timestamp_seconds reports"] == NOW.timestamp()
    for name in ("王丽", "林婉", "苏州全新", "x@phone.example", "wang.li"):
        assert name not in text


def test_the_figures_are_counted_once_in_a_while(console: Console) -> None:
    now = 0.0
    kept = health.Metrics(console.tools, "0", clock=lambda: now)
    assert figures(kept.text().decode())["daysheet_alarms_open stranger-with-template"] == 0
    raise_alarm(console)
    now = health.FRESH_SECONDS - 1
    assert figures(kept.text().decode())["daysheet_alarms_open stranger-with-template"] == 0
    now = health.FRESH_SECONDS
    assert figures(kept.text().decode())["daysheet_alarms_open stranger-with-template"] == 1


def test_the_figures_can_be_switched_off(staffed: Path, tmp_path: Path) -> None:
    shutil.copy(staffed / "daysheet.db", tmp_path / "daysheet.db")
    chosen = builders.settings(tmp_path, web={"metrics": False})
    with wiring.open_tools(chosen) as tools:
        client = TestClient(create(chosen, tools))
        assert client.get("/metrics").status_code == 404
        assert client.get("/healthz").status_code == 200


def test_every_figure_is_documented_and_no_other(console: Console) -> None:
    page = (Path(__file__).parents[3] / "docs" / "howto" / "console.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(daysheet_\w+)` \|", page, re.MULTILINE))
    text = console.nobody().get("/metrics")
    assert documented == {family.name for family in text_string_to_metric_families(text)}
