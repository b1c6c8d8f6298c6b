"""One slip of the keyboard, and short forms read off long ones."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from daysheet.dedupe.texts import Slip, is_subsequence, runs, slip, sounds_like

WORDS = st.text(alphabet="云帆海山川建材科技贸易医院", min_size=2, max_size=9)
LETTERS = st.text(alphabet="abcdeos", min_size=2, max_size=9)
TEXTS = WORDS | LETTERS


@pytest.mark.parametrize(
    ("typed", "known", "kind"),
    [
        ("云云帆建材", "云帆建材", Slip.DOUBLED),
        ("云帆帆建材", "云帆建材", Slip.DOUBLED),
        ("云建材", "云帆建材", Slip.LOST),
        ("帆建材", "云帆建材", Slip.LOST),
        ("云帆建", "云帆建材", Slip.LOST),
        ("云帆大建材", "云帆建材", Slip.GAINED),
        ("帆云建材", "云帆建材", Slip.SWAPPED),
        ("云帆材建", "云帆建材", Slip.SWAPPED),
        ("云翻建材", "云帆建材", Slip.HOMOPHONE),
        ("云舟建材", "云帆建材", Slip.OTHER),
        ("tavaler", "tavalor", Slip.OTHER),
    ],
)
def test_each_kind_of_slip_is_told(typed: str, known: str, kind: Slip) -> None:
    assert slip(typed, known) is kind


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("云帆建材", "云帆建材"),
        ("", ""),
        ("云舟建筑", "云帆建材"),
        ("云建", "云帆建材"),
        ("建材云帆", "云帆建材"),
        ("帆云材建", "云帆建材"),
        ("云帆大型建材", "云帆建材"),
    ],
)
def test_no_difference_or_more_than_one_is_no_slip(typed: str, known: str) -> None:
    assert slip(typed, known) is None


MIRRORED = {
    Slip.DOUBLED: {Slip.LOST},
    Slip.GAINED: {Slip.LOST},
    Slip.LOST: {Slip.DOUBLED, Slip.GAINED},
    Slip.SWAPPED: {Slip.SWAPPED},
    Slip.HOMOPHONE: {Slip.HOMOPHONE},
    Slip.OTHER: {Slip.OTHER},
}


@given(TEXTS, TEXTS)
def test_a_slip_is_seen_from_both_sides(left: str, right: str) -> None:
    there, back = slip(left, right), slip(right, left)
    assert (there is None) == (back is None)
    if there is not None:
        assert back in MIRRORED[there]


@given(TEXTS, st.data())
def test_whatever_one_slip_makes_is_seen_as_one(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 2))
    made = data.draw(
        st.sampled_from(
            [
                text[:at] + text[at + 1 :],
                text[: at + 1] + text[at:],
                text[:at] + "x" + text[at:],
                text[:at] + "x" + text[at + 1 :],
                text[:at] + text[at + 1] + text[at] + text[at + 2 :],
            ]
        )
    )
    assume(made != text)
    assert slip(made, text) is not None


@given(TEXTS, TEXTS)
def test_a_slip_changes_the_length_by_one_at_most(left: str, right: str) -> None:
    found = slip(left, right)
    if found is not None:
        expected = {Slip.LOST: -1, Slip.DOUBLED: 1, Slip.GAINED: 1}.get(found, 0)
        assert len(left) - len(right) == expected


def test_sounds_are_compared_without_tones_and_only_for_chinese() -> None:
    assert sounds_like("帆", "翻")
    assert not sounds_like("帆", "船")
    assert not sounds_like("a", "a")
    assert sounds_like("重", "虫")  # 重 is also read chóng


@pytest.mark.parametrize(
    ("short", "long", "pieces"),
    [
        ("云帆", "杭州云帆建材", 1),
        ("云建", "杭州云帆建材", 2),
        ("杭云材", "杭州云帆建材", 3),
        ("杭州云帆建材", "杭州云帆建材", 1),
        ("帆云", "杭州云帆建材", 0),
        ("云舟", "杭州云帆建材", 0),
        ("", "杭州云帆建材", 0),
    ],
)
def test_a_short_form_is_read_off_in_pieces(short: str, long: str, pieces: int) -> None:
    assert runs(short, long) == pieces
    assert is_subsequence(short, long) is (bool(pieces) or not short)


@given(TEXTS, st.data())
def test_what_is_left_of_a_text_can_be_read_off_it(text: str, data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))
    short = "".join(character for character, stays in zip(text, kept, strict=True) if stays)
    assert is_subsequence(short, text)
    assert bool(runs(short, text)) is bool(short)
    assert runs(short, text) <= len(short)


@given(TEXTS, TEXTS)
def test_pieces_are_found_exactly_where_a_text_can_be_read_off(short: str, long: str) -> None:
    assert bool(runs(short, long)) is is_subsequence(short, long)
