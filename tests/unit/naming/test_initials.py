"""Initials: what a name is typed by."""

import pytest

from daysheet.naming.initials import LONGEST, initials


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("杭州云杉自动化有限公司", "hzyszdhyxgs"),
        ("重庆银行", "cqyh"),  # 重 and 行 each have another reading
        ("长春市长江路支行", "ccscjlzh"),  # 市|长江, not 市长|江
        ("长安大学", "cadx"),
        ("Nordlicht Maschinenbau GmbH", "nordlichtmaschinenbaugmbh"),
        ("厦门 ＡＢＣ（集团）3号", "xmabcjt3h"),
        ("· — ·", ""),
        ("", ""),
        ("<script>", "script"),
    ],
)
def test_initials_are_what_one_types(name: str, expected: str) -> None:
    assert initials(name) == expected


def test_endless_names_have_short_initials() -> None:
    assert len(initials("云" * 1000)) == LONGEST
