"""``daysheet serve``: the whole service in one process."""

import click

from daysheet.commands.session import log_trust, open_tools, say


@click.command()
@click.pass_context
def command(ctx: click.Context) -> None:
    """Poll, work, answer and show the console until stopped (SIGTERM or Ctrl-C); a restart is always safe."""
    from contextlib import ExitStack
    from threading import Event

    from daysheet import wiring
    from daysheet.scheduler import serve

    with open_tools(ctx) as (settings, tools):
        # what cannot work is said now, not in an hour's log
        for name, box in settings.mailboxes.items():
            wiring.open_mailbox(name, box, settings)
        wiring.open_delivery(settings).close()
        if not settings.mailboxes:
            say("no mailbox is set; only answers that wait will be sent")
        log_trust(settings)
        stop = Event()
        with ExitStack() as stack:
            if settings.web.enabled:
                console = stack.enter_context(wiring.open_console(settings, tools))
                say(f"console: {console.url}")
            serve(settings, tools, stop)
