"""Write a workbook to bytes that depend on its content alone."""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

from openpyxl.workbook import Workbook
from openpyxl.writer.excel import ExcelWriter

EPOCH = datetime(2026, 1, 1)  # noqa: DTZ001 -- openpyxl takes naive UTC; any fixed instant does
_ENTRY_DATE = (1980, 1, 1, 0, 0, 0)  # the first a zip can state

Rewrite = Callable[[str, bytes], bytes]


class _StillZip(zipfile.ZipFile):
    """A zip whose entries carry no clock; *rewrite* may change a part as it is written."""

    def __init__(self, target: io.BytesIO, rewrite: Rewrite | None) -> None:
        super().__init__(target, "w", zipfile.ZIP_DEFLATED)
        self._rewrite = rewrite

    def writestr(self, zinfo_or_arcname: str | zipfile.ZipInfo, data: Any, *_: Any, **__: Any) -> None:
        """Write one part under a fixed date."""
        name = zinfo_or_arcname if isinstance(zinfo_or_arcname, str) else zinfo_or_arcname.filename
        content = data.encode() if isinstance(data, str) else bytes(data)
        entry = zipfile.ZipInfo(name, _ENTRY_DATE)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        super().writestr(entry, self._rewrite(name, content) if self._rewrite else content)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Write one part from the temporary file that openpyxl made for it."""
        with open(filename, "rb") as file:
            self.writestr(str(arcname).lstrip("/"), file.read())


def to_bytes(book: Workbook, rewrite: Rewrite | None = None) -> bytes:
    """
    Return *book* as a file: the same content gives the same bytes.

    openpyxl's own save stamps the hour into the properties and into every zip entry.
    """
    target = io.BytesIO()
    ExcelWriter(book, _StillZip(target, rewrite)).save()
    return target.getvalue()
