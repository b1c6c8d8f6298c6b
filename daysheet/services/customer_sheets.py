"""The sheets of the forms as a customer's page shows them: whatever a company's own form has, by its own labels."""

from datetime import date, time
from decimal import Decimal

from daysheet.i18n import text
from daysheet.model.template import ColumnSpec, ColumnType, Meaning, SheetRole, SheetSpec, TemplateSpec
from daysheet.model.text import Language
from daysheet.services.tools import Tools


def customer_sheets(tools: Tools) -> dict[str, tuple[TemplateSpec, SheetSpec]]:
    """Return the data sheets that name a customer, in the forms' order; the first form that has one describes it."""
    found: dict[str, tuple[TemplateSpec, SheetSpec]] = {}
    for spec in tools.specs:
        for sheet in spec.sheets:
            if sheet.role is SheetRole.DATA and sheet.of_type(ColumnType.CUSTOMER):
                found.setdefault(sheet.key, (spec, sheet))
    return found


def deal_columns(tools: Tools) -> dict[str, tuple[str, str | None, str | None]]:
    """Return the sheets of opportunities, each with its columns of stage, amount and currency."""
    found = {}
    for key, (_, sheet) in customer_sheets(tools).items():
        stage, amount, currency = (sheet.meaning(one) for one in (Meaning.STAGE, Meaning.AMOUNT, Meaning.CURRENCY))
        if stage is not None and sheet.meaning(Meaning.PROJECT) is not None:
            found[key] = (stage.key, amount.key if amount else None, currency.key if currency else None)
    return found


_SAID_ELSEWHERE = frozenset({Meaning.CUSTOMER_CITY, Meaning.CUSTOMER_INDUSTRY, Meaning.CUSTOMER_LEVEL})


def is_telling(column: ColumnSpec) -> bool:
    """Say whether a column tells something that the customer's page does not tell anyway."""
    return (
        column.type not in (ColumnType.CUSTOMER, ColumnType.TIME, ColumnType.PHONE, ColumnType.EMAIL)
        and column.meaning not in _SAID_ELSEWHERE
        and column.meaning is not Meaning.CONTACT_TITLE
    )


def cell(spec: TemplateSpec, column: ColumnSpec, value: object, language: Language) -> str:
    """Return a stored value in words: a choice by its label, a number with its thousands."""
    if value is None or value == "":
        return ""
    if column.type is ColumnType.ENUM and column.list is not None:
        items = spec.lists[column.list].items
        return next((one.label.in_(language) for one in items if one.code == value), str(value))
    if isinstance(value, bool):
        return text("customer.yes" if value else "customer.no", language)
    if isinstance(value, Decimal):
        return f"{value:,f}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
