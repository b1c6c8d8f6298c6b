"""The appraisal sheet of a period: what its figures say of each rep, team and region, as a workbook."""

from daysheet.digests.appraisal import appraise
from daysheet.model.appraisal import Appraisal
from daysheet.model.people import Person
from daysheet.model.periods import Period
from daysheet.model.text import Language
from daysheet.services import figures, organisation
from daysheet.services.tools import Tools
from daysheet.templates_xlsx import appraisal


def workbook(tools: Tools, period: Period, language: Language, scope_of: Person | None) -> bytes:
    """
    Return the workbook for *period* as things stand now: everybody below *scope_of*, None for the whole company.

    Who is not above anybody gets sheets without lines.
    """
    return appraisal.build(appraisal_of(tools, period, scope_of), language)


def appraisal_of(tools: Tools, period: Period, scope_of: Person | None) -> Appraisal:
    """Return what the sheet of *period* says, as values."""
    now = tools.clock()
    with tools.database.reading() as connection:
        company = organisation.load(connection, tools)
        collected = figures.collect(connection, tools, company, period, now)
    return Appraisal(
        lines=appraise(company, collected.cells, scope_of),
        period=period,
        company=tools.house.name,
        made_on=tools.day_of(now, scope_of),
        cut_off=f"{tools.policy.cut_off:%H:%M}",
        whose=scope_of.name if scope_of else "",
    )
