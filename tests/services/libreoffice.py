"""A real LibreOffice, headless, with a profile of its own: opens a workbook, changes cells, saves it."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

PATIENCE = 120  # seconds for one run on a busy machine
INSTALL = "apt-get install -y --no-install-recommends libreoffice-calc"

_MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
{code}
</script:module>
"""
_LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard"
 library:readonly="false" library:passwordprotected="false">
<library:element library:name="Module1"/>
</library:library>
"""
_BASIC = """Sub Change(source As String, target As String)
Dim hidden(0) As New com.sun.star.beans.PropertyValue
hidden(0).Name = "Hidden" : hidden(0).Value = True
Dim book : book = StarDesktop.loadComponentFromURL(source, "_blank", 0, hidden())
Dim sheet
{steps}
Dim saved(0) As New com.sun.star.beans.PropertyValue
saved(0).Name = "FilterName" : saved(0).Value = "Calc MS Excel 2007 XML"
book.storeToURL(target, saved())
book.close(True)
StarDesktop.terminate()
End Sub"""


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody types into a cell."""

    sheet: str
    cell: str
    value: str | int | float | date

    @property
    def basic(self) -> str:
        """The step as LibreOffice's Basic says it."""
        cell = f'book.Sheets.getByName("{self.sheet}").getCellRangeByName("{self.cell}")'
        if isinstance(self.value, date):
            return f'{cell}.setFormula("{self.value.isoformat()}")'
        if isinstance(self.value, str):
            said = self.value.replace('"', '""')
            return f'{cell}.setString("{said}")'
        return f"{cell}.setValue({self.value})"


@dataclass(frozen=True, slots=True)
class Copied:
    """A range that somebody copies, hidden cells and all."""

    sheet: str
    source: str
    target: str

    @property
    def basic(self) -> str:
        """The step as LibreOffice's Basic says it."""
        return (
            f'sheet = book.Sheets.getByName("{self.sheet}") : '
            f'sheet.copyRange(sheet.getCellRangeByName("{self.target}").getCellAddress(), '
            f'sheet.getCellRangeByName("{self.source}").getRangeAddress())'
        )


class Office:
    """LibreOffice with its files in *home*."""

    def __init__(self, home: Path) -> None:
        program = shutil.which("soffice")
        if program is None:
            pytest.fail(f"LibreOffice is not installed; install it with: {INSTALL}")
        self._program = program
        self._home = home

    def changed(self, content: bytes, steps: Sequence[Typed | Copied] = ()) -> bytes:
        """Return the workbook as LibreOffice saves it after *steps*."""
        self._install(_BASIC.format(steps="\n".join(step.basic for step in steps)))
        source, target = self._home / "in.xlsx", self._home / "out.xlsx"
        source.write_bytes(content)
        target.unlink(missing_ok=True)
        macro = f'macro:///Standard.Module1.Change("{source.as_uri()}","{target.as_uri()}")'
        said = self._run("--norestore", macro)
        assert target.exists(), f"LibreOffice made nothing of it: {said}"
        return target.read_bytes()

    def _install(self, code: str) -> None:
        """Put *code* into the profile, where LibreOffice looks for a person's macros."""
        folder = self._home / "profile" / "user" / "basic" / "Standard"
        if not folder.exists():
            self._run("--convert-to", "csv", "--outdir", str(self._home), str(self._blank()))  # makes the profile
            folder.mkdir(parents=True, exist_ok=True)
        escaped = code.replace("&", "&amp;").replace("<", "&lt;")
        (folder / "Module1.xba").write_text(_MODULE.format(code=escaped), encoding="utf-8")
        (folder / "script.xlb").write_text(_LIBRARY, encoding="utf-8")

    def _blank(self) -> Path:
        path = self._home / "blank.csv"
        path.write_text("1\n", encoding="utf-8")
        return path

    def _run(self, *arguments: str) -> str:
        profile = f"-env:UserInstallation={(self._home / 'profile').as_uri()}"
        command = [self._program, profile, "--headless", *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        return f"{ran.stdout} {ran.stderr}"
