"""``daysheet workbook``: check a workbook without storing anything."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daysheet.commands.session import NOT_ACCEPTED, emit, open_tools, say, settings_of
from daysheet.model.text import Language

if TYPE_CHECKING:
    from daysheet.services.check import FileCheck


@click.group()
def command() -> None:
    """Check a workbook without storing anything."""


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--db", "with_database", is_flag=True, help="Also names and known customers; still stores nothing.")
@click.option("--as", "number", default="", help="With --db: the rep's employee number.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the messages (default: the company's).")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per issue.")
@click.pass_context
def check(ctx: click.Context, file: Path, with_database: bool, number: str, lang: str | None, as_json: bool) -> None:
    """Say everything that is wrong with FILE, with cell and suggestion; exit 6 where a row would not land."""
    from daysheet.i18n import issue_text

    settings = settings_of(ctx)
    language = Language(lang) if lang else settings.company.language
    checked = _with_database(ctx, file, number) if with_database else _file_only(ctx, file)
    for found in checked.issues:
        if as_json:
            emit({"message": issue_text(found, language)} | _fields(found))
        else:
            where = " ".join(part for part in (found.place.sheet, found.place.cell) if part)
            click.echo(f"{found.severity}\t{found.code}\t{where}\t{issue_text(found, language)}")
    say(f"{file.name}: {checked.rows} rows, {checked.errors} errors, {checked.warnings} warnings")
    if checked.errors:
        ctx.exit(NOT_ACCEPTED)


def _fields(found: object) -> dict[str, object]:
    from daysheet.model.issues import Issue

    assert isinstance(found, Issue)
    return {
        "code": found.code,
        "severity": found.severity,
        "sheet": found.place.sheet,
        "cell": found.place.cell,
        "field": found.place.field,
        "found": found.found,
        "suggestions": found.suggestions,
        "is_fixed": found.is_fixed,
    }


def _file_only(ctx: click.Context, file: Path) -> "FileCheck":
    from daysheet import wiring
    from daysheet.services.check import check_file

    settings = settings_of(ctx)
    with wiring.open_reader(settings) as reader:
        return check_file(
            reader, wiring.load_specs(settings), file.name, file.read_bytes(), _today(settings.company.timezone)
        )


def _with_database(ctx: click.Context, file: Path, number: str) -> "FileCheck":
    from daysheet.services.check_known import check_with_database

    with open_tools(ctx) as (_, tools):
        return check_with_database(tools, file.name, file.read_bytes(), number)


def _today(zone: str) -> date:
    from zoneinfo import ZoneInfo

    from daysheet import wiring

    return wiring.now().astimezone(ZoneInfo(zone)).date()
