"""``daysheet alarms``: what an operator must look at."""

import click

from daysheet.commands.session import NOT_ACCEPTED, emit, open_tools, say


@click.group()
def command() -> None:
    """List what an operator must look at, and clear what is done with."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per alarm.")
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List the open alarms, newest first: id, when, kind, what about, details."""
    from daysheet.services.operating import open_alarms

    with open_tools(ctx) as (_, tools):
        found = open_alarms(tools)
    for alarm in found:
        if as_json:
            emit(alarm)
        else:
            click.echo(f"{alarm.id}\t{alarm.raised_at:%F %R}\t{alarm.kind}\t{alarm.subject}\t{alarm.detail}")
    say(f"{len(found)} open")


@command.command()
@click.argument("ids", nargs=-1, type=int, metavar="ID…")
@click.option("--all", "everything", is_flag=True, help="Every open alarm.")
@click.pass_context
def clear(ctx: click.Context, ids: tuple[int, ...], everything: bool) -> None:
    """Close alarms that are done with; exit 6 where one of them is not open."""
    from daysheet.services.operating import clear_alarms

    if everything == bool(ids):
        raise click.UsageError("name the alarms by their ids (daysheet alarms list), or give --all")
    with open_tools(ctx) as (_, tools):
        cleared = clear_alarms(tools, None if everything else ids)
    for missing in sorted(set(ids) - cleared):
        say(f"{missing}: no such alarm is open")
    say(f"{len(cleared)} cleared")
    if set(ids) - cleared:
        ctx.exit(NOT_ACCEPTED)
