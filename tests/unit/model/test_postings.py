"""How a history of postings goes on, list after list."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from daysheet.model.organisation import Posting
from daysheet.model.postings import Standing, carried_on

MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
DAY = timedelta(days=1)
LONG_AGO = date(2024, 3, 1)


def at(team: str, since: date | None = None, *, left: bool = False) -> Standing:
    return Standing(team, "华东", "E9", since, not left)


def stood(team: str, from_on: date, to_on: date | None = None) -> Posting:
    return Posting(0, 0, team, "华东", "E9", from_on, to_on)


def told(*lines: tuple[date, Standing]) -> list[tuple[str, date, date | None]]:
    """Import one line after the other, each on its day; return what is known in the end."""
    history: tuple[Posting, ...] = ()
    for today, stands in lines:
        history = carried_on(history, stands, today)
    return [(one.team, one.from_on, one.to_on) for one in history]


def test_the_first_posting_begins_on_the_day_of_the_list_unless_it_says_since_when() -> None:
    assert told((MONDAY, at("一组"))) == [("一组", MONDAY, None)]
    assert told((MONDAY, at("一组", LONG_AGO))) == [("一组", LONG_AGO, None)]


def test_who_has_left_before_being_known_has_stood_nowhere() -> None:
    assert told((MONDAY, at("一组", LONG_AGO, left=True))) == []


def test_a_move_ends_the_posting_the_day_before() -> None:
    moved = told((MONDAY, at("一组")), (WEDNESDAY, at("二组")))
    assert moved == [("一组", MONDAY, TUESDAY), ("二组", WEDNESDAY, None)]


def test_another_manager_or_region_is_a_move_too() -> None:
    first = carried_on((), Standing("一组", "华东", "E9"), MONDAY)
    assert len(carried_on(first, Standing("一组", "华南", "E9"), TUESDAY)) == 2
    assert len(carried_on(first, Standing("一组", "华东", "E8"), TUESDAY)) == 2


def test_a_move_takes_effect_on_the_day_the_list_says() -> None:
    said = told((MONDAY, at("一组", LONG_AGO)), (WEDNESDAY, at("二组", MONDAY)))
    assert said == [("一组", LONG_AGO, MONDAY - DAY), ("二组", MONDAY, None)]
    ahead = told((MONDAY, at("一组", LONG_AGO)), (TUESDAY, at("二组", date(2026, 12, 1))))
    assert ahead == [("一组", LONG_AGO, date(2026, 11, 30)), ("二组", date(2026, 12, 1), None)]


def test_the_day_of_joining_in_every_list_leaves_a_move_to_take_effect_today() -> None:
    moved = told((MONDAY, at("一组", LONG_AGO)), (WEDNESDAY, at("二组", LONG_AGO)))
    assert moved == [("一组", LONG_AGO, TUESDAY), ("二组", WEDNESDAY, None)]


def test_the_day_of_joining_learned_later_moves_the_first_beginning_back() -> None:
    assert told((MONDAY, at("一组")), (TUESDAY, at("一组", LONG_AGO))) == [("一组", LONG_AGO, None)]
    moved = told((MONDAY, at("一组")), (TUESDAY, at("二组")), (WEDNESDAY, at("二组", LONG_AGO)))
    assert moved == [("一组", LONG_AGO, MONDAY), ("二组", TUESDAY, None)]
    both = told((MONDAY, at("一组")), (WEDNESDAY, at("二组", LONG_AGO)))
    assert both == [("一组", LONG_AGO, TUESDAY), ("二组", WEDNESDAY, None)]


def test_since_puts_the_day_of_the_last_move_right() -> None:
    earlier = told((LONG_AGO, at("一组")), (WEDNESDAY, at("二组")), (WEDNESDAY + DAY, at("二组", MONDAY)))
    assert earlier == [("一组", LONG_AGO, MONDAY - DAY), ("二组", MONDAY, None)]
    later = told((LONG_AGO, at("一组")), (MONDAY, at("二组")), (TUESDAY, at("二组", WEDNESDAY)))
    assert later == [("一组", LONG_AGO, TUESDAY), ("二组", WEDNESDAY, None)]


def test_since_before_the_last_move_puts_its_place_right_too() -> None:
    said = told((LONG_AGO, at("一组")), (TUESDAY, at("二组")), (WEDNESDAY, at("三组", MONDAY)))
    assert said == [("一组", LONG_AGO, MONDAY - DAY), ("三组", MONDAY, None)]


def test_a_second_list_on_the_same_day_changes_the_posting_of_that_day() -> None:
    said = told((MONDAY, at("一组")), (MONDAY, at("二组")))
    assert said == [("二组", MONDAY, None)]
    moved = told((LONG_AGO, at("一组")), (MONDAY, at("二组")), (MONDAY, at("三组")))
    assert moved == [("一组", LONG_AGO, MONDAY - DAY), ("三组", MONDAY, None)]


def test_a_move_called_off_on_the_same_day_leaves_no_trace() -> None:
    assert told((LONG_AGO, at("一组")), (MONDAY, at("二组")), (MONDAY, at("一组"))) == [("一组", LONG_AGO, None)]
    ahead = date(2026, 12, 1)
    called_off = told((LONG_AGO, at("一组")), (MONDAY, at("二组", ahead)), (WEDNESDAY, at("一组")))
    assert called_off == [("一组", LONG_AGO, None)]


def test_a_leavers_posting_ends_the_day_before_the_list_or_the_day_it_says() -> None:
    assert told((LONG_AGO, at("一组")), (WEDNESDAY, at("", left=True))) == [("一组", LONG_AGO, TUESDAY)]
    assert told((LONG_AGO, at("一组")), (WEDNESDAY, at("", MONDAY, left=True))) == [("一组", LONG_AGO, MONDAY - DAY)]
    joined = told((LONG_AGO, at("一组", LONG_AGO)), (WEDNESDAY, at("", LONG_AGO, left=True)))
    assert joined == [("一组", LONG_AGO, TUESDAY)], "the day of joining is not that of leaving"


def test_who_comes_and_leaves_on_one_day_was_there_that_day() -> None:
    assert told((MONDAY, at("一组")), (MONDAY, at("一组", left=True))) == [("一组", MONDAY, MONDAY)]


def test_who_leaves_before_a_move_that_was_announced_never_moved() -> None:
    ahead = date(2026, 12, 1)
    gone = told((LONG_AGO, at("一组")), (MONDAY, at("二组", ahead)), (WEDNESDAY, at("二组", left=True)))
    assert gone == [("一组", LONG_AGO, TUESDAY)]
    assert told((MONDAY, at("一组", ahead)), (TUESDAY, at("一组", left=True))) == []


def test_who_comes_back_begins_again_and_the_time_between_stays_empty() -> None:
    back = told((LONG_AGO, at("一组")), (date(2025, 1, 1), at("一组", left=True)), (MONDAY, at("一组", LONG_AGO)))
    assert back == [("一组", LONG_AGO, date(2024, 12, 31)), ("一组", MONDAY, None)]
    told_when = told((LONG_AGO, at("一组")), (date(2025, 1, 1), at("一组", left=True)), (WEDNESDAY, at("二组", MONDAY)))
    assert told_when == [("一组", LONG_AGO, date(2024, 12, 31)), ("二组", MONDAY, None)]


def test_a_leaver_by_mistake_who_is_back_the_same_day_never_left() -> None:
    assert told((LONG_AGO, at("一组")), (MONDAY, at("", left=True)), (MONDAY, at("一组"))) == [("一组", LONG_AGO, None)]


DAYS = st.dates(date(2026, 1, 1), date(2026, 2, 15))
LINES = st.builds(
    Standing,
    st.sampled_from(["一组", "二组"]),
    st.just("华东"),
    st.sampled_from(["E8", "E9"]),
    st.none() | DAYS,
    st.integers(0, 4).map(bool),
)


@given(st.lists(st.tuples(DAYS, LINES), max_size=8).map(lambda lines: sorted(lines, key=lambda line: line[0])))
def test_whatever_lists_say_the_history_has_one_place_for_a_day_and_the_last_line_holds(
    lines: list[tuple[date, Standing]],
) -> None:
    history: tuple[Posting, ...] = ()
    for today, stands in lines:
        history = carried_on(history, stands, today)
        assert carried_on(history, stands, today) == history, "the same list again changes nothing"
        for earlier, later in pairwise(history):
            assert earlier.to_on is not None
            assert earlier.from_on <= earlier.to_on < later.from_on
        assert not history or history[-1].to_on is None or history[-1].from_on <= history[-1].to_on
        if stands.is_active:
            last = history[-1]
            assert (last.team, last.manager, last.to_on) == (stands.team, stands.manager, None)
        elif history:
            assert history[-1].to_on is not None
