"""Trends as pictures: every character is there, the same bytes each time, and every number is in words too."""

import builtins
import struct
import warnings
from typing import Any

import pytest

from daysheet.errors import ConfigError
from daysheet.model.text import Language
from daysheet.reports import charts
from daysheet.reports.blocks import Step, Trend
from daysheet.reports.periodic import render
from tests.unit.reports.periodic_mails import COMPANY, a_digest, a_quiet_week, a_steward_digest


@pytest.mark.parametrize("language", Language)
def test_no_character_of_a_picture_is_missing_from_its_face(language: Language) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib says "Glyph … missing from font(s)"
        made = render(a_digest(language), COMPANY, unsubscribe=True, charts=True)
    assert len(made.images) == 3


def test_a_missing_glyph_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "families", lambda: ("DejaVu Sans",))
    with pytest.warns(UserWarning, match=r"Glyph \d+ .* missing from font"):
        charts.draw((Trend("按时率", "94%", "", (Step("W1", "94", "good", 94.0), Step("W2", "95", "good", 95.0))),))


def test_a_face_with_chinese_characters_is_found_first() -> None:
    assert charts.families()[0] in charts.FAMILIES
    assert charts.families()[-1] == "DejaVu Sans"


def test_a_picture_is_opaque_twice_as_fine_as_shown_and_the_same_each_time() -> None:
    made = [render(a_digest(), COMPANY, unsubscribe=True, charts=True) for _ in range(2)]
    assert made[0] == made[1]
    for image in made[0].images:
        width, height, depth, kind = struct.unpack(">IIBB", image.png[16:26])
        assert (width, height, depth) == (2 * charts.WIDTH, 2 * charts.HEIGHT, 8)
        alphas = image.png.count(b"tRNS")
        assert kind in (2, 3, 6)
        assert alphas == 0
        assert b"Software" not in image.png


def test_the_words_beside_a_picture_carry_its_numbers() -> None:
    made = render(a_digest(), COMPANY, unsubscribe=True, charts=True)
    assert made.images[0].alt == (
        "On time week by week, %: W41 78%, W42 80%, W43 82%, W44 85%, W45 87%, W46 89%, W47 92%, W48 94%"
    )
    for image in made.images:
        assert image.alt in made.text
        assert f'src="cid:{image.cid}"' in made.html
        assert f'alt="{image.alt}"' in made.html
    assert len({image.cid for image in made.images}) == len(made.images)


def test_a_period_without_a_rate_leaves_a_gap() -> None:
    steps = (Step("W1", "94", "good", 94.0), Step("W2", "–"), Step("W3", "0", "poor", 0.0))
    assert charts.draw((Trend("x", "0%", "", steps),)).startswith(b"\x89PNG")
    assert charts.alt((Trend("x", "0%", "", steps),), Language.EN) == "x: W1 94%, W2 –, W3 0%"


def test_what_has_no_course_has_no_picture() -> None:
    for content in (a_quiet_week(Language.EN), a_steward_digest(Language.EN), a_digest(trend=())):
        assert render(content, COMPANY, unsubscribe=True, charts=True).images == ()


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *more: Any, **named: Any) -> Any:
        if name.partition(".")[0] == "matplotlib":
            raise ModuleNotFoundError(name)
        return real(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"daysheet\[charts\]"):
        render(a_digest(), COMPANY, unsubscribe=True, charts=True)
    assert render(a_digest(), COMPANY, unsubscribe=True).images == ()
