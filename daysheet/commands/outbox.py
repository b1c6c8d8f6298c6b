"""``daysheet outbox``: send the answers that wait, list them, let those that failed go again."""

from pathlib import Path

import click

from daysheet.commands.session import NOT_ACCEPTED, UNREACHABLE, emit, open_tools, progress, say


@click.group()
def command() -> None:
    """Send the answers that wait; list answers; let those that failed go again."""


STATES = ("queued", "sending", "sent", "failed", "held", "bounced", "given-up")
STUCK = ("failed", "held", "bounced")


@command.command()
@click.option("--dry-run", is_flag=True, help="With --out: write the mails there; nothing is sent or marked.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for --dry-run.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def flush(ctx: click.Context, dry_run: bool, out: Path | None, as_json: bool) -> None:
    """Send every answer that is due; exit 5 where one could not be handed over and will be tried again."""
    from daysheet import wiring
    from daysheet.services import outbox

    if dry_run != (out is not None):
        raise click.UsageError("--dry-run and --out go together: daysheet outbox flush --dry-run --out FOLDER")
    with open_tools(ctx) as (settings, tools):
        delivery = wiring.open_delivery(settings, out)
        if dry_run:
            number = outbox.preview(tools, delivery)
            say(f"{number} mails written to {out}")
            return
        try:
            with progress("sending") as advance:
                flushed = outbox.flush(tools, delivery, on_progress=advance)
        finally:
            delivery.close()
    if as_json:
        emit(flushed)
    else:
        say(f"{flushed.sent} sent, {flushed.deferred} deferred, {flushed.failed} failed")
    if flushed.deferred:
        ctx.exit(UNREACHABLE)


@command.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(STATES),
    default=STUCK,
    show_default=True,
    help="May be repeated.",
)
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10000))
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per answer.")
@click.pass_context
def list_(ctx: click.Context, states: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List answers, newest first: id, when written, state, kind, recipient, tries, last error."""
    from daysheet.services.operating import mails

    with open_tools(ctx) as (_, tools):
        found = mails(tools, states, limit)
    for one in found:
        if as_json:
            emit(one)
            continue
        cells = (one.id, f"{one.created_at:%F %R}", one.state, one.kind, one.recipient, one.attempts, one.last_error)
        click.echo("\t".join(" ".join(str(cell).split()) for cell in cells))
    say(f"{len(found)} {', '.join(states)}")


@command.command()
@click.argument("ids", nargs=-1, type=int, metavar="ID…")
@click.option("--all", "everything", is_flag=True, help="Every answer that failed, came back or is held.")
@click.pass_context
def retry(ctx: click.Context, ids: tuple[int, ...], everything: bool) -> None:
    """Let answers that failed, came back or are held go once more; exit 6 where one did none of that."""
    from daysheet.services.operating import retry_mails

    if everything == bool(ids):
        raise click.UsageError("name the answers by their ids (daysheet outbox list), or give --all")
    with open_tools(ctx) as (_, tools):
        number = retry_mails(tools, None if everything else ids)
    say(f"{number} to be sent again: daysheet outbox flush, or the running service")
    if not everything and number < len(set(ids)):
        say(f"{len(set(ids)) - number} neither failed nor came back, nor are held")
        ctx.exit(NOT_ACCEPTED)
