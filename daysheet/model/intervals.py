"""
How far a rate found in a sample may be from the true one: Wilson's score interval.

E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
It is the one that L. D. Brown, T. T. Cai and A. DasGupta, Interval estimation for a binomial
proportion, Statistical Science 16 (2001), recommend for samples of forty and fewer, and it is good
for larger ones too; unlike the textbook's p ± z·s it never leaves 0–1 and does not call an error
impossible because none was found.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from daysheet.model.figures import Figures

CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)


@dataclass(frozen=True, slots=True)
class Interval:
    """A rate and the bounds within which the true one lies with ``CONFIDENCE``; all 0.0–1.0."""

    rate: float
    low: float
    high: float


def wilson(wrong: int, checked: int, *, design_effect: float = 1.0) -> Interval | None:
    """
    Return the interval of *wrong* out of *checked*, None where nothing was checked.

    *design_effect* says how many times less a checked one tells than an independent one would.
    """
    if checked <= 0:
        return None
    rate = wrong / checked
    size = checked / design_effect
    weight = _Z * _Z / size
    middle = (rate + weight / 2) / (1 + weight)
    half = _Z / (1 + weight) * sqrt(rate * (1 - rate) / size + weight / (4 * size))
    return Interval(rate, min(rate, max(0.0, middle - half)), max(rate, min(1.0, middle + half)))


def of_customers(figures: Figures) -> Interval | None:
    """Return the share of checked customers of whom anything was wrong."""
    return wilson(int(figures.get("spot.customers_wrong", 0)), int(figures.get("spot.customers", 0)))


def of_fields(figures: Figures) -> Interval | None:
    """
    Return the share of checked fields that were wrong.

    The fields of one customer go wrong together (who has moved has another address and another phone),
    so that 248 fields of 94 customers tell less than 248 drawn one by one: the interval is widened by
    the design effect that the sample itself shows (docs/howto/spot-checks.md).
    """
    wrong, checked = int(figures.get("spot.fields_wrong", 0)), int(figures.get("spot.fields", 0))
    return wilson(wrong, checked, design_effect=design_effect(figures))


def design_effect(figures: Figures) -> float:
    """
    Return how many times wider than of independent fields the variance of their error rate is; at least 1.

    The variance is that of a ratio estimator over clusters (L. Kish, Survey Sampling, 1965): with y wrong
    ones among the m fields of each of n customers, n / (n − 1) · Σ (y − p·m)² / (Σ m)². A single customer,
    or a sample without or with nothing but faults, cannot show it: there each customer counts as one.
    """
    customers, checked = int(figures.get("spot.customers", 0)), int(figures.get("spot.fields", 0))
    if not customers or not checked:
        return 1.0
    rate = int(figures.get("spot.fields_wrong", 0)) / checked
    if customers == 1 or rate in (0.0, 1.0):
        return max(1.0, checked / customers)
    squares = float(figures.get("spot.wrong_squared", 0))
    crossed = float(figures.get("spot.wrong_times_fields", 0))
    sizes = float(figures.get("spot.fields_squared", 0))
    spread = squares - 2 * rate * crossed + rate * rate * sizes
    variance = customers / (customers - 1) * spread / checked**2
    return max(1.0, variance / (rate * (1 - rate) / checked))
