"""``daysheet customers``: the master data."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import click

from daysheet.commands import contacts
from daysheet.commands.session import NOT_ACCEPTED, by_option, emit, open_tools, plain, progress, refuse, say
from daysheet.errors import UsageError


@click.group()
def command() -> None:
    """Import, re-check, show, search, merge, link and export the master data."""


def _a_workbook(_ctx: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    """Check the name of a workbook to write before the work begins."""
    if path is not None and path.suffix.lower() != ".xlsx":
        raise click.BadParameter(f"{path.name}: the name must end in .xlsx")
    if path is not None and not path.absolute().parent.is_dir():
        raise click.BadParameter(f"the folder {path.parent} does not exist")
    return path


_WORKBOOK = click.Path(dir_okay=False, path_type=Path)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    say(f"written: {path}")


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--system", help="Name under which the list's ids are kept (default: matching.external_id_system).")
@click.option("--dry-run", is_flag=True, help="Say what would happen; store nothing.")
@click.option("--report", type=_WORKBOOK, callback=_a_workbook, help="Also write every line into this .xlsx file.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def import_(
    ctx: click.Context, file: Path, system: str | None, dry_run: bool, report: Path | None, as_json: bool
) -> None:
    """Load a customer list (CSV, TSV or XLSX) through the naming rules.

    Columns: name; also id, parent_id, aliases (separated by |), credit_code, city, industry,
    level, address, phone, note, owner (an employee number, or a name that one person has).
    """
    from daysheet.services.import_customers import import_file
    from daysheet.services.listing import ImportReport

    content = file.read_bytes()
    with open_tools(ctx) as (_, tools), progress("customers") as advance:
        book = ImportReport(tools)
        looks: dict[str, Any] = {"inspect": book} if report else {}
        result = import_file(tools, file.name, content, system=system, dry_run=dry_run, on_progress=advance, **looks)
        if report:
            _write(report, book.workbook())
    if as_json:
        emit(result)
    else:
        for line in result.lines:
            click.echo(f"{file.name}:{line.row}\t{line.outcome}\t{line.name}\t{line.note}")
        say(f"{result.added} added, {result.matched} known, {result.rejected} not accepted" + " (dry run)" * dry_run)
        outcomes = [line.outcome for line in result.lines]
        kept, unknown = outcomes.count("owner kept"), outcomes.count("owner unknown")
        if result.owned or kept or unknown:
            would = "would be " * dry_run
            say(f"owners: {result.owned} {would}set, {kept} had another one and keep it, {unknown} unknown")
        if result.added and not dry_run:
            say("see which of them are probably one: daysheet customers recheck --dry-run")
    if result.rejected:
        ctx.exit(NOT_ACCEPTED)


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write here (default: stdout).")
@click.option("--column", help="The column that holds the names (default: the first).")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per name.")
@click.pass_context
def match(ctx: click.Context, file: Path, out: Path | None, column: str | None, as_json: bool) -> None:
    """Match a list of names (CSV, TSV or XLSX) against the known customers; nothing is stored.

    Writes tab separated columns: query, decision (match, new, review), customer_id, candidates,
    parent_id, canonical, score, reasons. Ids are those of the imported list where there is one.
    """
    from daysheet.services import match_list

    counts = {"match": 0, "review": 0, "new": 0}
    with open_tools(ctx) as (_, tools):
        queries = match_list.read_names(tools, file.name, file.read_bytes(), column)
        try:
            target = open(out, "w", encoding="utf-8", newline="") if out else sys.stdout  # noqa: SIM115
        except OSError as error:
            raise UsageError(f"cannot write {out}: {error.strerror}") from error
        writer = csv.writer(target, delimiter="\t", lineterminator="\n")
        if not as_json:
            writer.writerow(match_list.COLUMNS)
        with progress("names", len(queries)) as advance:
            for line in match_list.match(tools, queries, on_progress=advance):
                counts[line.decision] += 1
                if as_json:
                    target.write(json.dumps(plain(line), ensure_ascii=False) + "\n")
                else:
                    writer.writerow(match_list.cells(line))
        if out:
            target.close()
    say(", ".join(f"{number} {decision}" for decision, number in counts.items()))


@command.command()
@click.option("--dry-run", is_flag=True, help="Show what would be proposed; store nothing.")
@click.option("--out", type=_WORKBOOK, callback=_a_workbook, help="Also write it into this .xlsx file.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per change.")
@click.pass_context
def recheck(ctx: click.Context, dry_run: bool, out: Path | None, as_json: bool) -> None:
    """Look at all customers again: after a change of the rules, after an import, or once a week.

    Prints what is equal now, split now, or has another parent now, tab separated: change, customer,
    name, other customer, its name, score, why. Probable duplicates become questions to the stewards;
    nothing is merged or split, and what was judged stays as it was judged.
    """
    from daysheet.services import recheck as service
    from daysheet.services.listing import recheck_workbook

    with open_tools(ctx) as (_, tools):
        with progress("customers", service.size(tools)) as advance:
            result = service.recheck(tools, dry_run=dry_run, on_progress=advance)
        if out:
            _write(out, recheck_workbook(tools, result))
    for line in result.lines:
        if as_json:
            emit(line)
            continue
        other = (line.other_id or "", line.other, f"{line.score:.2f}", line.why)
        click.echo("\t".join(str(cell) for cell in (line.change, line.customer_id, line.name, *other)))
    asked = sum(line.asked for line in result.lines)
    counts = ", ".join(f"{result.of(change)} {change}" for change in service.Change)
    would = "would be " if dry_run else ""
    say(f"{result.judged} customers, {result.renewed} described anew: {counts}; {asked} {would}asked")
    if asked and not dry_run:
        say("answer them: daysheet reviews list")


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


# ---- deciding ----------------------------------------------------------------------------------


def _keep(_ctx: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    from daysheet.services.merging import MAY_KEEP

    keep: dict[str, str] = {}
    for item in given:
        name, _, side = item.partition("=")
        if name not in MAY_KEEP or side not in ("winner", "loser"):
            raise click.BadParameter(f"{item!r}: write FIELD=winner or FIELD=loser, FIELD being {', '.join(MAY_KEEP)}")
        keep[name] = side
    return keep


@command.command()
@click.argument("winner", type=int)
@click.argument("loser", type=int)
@click.option("--reason", default="", help="Why; kept with the decision.")
@click.option("--keep", multiple=True, callback=_keep, metavar="FIELD=winner|loser", help="Whose value stays.")
@by_option
@click.option("--dry-run", is_flag=True, help="Show the resulting record; merge nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def merge(
    ctx: click.Context,
    winner: int,
    loser: int,
    reason: str,
    keep: dict[str, str],
    by: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make LOSER part of WINNER; its id leads there from now on, and it can be undone at any time.

    Every row, name, contact and link stays stored where it is. Of each field the registered full
    name, else a steward's word, else the longest valid value is shown.
    """
    from daysheet.model.memory import Refusal
    from daysheet.services import merging

    request = merging.Request(winner, loser, keep, reason)
    with open_tools(ctx) as (_, tools):
        done = merging.merge(tools, request, by=by, dry_run=dry_run)
        if isinstance(done, Refusal):
            refuse(ctx, tools, done, as_json=as_json)
    if as_json:
        emit(done)
        return
    for line in done.plan.lines:
        cells = (line.field, line.winner, line.loser, line.result.text, line.result.why)
        click.echo("\t".join(str(cell).replace("\n", " / ") for cell in cells))
    name = f"m{done.event.id}" if done.event else "dry run"
    say(f"{done.plan.loser_id} is part of {done.plan.winner_id} ({name})")


@command.command()
@click.argument("merge_or_customer", metavar="EVENT_OR_CUSTOMER")
@click.option("--reason", default="", help="Why; kept in the log.")
@by_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def unmerge(ctx: click.Context, merge_or_customer: str, reason: str, by: str | None, as_json: bool) -> None:
    """Undo a merge, named as m7 or by the customer that was merged.

    What has arrived since goes to the customer whose name it bore.
    """
    from daysheet.model.memory import Refusal
    from daysheet.services import merging

    number = merge_or_customer.removeprefix("m")
    if not (number.isascii() and number.isdigit()):
        raise UsageError(f"{merge_or_customer!r}: write a merge as m7, or the number of the customer that was merged")
    asked = {"event_id" if merge_or_customer.startswith("m") else "customer_id": int(number)}
    with open_tools(ctx) as (_, tools):
        done = merging.unmerge(tools, **asked, reason=reason, by=by)
        if isinstance(done, Refusal):
            refuse(ctx, tools, done, as_json=as_json)
    if as_json:
        emit(done)
        return
    click.echo(f"m{done.event.id}\tundone\t{done.event.loser_id}")
    say(f"{done.event.loser_id} is a customer of its own again")


@command.command()
@click.argument("child", type=int)
@click.argument("parent", type=int)
@click.option("--type", "type_", help="What the child is to the parent: branch_of, subsidiary_of, campus_of …")
@click.option("--reason", default="", help="Why; kept with the decision.")
@by_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def link(
    ctx: click.Context, child: int, parent: int, type_: str | None, reason: str, by: str | None, as_json: bool
) -> None:
    """Put CHILD under PARENT; no rule will change that."""
    from daysheet.model.memory import Refusal, RelationType
    from daysheet.services import linking

    if type_ is not None and type_ not in set(RelationType):
        raise click.BadParameter(f"{type_!r}: write one of {', '.join(RelationType)}", param_hint="--type")
    chosen = RelationType(type_) if type_ else None
    with open_tools(ctx) as (_, tools):
        done = linking.link(tools, child, parent, type_=chosen, reason=reason, by=by)
        if isinstance(done, Refusal):
            refuse(ctx, tools, done, as_json=as_json)
    if as_json:
        emit(done)
    else:
        click.echo(f"{child}\t{done.link.type}\t{parent}")


@command.command()
@click.argument("child", type=int)
@click.argument("parent", type=int)
@click.option("--reason", default="", help="Why; kept with the decision.")
@by_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def unlink(ctx: click.Context, child: int, parent: int, reason: str, by: str | None, as_json: bool) -> None:
    """Take CHILD from under PARENT; no rule will put it back."""
    from daysheet.model.memory import Refusal
    from daysheet.services import linking

    with open_tools(ctx) as (_, tools):
        done = linking.unlink(tools, child, parent, reason=reason, by=by)
        if isinstance(done, Refusal):
            refuse(ctx, tools, done, as_json=as_json)
    if as_json:
        emit(done)
    else:
        click.echo(f"{child}\tcut\t{parent}")


command.add_command(contacts.command, "contacts")
