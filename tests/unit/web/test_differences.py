"""What two texts do not have in common."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daysheet.web.differences import LONGEST, Piece, differences


def marked(one: str, other: str) -> tuple[str, str]:
    """Both texts, with what differs in brackets."""
    left, right = differences(one, other)
    return _bracketed(left), _bracketed(right)


def _bracketed(pieces: Iterable[Piece]) -> str:
    return "".join(f"[{piece.text}]" if piece.differs else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        ("宁波听潮潮泵业", "宁波听潮泵业", ("宁波听潮[潮]泵业", "宁波听潮泵业")),
        ("苏州蓝鲸有限公司", "无锡蓝鲸有限公司", ("[苏州]蓝鲸有限公司", "[无锡]蓝鲸有限公司")),
        (
            "Nordlicht Maschinenbau GmbH",
            "Nordlicht Machinenbau GmbH",
            ("Nordlicht [Maschinenbau] GmbH", "Nordlicht [Machinenbau] GmbH"),
        ),
        ("ACME GmbH", "Acme AG", ("ACME [GmbH]", "Acme [AG]")),
        ("0571-1", "0571-2", ("0571-[1]", "0571-[2]")),
        ("中山路12号", "中山路13号", ("中山路[12]号", "中山路[13]号")),
        ("一样", "一样", ("一样", "一样")),
        ("只有一边", "", ("只有一边", "")),
    ],
)
def test_characters_and_words_are_told_apart(one: str, other: str, shown: tuple[str, str]) -> None:
    assert marked(one, other) == shown


def test_a_long_text_differs_as_a_whole() -> None:
    long = "长" * (LONGEST + 1)
    assert marked(long, "短") == (f"[{long}]", "[短]")


@given(st.text(max_size=40), st.text(max_size=40))
def test_nothing_is_lost_or_added(one: str, other: str) -> None:
    left, right = differences(one, other)
    assert "".join(piece.text for piece in left) == one
    assert "".join(piece.text for piece in right) == other
