"""Whether a report was right at once, and how long it took until it was."""

from datetime import UTC, date, datetime, timedelta

from daysheet.digests.quality import of_report
from daysheet.model.facts import Sending

CAME = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def a_sending(*, parked: int = 0, wrong: bool | None = None, after: float = 0, **more: object) -> Sending:
    """A revision with two rows that landed; with a parked row it has an error."""
    is_wrong = parked > 0 if wrong is None else wrong
    given = {"has_error": is_wrong, "is_wrong": is_wrong} | more
    return Sending(1, date(2026, 3, 2), "daily", CAME + after * MINUTE, 2, parked, **given)  # type: ignore[arg-type]


def test_a_report_that_was_right_at_once_is_clean() -> None:
    assert of_report([a_sending()]) == {"reports.sent": 1, "reports.clean": 1, "rows.sent": 2, "rows.accepted": 2}


def test_a_report_that_was_clean_stays_clean_whatever_follows() -> None:
    assert of_report([a_sending(), a_sending(parked=1, after=9)])["reports.clean"] == 1


def test_an_error_elsewhere_than_in_a_row_counts_too() -> None:
    found = of_report([a_sending(wrong=True), a_sending(after=7)])
    assert (found["reports.corrected"], found["reports.correction_minutes"]) == (1, 7)


def test_the_minutes_run_until_the_first_revision_that_was_right() -> None:
    found = of_report([a_sending(parked=1), a_sending(after=10), a_sending(after=60)])
    assert found["reports.correction_minutes"] == 10


def test_a_report_that_was_put_right_and_is_wrong_again_is_open() -> None:
    found = of_report([a_sending(parked=1), a_sending(after=10), a_sending(parked=1, after=60)])
    assert found == {"reports.sent": 1, "reports.open": 1, "rows.sent": 3, "rows.accepted": 2}


def test_a_row_that_a_steward_settled_was_not_accepted_at_once() -> None:
    settled = {"has_error": True, "is_wrong": False, "settled_at": CAME + 30 * MINUTE}
    found = of_report([a_sending(repaired=1, dropped=2, **settled)])
    assert found == {
        "reports.sent": 1,
        "reports.corrected": 1,
        "reports.correction_minutes": 30,
        "rows.sent": 4,
        "rows.accepted": 1,
    }


def test_a_report_whose_only_row_was_given_up_is_not_clean() -> None:
    found = of_report([a_sending(has_error=False, is_wrong=False, dropped=1, settled_at=CAME)])
    assert "reports.clean" not in found
