"""
Figures: named whole numbers and amounts that add up.

Everything a digest counts belongs to exactly one posting, one rep at one place, so that a team's
figures are the sum of its reps', a region's the sum of its teams', and nothing is counted twice.
A rate, a mean or a share is worked out from two sums where it is shown, never stored.

Names are dotted. ``{L}`` is a customer level, ``{S}`` a stage, ``{C}`` an ISO currency, ``{W}`` a
forecast window, ``{T}`` any text (it comes last, dots and all).

=============================== ==================================================================
discipline.due                  report-days owed and due by now: rep × workday, leave included
discipline.on_time .late        of these: reported before / after the cut-off
discipline.missing .leave       of these: not reported by now / on leave
reports.sent                    rep-days with a usable first sending, by report date
reports.clean                   of these: the first sending had no error
reports.corrected .open         of the others: no error any more / still with errors
reports.correction_minutes      over the corrected: first sending → first without error
rows.sent .accepted             rows of first sendings / of these, landed at once
rows.landed                     rows that count now
cells.wanted .filled            cells of the landed visits, of the columns of the form / filled ones
names.typed .standard           landed rows with a customer / typed as the customer is called
visits.done                     landed visits, by visit date
visits.customers                different customers with a visit, by the customer's owner
level.{L}.customers             customers of the level, by owner, at the period's end
level.{L}.promised .done        visits promised by the cadence in its window / made there
level.{L}.short                 customers visited less than promised
level.{L}.neglected             customers not visited at all in the window
deals.{S}.count                 deals standing in the stage at the period's end, by latest reporter
deals.{S}.amount.{C}            their amounts
moved.on .back                  open deals that stand further on / further back than at the period's begin
entered.{S}                     deals that came into the stage within the period
sold_not_booked.count .amount.{C}   standing in that stage at the period's end
agreed.count .amount.{C}            agreed, not ordered
beyond.count .amount.{C}            open, expected later than two weeks from the period's end
forecast.{W}.count .amount.{C} .weighted.{C}   open deals by expected date: W = overdue, 0, 1, 2 (fortnights from
                                the period's end on), later, none; weighted by probability
won.count .amount.{C} .reason.{T}    deals that came into the stage won within the period
lost.count .amount.{C} .reason.{T}   likewise lost
competitor.{T}                  deals with a row within the period that names the competitor
help.count                      reports or deals that asked for help within the period
customers.count                 customers by owner at the period's end (merged ones are one)
customers.new                   of these, first filed within the period
customers.merged                merges within the period, by the winner's owner
customers.neglected             sum over the levels of level.{L}.neglected
customers.questioned            customers with an open question whether they are another
queue.{T}                       open questions at the period's end, by kind (name, duplicate, parent); in a steward's
                                digest also what else waits: rows, waiting, messages, answers
queue_rows.{T} queue_days.{T}   in a steward's digest: rows that wait for them / days the oldest is open (no sum)
industry.visits.{T}             landed visits by the customer's industry ("" where unknown)
industry.deals.{T} industry.amount.{C}.{T}   open deals at the period's end
industry.won.{T}                deals won within the period
spot.customers .customers_wrong customers reached by spot checks checked within the period / with a fault
spot.fields .fields_wrong       fields checked there / wrong ones
spot.fields_squared .wrong_squared .wrong_times_fields   sums over these customers, for ``model/intervals``
=============================== ==================================================================
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

Number = int | Decimal
Figures = Mapping[str, Number]
"""Name → number; a name that is not there is 0."""


def add(into: dict[str, Number], more: Figures) -> None:
    """Add *more* to *into*, name by name."""
    for name, number in more.items():
        into[name] = into.get(name, 0) + number


def total(several: Iterable[Figures]) -> dict[str, Number]:
    """Return the sum of *several*, name by name."""
    summed: dict[str, Number] = {}
    for one in several:
        add(summed, one)
    return summed


def below(figures: Figures, prefix: str) -> dict[str, Number]:
    """Return what stands under *prefix*, without it: ``below(f, "deals.won.amount")`` gives currency → amount."""
    start = f"{prefix}."
    return {name.removeprefix(start): number for name, number in figures.items() if name.startswith(start)}


def to_document(figures: Figures) -> dict[str, int | str]:
    """Return figures as plain data; amounts as text, without loss; zeros are left out."""
    return {
        name: number if isinstance(number, int) else format(number, "f")
        for name, number in sorted(figures.items())
        if number
    }


def from_document(document: Mapping[str, int | str]) -> dict[str, Number]:
    """Return the figures that ``to_document`` wrote."""
    return {name: value if isinstance(value, int) else Decimal(value) for name, value in document.items()}
