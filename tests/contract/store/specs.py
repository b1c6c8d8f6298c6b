"""A small template, with one column of every type."""

from collections.abc import Sequence
from dataclasses import replace

from daysheet.model.template import (
    ColumnSpec,
    ColumnType,
    ListItem,
    ListSpec,
    Meaning,
    SheetRole,
    SheetSpec,
    TemplateSpec,
)
from daysheet.model.text import Bilingual


def a_column(
    key: str, type_: ColumnType = ColumnType.TEXT, meaning: Meaning | None = None, **rest: object
) -> ColumnSpec:
    """A column labelled by its key."""
    return replace(ColumnSpec(key, Bilingual(f"{key} 列", key), type_, meaning), **rest)  # type: ignore[arg-type]


def a_sheet(key: str, columns: Sequence[ColumnSpec], role: SheetRole = SheetRole.DATA) -> SheetSpec:
    """A sheet labelled by its key."""
    return SheetSpec(key, Bilingual(f"{key} 表", key), role, tuple(columns))


COVER = a_sheet(
    "cover",
    [
        a_column("rep_number", meaning=Meaning.REP_NUMBER),
        a_column("report_date", ColumnType.DATE, Meaning.REPORT_DATE),
    ],
    SheetRole.COVER,
)
VISITS = a_sheet(
    "visits",
    [
        a_column("visit_date", ColumnType.DATE, Meaning.ROW_DATE),
        a_column("start_time", ColumnType.TIME),
        a_column("customer", ColumnType.CUSTOMER),
        a_column("city", meaning=Meaning.CUSTOMER_CITY),
        a_column("contact", meaning=Meaning.CONTACT_NAME),
        a_column("phone", ColumnType.PHONE, Meaning.CONTACT_PHONE),
        a_column("email", ColumnType.EMAIL, Meaning.CONTACT_EMAIL),
        a_column("way", ColumnType.ENUM, list="way"),
        a_column("people", ColumnType.INT),
        a_column("is_invoiced", ColumnType.BOOL),
        a_column("content"),
    ],
)
OPPORTUNITIES = a_sheet(
    "opportunities",
    [
        a_column("customer", ColumnType.CUSTOMER),
        a_column("project", meaning=Meaning.PROJECT),
        a_column("stage", ColumnType.ENUM, Meaning.STAGE, list="stage"),
        a_column("amount", ColumnType.DECIMAL, Meaning.AMOUNT),
        a_column("currency", ColumnType.ENUM, Meaning.CURRENCY, list="currency"),
    ],
)


def a_list(key: str, *codes: str) -> ListSpec:
    """A list whose labels are its codes."""
    return ListSpec(key, tuple(ListItem(code, Bilingual(code, code)) for code in codes))


LISTS = {
    spec.key: spec
    for spec in (
        a_list("way", "onsite", "phone"),
        a_list("stage", "lead", "quoted", "won", "lost"),
        a_list("currency", "CNY", "USD"),
    )
}


def a_template(
    sheets: Sequence[SheetSpec] = (COVER, VISITS, OPPORTUNITIES),
    *,
    template_id: str = "daily",
    version: int = 1,
    digest: str = "d1",
) -> TemplateSpec:
    """A template of *sheets*; give each change of them its own *digest*."""
    return TemplateSpec(template_id, version, 1, Bilingual("日报", "Daily report"), tuple(sheets), LISTS, digest)


SPECS = (a_template(),)
