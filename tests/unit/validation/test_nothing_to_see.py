"""The characters that leave a cell empty to the eye are all of them."""

from daysheet.validation.text import INVISIBLE, NOTHING_TO_SEE


def test_every_space_and_invisible_character_counts_as_nothing() -> None:
    every = (chr(code) for code in range(0x110000))
    assert set(NOTHING_TO_SEE) == {one for one in every if one.isspace() or INVISIBLE.match(one)}
