"""
Every mail to administrators about alarms, as it leaves, in both languages, compared with a kept copy.

After a change that is meant:

    DAYSHEET_RENEW_GOLDEN=1 .venv/bin/python -m pytest tests/unit/reports/test_golden_alarms.py
    git diff tests/unit/reports/golden_alarms
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daysheet.i18n import text
from daysheet.model.alarms import AlarmKind, Notice, Said, notice_from_document, notice_to_document, saying
from daysheet.model.text import Language
from daysheet.reports.alarm_view import detail_text, render
from tests.unit.reports.test_golden import compare

GOLDEN = Path(__file__).parent / "golden_alarms"
COMPANY = "汉诚集团"
AT = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
EVIL = '<b onload="x">甲</b>\n== All ==\u202e"&@phone.example'

MAILBOX = Said(AlarmKind.MAILBOX, "reports", saying("no-poll-since-why", last_at=AT, why="LoginRefused"), AT)
ANSWERS = Said(AlarmKind.ANSWERS, "bounced", saying("answers-bounced", number=3), AT, times=4)
REP = Said(AlarmKind.REP_SILENT, "S0117", saying("last-report", day="2026-11-16"), AT)
STRANGER = Said(AlarmKind.STRANGER, EVIL, "", AT)


def every_notice(language: Language) -> dict[str, Notice]:
    """One of each, by the name of its golden files."""
    one = Notice(language, "林婉", "Asia/Shanghai", (MAILBOX,), console="https://daysheet.corp.example/")
    over = replace(MAILBOX, until=AT + timedelta(minutes=47))
    return {
        "one": one,
        "several": replace(
            one, begun=(MAILBOX, ANSWERS, REP, STRANGER), over=(replace(over, subject="south"),), more=7
        ),
        "over": replace(one, begun=(), over=(over,), console=""),
        "several-over": replace(one, begun=(), over=(over, replace(ANSWERS, until=AT + timedelta(days=1)))),
    }


NAMES = tuple(every_notice(Language.ZH))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", NAMES)
def test_a_mail_about_alarms_looks_as_it_did(name: str, language: Language) -> None:
    rendered = render(every_notice(language)[name], COMPANY)
    compare(GOLDEN / f"{name}.{language}.txt", f"Subject: {rendered.subject}\n\n{rendered.text}")
    compare(GOLDEN / f"{name}.{language}.html", rendered.html)


def test_no_golden_file_is_left_over() -> None:
    wanted = {f"{name}.{language}.{kind}" for name in NAMES for language in Language for kind in ("txt", "html")}
    assert {path.name for path in GOLDEN.iterdir()} == wanted


@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_of_a_notice_gives_it_back(name: str) -> None:
    notice = every_notice(Language.EN)[name]
    assert notice_from_document(notice_to_document(notice)) == notice


@pytest.mark.parametrize("kind", AlarmKind)
@pytest.mark.parametrize("language", Language)
def test_every_kind_has_a_name_and_says_what_to_do(kind: AlarmKind, language: Language) -> None:
    assert text(f"alarm.{kind}", language)
    assert text(f"alarm.do.{kind}", language)
    rendered = render(Notice(language, "林婉", "Asia/Shanghai", (Said(kind, "x", "y", AT),)), COMPANY)
    assert text(f"alarm.do.{kind}", language) in rendered.text


@pytest.mark.parametrize("detail", ['{"code": "of-a-later-version"}', '{"code": "disk"}', '{"code": "cut off', "words"])
def test_a_detail_that_has_no_text_is_shown_as_it_is(detail: str) -> None:
    assert detail_text(detail, Language.ZH) == detail
