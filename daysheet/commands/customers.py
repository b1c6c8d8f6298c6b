"""``daysheet customers``: the master data."""

import csv
import sys
from pathlib import Path

import click

from daysheet.commands.session import NOT_ACCEPTED, emit, open_tools, progress, say
from daysheet.errors import UsageError


@click.group()
def command() -> None:
    """Import, show, search and export the master data."""


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--system", help="Name under which the list's ids are kept (default: matching.external_id_system).")
@click.option("--dry-run", is_flag=True, help="Say what would happen; store nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def import_(ctx: click.Context, file: Path, system: str | None, dry_run: bool, as_json: bool) -> None:
    """Load a customer list (CSV, TSV or XLSX) through the naming rules.

    Columns: name; also id, parent_id, aliases (separated by |), credit_code, city, industry,
    level, address, phone, note.
    """
    from daysheet.services.import_customers import import_file

    with open_tools(ctx) as (_, tools), progress("customers") as advance:
        result = import_file(tools, file.name, file.read_bytes(), system=system, dry_run=dry_run, on_progress=advance)
    if as_json:
        emit(result)
    else:
        for line in result.lines:
            click.echo(f"{file.name}:{line.row}\t{line.outcome}\t{line.name}\t{line.note}")
        say(f"{result.added} added, {result.matched} known, {result.rejected} not accepted" + " (dry run)" * dry_run)
    if result.rejected:
        ctx.exit(NOT_ACCEPTED)


@command.command()
@click.argument("customer_id", type=int)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def show(ctx: click.Context, customer_id: int, as_json: bool) -> None:
    """Show everything known of one customer; a merged customer's id leads to what it became."""
    from daysheet.services.customers import lines
    from daysheet.services.customers import show as view

    with open_tools(ctx) as (_, tools):
        found = view(tools, customer_id)
    if found is None:
        raise UsageError(f"there is no customer {customer_id}")
    if as_json:
        emit(found)
        return
    for label, value in lines(found):
        click.echo(f"{label}\t{value}")


@command.command()
@click.argument("text")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500))
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per customer.")
@click.pass_context
def search(ctx: click.Context, text: str, limit: int, as_json: bool) -> None:
    """Find customers by part of a name or alias, or by credit code."""
    from daysheet.services.customers import search as find

    with open_tools(ctx) as (_, tools):
        found = find(tools, text, limit)
    for customer in found:
        if as_json:
            emit(customer)
        else:
            click.echo(f"{customer.id}\t{customer.display_name}\t{customer.status}\t{customer.city or ''}")


@command.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write (default: stdout).")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of CSV.")
@click.pass_context
def export(ctx: click.Context, out: Path | None, as_json: bool) -> None:
    """Write all customers as CSV (UTF-8 with a mark, so that Excel reads it)."""
    from daysheet.services.customers import export_rows, safe_cell

    with open_tools(ctx) as (_, tools):
        rows = export_rows(tools)
        try:
            target = open(out, "w", encoding="utf-8-sig", newline="") if out else sys.stdout  # noqa: SIM115
        except OSError as error:
            raise UsageError(f"cannot write {out}: {error.strerror}") from error
        writer, number = None, 0
        for row in rows:
            number += 1
            if as_json:
                emit(row)
                continue
            if writer is None:
                writer = csv.DictWriter(target, list(row))
                writer.writeheader()
            writer.writerow({key: safe_cell(value) for key, value in row.items()})
        if out:
            target.close()
    say(f"{number} customers")
