"""
Trends as pictures, for those who have the extra ``charts``: a line per rate, opaque, in the mails' colours.

Nothing else imports this module, and it imports matplotlib where a line is drawn: a mail without
pictures must not pay for it. The same figures make the same bytes.
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from daysheet.errors import ConfigError
from daysheet.model.text import Language
from daysheet.reports.blocks import Section, Trend, View
from daysheet.reports.render import Image

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 288, 186
"""Pixels as shown: a phone's width, and two side by side at a desk. Drawn twice as fine."""
MOST_LINES = 2
"""In one picture: more would cross where the rates are alike."""
_FINE = 2
_DPI = 96
_COLOURS = ("#1b4d5c", "#c05a1c", "#2a8a6e", "#7a5ea8", "#a08a10")
_MARKERS = ("o", "s", "^", "D", "v")
FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "SimHei",
    "Noto Sans CJK JP",  # the one name under which matplotlib knows the collection with all regions
)
"""Faces with Chinese characters, the best first; what a machine has is found out when the first line is drawn."""


def drawn(view: View) -> View:
    """Return *view* with a picture in place of each section's rows of steps."""
    return replace(view, sections=tuple(_section(section, view.language) for section in view.sections))


def _section(section: Section, language: Language) -> Section:
    moving = [trend for trend in section.trends if trend.steps]
    if not moving:
        return section
    pairs = [moving[at : at + MOST_LINES] for at in range(0, len(moving), MOST_LINES)]
    still = (replace(trend, steps=()) for trend in section.trends if trend.value)
    return replace(section, images=tuple(_image(pair, language) for pair in pairs), trends=tuple(still))


def _image(trends: Sequence[Trend], language: Language) -> Image:
    png = draw(trends)
    return Image(f"{hashlib.sha256(png).hexdigest()[:24]}@daysheet", png, alt(trends, language))


def alt(trends: Sequence[Trend], language: Language) -> str:
    """Return what the picture shows in words: every number."""
    comma, colon, stop = ("、", "：", "；") if language is Language.ZH else (", ", ": ", "; ")
    said = []
    for trend in trends:
        steps = (f"{step.label} {step.value}{'' if step.percent is None else '%'}" for step in trend.steps)
        said.append(f"{trend.label}{colon}{comma.join(steps)}")
    return stop.join(said)


def draw(trends: Sequence[Trend]) -> bytes:
    """Return *trends* as a PNG; raises ConfigError where matplotlib is not there."""
    try:
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ConfigError('digests.charts: needs matplotlib; pip install "daysheet[charts]"') from error
    with rc_context({"font.family": list(families()), "font.size": 9, "axes.unicode_minus": False}):
        figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI * _FINE, facecolor="#ffffff")
        FigureCanvasAgg(figure)
        _lines(
            figure.add_axes((0.13, 0.2, 0.84, 0.74)),
            trends,
        )
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=_DPI * _FINE, facecolor="#ffffff", metadata={"Software": None})
    return out.getvalue()


def _lines(axes: "Axes", trends: Sequence[Trend]) -> None:
    labels = [step.label for step in trends[0].steps]
    known = [step.percent for trend in trends for step in trend.steps if step.percent is not None]
    for trend, colour, marker in zip(trends, _COLOURS, _MARKERS, strict=False):
        heights = [float("nan") if step.percent is None else step.percent for step in trend.steps]
        axes.plot(
            range(len(heights)), heights, color=colour, marker=marker, markersize=3.5, linewidth=1.6, label=trend.label
        )
    lowest = max(0.0, 10 * ((min(known) - 2) // 10))
    axes.set_ylim(lowest, 101.5)
    axes.set_yticks([lowest, (lowest + 100) / 2, 100], [f"{lowest:g}", f"{(lowest + 100) / 2:g}", "100%"])
    axes.set_xticks(range(len(labels)), labels)
    axes.set_xlim(-0.3, len(labels) - 0.7)
    axes.grid(axis="y", color="#e3e9eb", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors="#46565c")
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.47, -0.11),
        ncols=2,
        frameon=False,
        handlelength=1.4,
        columnspacing=1.2,
        labelcolor="#1f2a2e",
        borderaxespad=0.2,
    )


@cache
def families() -> tuple[str, ...]:
    """Return the faces of ``FAMILIES`` that this machine has, and matplotlib's own for what they lack."""
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    return (*(name for name in FAMILIES if name in there), "DejaVu Sans")
