"""``daysheet db``: bring the database up to date; back it up, put it back, write it out."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from daysheet.commands.session import CHECK_FAILED, emit, open_tools, plain, progress, say, settings_of
from daysheet.errors import UsageError

if TYPE_CHECKING:
    from daysheet.services.archive import Manifest
    from daysheet.services.restoring import Restored

_PATH = click.Path(path_type=Path)


@click.group()
def command() -> None:
    """Bring the database up to date; back it up with the raw mails; put a backup back; write everything out."""


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


@command.command()
@click.argument("file", type=_PATH, required=False)
@click.option("--keep", type=click.IntRange(1, 10000), help="Keep so many backups in the folder; remove older ones.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def backup(ctx: click.Context, file: Path | None, keep: int | None, as_json: bool) -> None:
    """Write database and raw mails into one file, while the service runs, and read it back.

    FILE is a new file, or a folder in which it is named after the instant (default:
    backups in data_dir). Passwords of the settings are not in it. Exit 8 where raw mails
    that the database knows were lost before.
    """
    from daysheet.services import backup as backups

    with open_tools(ctx, check_schema=False) as (_, tools), progress("backing up") as advance:
        made = backups.make(tools, file, keep=keep, on_progress=advance)
    if as_json:
        emit({"path": made.path, "size": made.size, "removed": made.removed, **plain(made.manifest)})
    else:
        click.echo(made.path)
        rows = sum(made.manifest.tables.values())
        say(f"{rows:,} rows, {made.manifest.mails:,} raw mails, {made.size / 2**20:,.1f} MiB; read back, all is in it")
        for old in made.removed:
            say(f"removed: {old}")
    if made.manifest.missing:
        say(f"{len(made.manifest.missing)} raw mails are not in it: they were lost. See: daysheet mailbox account")
        ctx.exit(CHECK_FAILED)


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read and compare everything; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def restore(ctx: click.Context, file: Path, dry_run: bool, as_json: bool) -> None:
    """Put a backup into the database and the spool of the settings, both of which must be empty.

    All of it or nothing; then the accounts are closed as of the backup. Exit 8 where they do not.
    """
    from daysheet.services import erasures, restoring
    from daysheet.services.archive import Manifest

    with open_tools(ctx, check_schema=False) as (settings, tools), progress("restoring") as advance:
        done = restoring.restore(tools, file, dry_run=dry_run, on_progress=advance)
        if isinstance(done, Manifest):
            _say_manifest(done, as_json)
            return
    if as_json:
        emit(done)
    else:
        _say_manifest(done.manifest, as_json=False)
        _say_restored(done, list(settings.mailboxes))
    _say_erasures(done)
    if not (settings.data_dir / erasures.FILE).exists():
        say(f"there is no {erasures.FILE} in {settings.data_dir}: who was erased after this backup cannot be named")
    if done.accounts is not None and not done.accounts.is_closed:
        ctx.exit(CHECK_FAILED)


def _say_manifest(manifest: "Manifest", as_json: bool) -> None:
    if as_json:
        emit(manifest)
        return
    click.echo(f"of\t{manifest.at:%F %T} UTC")
    click.echo(f"rows\t{sum(manifest.tables.values())}")
    click.echo(f"raw mails\t{manifest.mails}")
    say(f"written by Daysheet {manifest.program}, revision {manifest.revision}, {manifest.dialect}: sound")


def _say_restored(done: "Restored", mailboxes: list[str]) -> None:
    if done.accounts is None:
        say(f"put back; {done.outdated}")
    else:
        for fault in done.accounts.faults:
            say(fault)
        say("put back; the accounts close" if done.accounts.is_closed else "put back; THE ACCOUNTS DO NOT CLOSE")
    for name in mailboxes:
        say(f"mails taken since lie in its folder of done ones: daysheet mailbox recover {name}")


def _say_erasures(done: "Restored") -> None:
    if not done.erasures:
        return
    say("erased after this backup, and back with it:")
    for one in done.erasures:
        say(f"  {one.kind} {', '.join(map(str, one.ids))}, erased {one.at:%F %T} UTC")
    for line in done.again:
        say(f"erase it again: {line}")


@command.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--csv", "with_csv", is_flag=True, help="Also write each table as CSV for a spreadsheet.")
@click.option("--no-mails", is_flag=True, help="Leave the raw mails out.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def export(ctx: click.Context, folder: Path, with_csv: bool, no_mails: bool, as_json: bool) -> None:
    """Write everything in open formats into a new folder: tables as JSON lines, raw mails, a description.

    Passwords, sessions and tokens are left out.
    """
    from daysheet.services import exporting

    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty: name a new folder")
    with open_tools(ctx) as (_, tools), progress("exporting") as advance:
        done = exporting.export(tools, folder, with_csv=with_csv, with_mails=not no_mails, on_progress=advance)
    if as_json:
        emit(done)
        return
    for name, number in done.tables.items():
        click.echo(f"{name}\t{number}")
    say(f"{sum(done.tables.values()):,} rows of {len(done.tables)} tables, {done.mails:,} raw mails in {folder}")
