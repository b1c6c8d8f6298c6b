"""``daysheet ingest``: files or folders through the same pipeline, as if mailed."""

from pathlib import Path

import click

from daysheet.commands.session import NOT_ACCEPTED, emit, open_tools, progress

FINE = {"accepted", "duplicate", "ignored"}


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--as", "number", default="", help="Employee number of the rep; skips the sender check.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per file.")
@click.option("--dry-run", is_flag=True, help="Name the files that would be fed; store nothing.")
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], number: str, as_json: bool, dry_run: bool) -> None:
    """Feed .eml and workbook files, or folders of them, through the pipeline."""
    from daysheet.services.ingest import find_files, ingest_file, known_rep, refuse_bare_workbooks

    files = find_files(paths)
    if not number:
        refuse_bare_workbooks(files)
    if dry_run:
        for file in files:
            click.echo(file)
        return
    worst = 0
    with open_tools(ctx) as (_, tools), progress("files", len(files)) as advance:
        if number:
            known_rep(tools, number)
        for done, file in enumerate(files, start=1):
            line = ingest_file(tools, file, number)
            advance(done)
            if line.state not in FINE:
                worst = NOT_ACCEPTED
            if as_json:
                emit(line)
            else:
                click.echo(f"{line.state}\t{line.reason}\t{' '.join(line.codes)}\t{line.file}")
    ctx.exit(worst)
