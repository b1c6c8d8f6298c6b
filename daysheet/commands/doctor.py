"""``daysheet doctor``: check everything the service needs."""

from functools import partial
from itertools import chain

import click

from daysheet import config
from daysheet.commands.session import CHECK_FAILED, emit, open_tools, warn_of_trust


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per check.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Check Python, database, disk, mailboxes and SMTP; exit 8 where something is wrong."""
    from daysheet import wiring
    from daysheet.services.doctor import Finding, examine

    faults = 0
    with open_tools(ctx, check_schema=False) as (settings, tools):
        warn_of_trust(settings)
        boxes = {
            name: partial(wiring.open_mailbox, name, box, settings, is_only_looked_into=True)
            for name, box in settings.mailboxes.items()
        }
        delivery = partial(wiring.open_delivery, settings)
        exposed = config.exposed_files(settings, config.find_file(ctx.find_root().obj))
        files = Finding("files", not exposed, exposed or "read by nobody else")
        for finding in chain(
            [files],
            examine(
                tools, settings.data_dir, boxes, delivery, wiring.chart_trouble(settings), wiring.login_lines(settings)
            ),
        ):
            faults += not finding.is_fine
            if as_json:
                emit(finding)
            else:
                click.echo(f"{'ok   ' if finding.is_fine else 'FAULT'}\t{finding.check}\t{finding.note}")
    if faults:
        ctx.exit(CHECK_FAILED)
