"""``daysheet outbox``: send the answers that wait."""

from pathlib import Path

import click

from daysheet.commands.session import UNREACHABLE, emit, open_tools, progress, say


@click.group()
def command() -> None:
    """Send the answers that wait."""


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
