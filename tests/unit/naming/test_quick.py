"""The short way says the same as the long one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from daysheet.naming.engine import NamingEngine
from daysheet.naming.lexicon import load
from tests.effort import examples
from tests.unit.naming.test_compare import NAMES
from tests.unit.naming.test_properties import anything, messy


class _Never:
    def cleaned(self, raw: str) -> None:
        """Know nothing, so that every step runs."""


SHORT = NamingEngine(load())
LONG = NamingEngine(load())
LONG._quick = _Never()  # type: ignore[assignment]  # the long way for every name
LATIN = st.text("AbcLtd. ,&'()-3", max_size=20) | st.lists(
    st.sampled_from(["Acme", " Co., Ltd.", " Inc.", " (China)", " (new)", "O'Neil", " AG", ", ", "3M", "china", " - "]),
    max_size=5,
).map("".join)


@settings(max_examples=examples(1500), deadline=None)
@given(messy | anything | NAMES | LATIN)
def test_a_name_comes_out_alike_both_ways(raw: str) -> None:
    assert SHORT.parse(raw) == LONG.parse(raw)


def test_most_names_go_the_short_way() -> None:
    clean = [
        "海棠电器有限公司",
        "海棠（杭州）有限公司",
        "杭州市第一人民医院",
        "Acme Co., Ltd.",
        "Acme (China) Ltd",
        "中国工商银行",
    ]
    assert all(SHORT._quick.cleaned(name) is not None for name in clean)
