"""Merged cells among the data: what they hide of which row."""

from collections.abc import Iterator, Sequence

from daysheet.model.rows import Sheet
from daysheet.validation.columns import Header

Range = tuple[int, int, int, int]
"""First row, first column, last row, last column, from 1."""


def in_data(sheet: Sheet, header: Header) -> Iterator[Range]:
    """
    Give the merged ranges below the header that hide a field of a row.

    A cell merged with empty columns beside it hides nothing: it is one row, and one value.
    """
    known = sorted(header.columns.values())
    for merge in sheet.merges:
        first_row, first_column, last_row, last_column = merge
        within = sum(first_column <= column <= last_column for column in known)
        if first_row >= header.first_row and (within > 1 or (within and last_row > first_row)):
            yield merge


def hidden_fields(merged: Sequence[Range], header: Header, row: int) -> frozenset[str]:
    """Return the fields of *row* that lie under a merged cell, so that they are not called missing as well."""
    spans = [(left, right) for top, left, bottom, right in merged if top <= row <= bottom]
    return frozenset(
        key for key, column in header.columns.items() if any(left <= column <= right for left, right in spans)
    )
