"""The figures of a run, and how they are shown."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; *most* or *least* is its target, *peer* the other program's value."""

    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None
    peer: float | None = None

    @property
    def has_met_its_target(self) -> bool:
        """False where there is a target and it was missed."""
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)

    @property
    def line(self) -> str:
        """One line of the table."""
        target = f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}" if self.least is not None else ""
        verdict = "" if not target else "met" if self.has_met_its_target else "MISSED"
        peer = "" if self.peer is None else f"peer {_rounded(self.peer)}"
        return f"{self.name:<62}{_rounded(self.value):>10} {self.unit:<7}{target:<8}{verdict:<8}{peer}".rstrip()


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def show(title: str, figures: Iterable[Figure]) -> None:
    """Print *figures* below *title*."""
    print(f"\n{title}")
    for figure in figures:
        print(figure.line)
