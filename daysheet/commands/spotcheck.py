"""``daysheet spotcheck``: how good the customer data is, found out by telephone."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from daysheet.commands.session import NOT_ACCEPTED, emit, open_tools, refuse_other_than_xlsx, say
from daysheet.errors import UsageError

if TYPE_CHECKING:
    from daysheet.model.intervals import Interval


@click.group()
def command() -> None:
    """Draw customers for a check by phone, take the sheet back, see what was found."""


@command.command()
@click.option("--size", required=True, type=click.IntRange(1, 2000), help="How many customers to draw.")
@click.option("--by", "strata", type=click.Choice(["region"]), help="Give each region its share, and one at least.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Draw what this number draws (default: by chance).")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the file's title (default: the company's).")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The workbook to write.")
@click.option("--dry-run", is_flag=True, help="Say what would be drawn; remember and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def sample(
    ctx: click.Context,
    size: int,
    strata: str | None,
    seed: int | None,
    lang: str | None,
    out: Path,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Draw customers and write the sheet that whoever rings them up fills in.

    Who was drawn within 90 days is left alone unless too few are left. The sheet is mailed back to the
    mailbox of the reports, or taken back by: daysheet spotcheck return
    """
    from daysheet.model.memory import OPERATOR
    from daysheet.model.text import Language
    from daysheet.services.sampling import sample as draw

    def write(content: bytes) -> None:
        try:
            if not dry_run:
                out.write_bytes(content)
        except OSError as error:
            raise UsageError(f"cannot write {out}: {error.strerror}") from error

    refuse_other_than_xlsx(out)
    with open_tools(ctx) as (_, tools):
        drawn = draw(
            tools,
            size,
            OPERATOR,
            by_region=strata == "region",
            seed=seed,
            language=Language(lang) if lang else None,
            rehearses=dry_run,
            hand_out=write,
        )
    if as_json:
        emit(
            {
                "id": drawn.id or None,
                "size": drawn.size,
                "seed": drawn.seed,
                "regions": drawn.regions,
                "file": None if dry_run else str(out),
            }
        )
        return
    for region, number in drawn.regions.items():
        click.echo(f"{region or '-'}\t{number}")
    which = f"check {drawn.id}: " if drawn.id else ""
    say(f"{which}{drawn.size} customers, seed {drawn.seed}" + (" (not drawn)" if dry_run else f", {out}"))


@command.command("return")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", metavar="EMPLOYEE_NO", help="Who made the calls (default: the operator, recorded as such).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def return_(ctx: click.Context, file: Path, by: str | None, as_json: bool) -> None:
    """Take a filled sheet back, as if mailed; exit 6 where some of it was not taken.

    Sheets may come back in parts, and again: the later one counts, line by line; an empty line leaves
    what was there.
    """
    from daysheet.services.spot_checks import give_back, told

    with open_tools(ctx) as (_, tools):
        returned = give_back(tools, file.name, file.read_bytes(), by)
        language = tools.house.language
    if as_json:
        emit(returned)
    else:
        for line in told(returned, language):
            click.echo(line)
    if returned.unread or returned.refused:
        ctx.exit(NOT_ACCEPTED)


@command.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per check.")
@click.pass_context
def list_(ctx: click.Context, limit: int, as_json: bool) -> None:
    """List the checks, newest first: id, day, who drew it, size, reached, not reached, still out, with faults."""
    from daysheet.services.spot_checks import listed

    with open_tools(ctx) as (_, tools):
        found = listed(tools, limit)
    for one in found:
        if as_json:
            emit(one)
            continue
        cells = (one.id, one.drawn_on, one.actor, one.size, one.reached, one.unreached, one.waiting, one.wrong)
        click.echo("\t".join(map(str, cells)))
    say(f"{len(found)} checks")


@command.command()
@click.argument("check_id", type=int, metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def show(ctx: click.Context, check_id: int, as_json: bool) -> None:
    """Show what a check found: every wrong value with what is right, news apart, and the rates with their intervals.

    News are values of what had not been known; they are no faults.
    Nothing is changed by what was found: a steward puts the customer right in the console.
    """
    from daysheet.services.spot_checks import news, wrong_values
    from daysheet.services.spot_checks import show as look

    with open_tools(ctx) as (_, tools):
        shown = look(tools, check_id)
    if as_json:
        emit(shown)
        return
    for item in shown.items:
        outcome = item.finding.outcome if item.finding else "out"
        start = (item.root_id, item.name, item.drawn.stratum, outcome)
        day = item.finding.checked_on if item.finding and item.finding.checked_on else ""
        note = item.finding.note if item.finding else ""
        values = "; ".join(f"{field}: {was} → {right or '?'}" for field, (was, right) in wrong_values(item).items())
        told = "; ".join(f"{field}: {value}" for field, value in news(item).items())
        click.echo("\t".join(map(str, (*start, day, values, note, told))))
    figures = shown.figures
    customers, fields = figures.get("spot.customers", 0), figures.get("spot.fields", 0)
    say(f"customers with faults: {figures.get('spot.customers_wrong', 0)} of {customers}{_rate(shown.customers)}")
    say(f"wrong fields: {figures.get('spot.fields_wrong', 0)} of {fields}{_rate(shown.fields)}")


def _rate(interval: "Interval | None") -> str:
    """Return a rate with its interval in per cent, "" where there is none."""
    if interval is None:
        return ""
    return f", {interval.rate:.1%} ({interval.low:.1%} to {interval.high:.1%} at 95 %)"
