"""``daysheet db``: bring the database up to date."""

import click

from daysheet.commands.session import emit, say, settings_of


@click.group()
def command() -> None:
    """Bring the database up to date."""


@command.command()
@click.option("--dry-run", is_flag=True, help="Say what would change.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def upgrade(ctx: click.Context, dry_run: bool, as_json: bool) -> None:
    """Apply new revisions and add the tables and columns that the forms ask for."""
    from daysheet import wiring
    from daysheet.services import setup

    settings = settings_of(ctx)
    specs = wiring.load_specs(settings)
    database = wiring.open_database(settings)
    try:
        report = setup.upgrade(database, specs, wiring.now(), dry_run=dry_run)
    finally:
        database.close()
    if as_json:
        emit(report)
        return
    for line in report.changes:
        click.echo(line)
    say("nothing to do" if not report.changes else "would change as above" if dry_run else "done")
