"""``daysheet people``: who reports, who may send for whom, who answers."""

from pathlib import Path

import click

from daysheet.commands.session import NOT_ACCEPTED, emit, open_tools, say


@click.group()
def command() -> None:
    """Import reps, assistants, managers, stewards."""


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the list; store nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def import_(ctx: click.Context, file: Path, dry_run: bool, as_json: bool) -> None:
    """Add or update people from a CSV or XLSX list, by employee number.

    Columns: number, name, role, addresses, team, region, language, timezone, manager,
    may_submit_for. Several values in one cell are separated by | or ;
    """
    from daysheet.services.people import import_file

    with open_tools(ctx) as (_, tools):
        result = import_file(tools, file.name, file.read_bytes(), dry_run=dry_run)
    if as_json:
        emit(result)
    else:
        for fault in result.faults:
            click.echo(f"{file.name}:{fault.row}: {fault.message}")
        would = "would be " if dry_run else ""
        say(f"{result.added} {would}added, {result.updated} {would}updated, {len(result.faults)} not accepted")
    if result.faults:
        ctx.exit(NOT_ACCEPTED)
