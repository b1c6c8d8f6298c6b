"""``daysheet digest``: what goes out by the clock, by hand; who gets what; the appraisal sheet."""

from pathlib import Path

import click

from daysheet.commands.session import emit, open_tools, refuse_other_than_xlsx, say
from daysheet.errors import UsageError
from daysheet.model.digests import DigestKind

KINDS = [str(kind) for kind in DigestKind]
OPTIONAL = [str(kind) for kind in DigestKind if kind.is_optional]


@click.group()
def command() -> None:
    """Send digests, reminders and morning mails by hand; choose who gets which."""


@command.command()
@click.option("--kind", type=click.Choice(KINDS), help="Which mail (default: everything the schedule owes now).")
@click.option("--period", default="", metavar="PERIOD", help="2026-W47, 2026-11 or 2026-11-24 (default: the latest).")
@click.option("--to", default="", metavar="NUMBER", help="Only to this employee.")
@click.option("--again", is_flag=True, help="Also to those who have had it: as another mail.")
@click.option("--dry-run", is_flag=True, help="With --out: write the mails there; nothing is stored or queued.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for --dry-run.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per kind and period.")
@click.pass_context
def send(
    ctx: click.Context,
    kind: str | None,
    period: str,
    to: str,
    again: bool,
    dry_run: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Queue a mail as the schedule would, once to each receiver; or write it into a folder to look at."""
    from daysheet import wiring
    from daysheet.services import digests, digests_by_hand

    if dry_run != (out is not None):
        raise click.UsageError("--dry-run and --out go together: daysheet digest send --dry-run --out FOLDER")
    if kind is None and (period or to or again or dry_run):
        raise click.UsageError("say which mail: --kind weekly")
    if again and dry_run:
        raise click.UsageError("--again sends; --dry-run does not")
    with open_tools(ctx) as (settings, tools):
        if kind is None:
            ran = digests.run_due(tools)
        else:
            which = DigestKind(kind)
            about = digests_by_hand.period_of(tools, which, period)
            if out is not None:
                delivery = wiring.open_delivery(settings, out)
                number = digests_by_hand.preview(tools, which, about, delivery, to=to)
                say(f"{number} mails written to {out}")
                return
            ran = (digests_by_hand.send(tools, which, about, to=to, again=again),)
    for one in ran:
        if as_json:
            emit(one)
        else:
            say(
                f"{one.kind} {one.period}: {one.queued} queued, {one.had} had it already, "
                f"{one.silent} with nothing to say"
            )
    if not ran and not as_json:
        say("nothing is due")


@command.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10000), help="How many of each.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: runs and mails.")
@click.pass_context
def list_(ctx: click.Context, limit: int, as_json: bool) -> None:
    """List the latest runs (kind, period, time zone, mails) and the latest mails (to whom, how far)."""
    from daysheet.services.digests_by_hand import history

    with open_tools(ctx) as (_, tools):
        past = history(tools, limit)
    if as_json:
        emit(past)
        return
    for run in past.runs:
        click.echo("\t".join(["run", f"{run.at:%F %R}", run.kind, run.period, run.zone, f"{run.mails} mails"]))
    for mail in past.mails:
        cells = ["mail", f"{mail.at:%F %R}", mail.kind, mail.period, mail.number, mail.name, mail.state]
        click.echo("\t".join(" ".join(cell.split()) for cell in cells))
    say(f"{len(past.runs)} runs, {len(past.mails)} mails")


@command.command()
@click.argument("number")
@click.argument("kind", type=click.Choice(OPTIONAL))
@click.pass_context
def subscribe(ctx: click.Context, number: str, kind: str) -> None:
    """Let the employee NUMBER get a kind of mail: morning, steward, weekly or monthly."""
    _choose(ctx, number, kind, wants=True)


@command.command()
@click.argument("number")
@click.argument("kind", type=click.Choice(OPTIONAL))
@click.pass_context
def unsubscribe(ctx: click.Context, number: str, kind: str) -> None:
    """Let the employee NUMBER no longer get it."""
    _choose(ctx, number, kind, wants=False)


def _choose(ctx: click.Context, number: str, kind: str, *, wants: bool) -> None:
    from daysheet.services import subscriptions

    with open_tools(ctx) as (_, tools):
        is_new = subscriptions.choose(tools, number, DigestKind(kind), wants)
    now = "gets" if wants else "does not get"
    say(f"{number} {now} {kind}" + ("" if is_new else ", as before"))


@command.command()
@click.option("--period", required=True, metavar="PERIOD", help="2026-11, 2026-W47 or a day.")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Workbook (.xlsx) to write."
)
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Its language (default: the company's).")
@click.option("--to", default="", metavar="NUMBER", help="For this manager: only whom they lead.")
@click.pass_context
def appraisal(ctx: click.Context, period: str, out: Path, lang: str | None, to: str) -> None:
    """Write a period's reporting figures per rep, team and region as a workbook."""
    from daysheet.model.text import Language
    from daysheet.services.digests_by_hand import appraisal_sheet

    refuse_other_than_xlsx(out)
    with open_tools(ctx) as (_, tools):
        content = appraisal_sheet(tools, period, Language(lang) if lang else tools.house.language, to)
    try:
        out.write_bytes(content)
    except OSError as error:
        raise UsageError(f"cannot write {out}: {error.strerror}") from error
    say(f"{out}: {len(content):,} bytes")
