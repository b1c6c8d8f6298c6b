"""``daysheet alarms``: what an operator must look at."""

from dataclasses import replace

import click

from daysheet.commands.session import NOT_ACCEPTED, emit, open_tools, say


@click.group()
def command() -> None:
    """List what an operator must look at, and clear what is done with."""


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are over, too.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10000))
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per alarm.")
@click.pass_context
def list_(ctx: click.Context, everything: bool, limit: int, as_json: bool) -> None:
    """List the open alarms, newest first: id, since when, kind, what about, in words, details, who was told."""
    from daysheet.model.text import Language
    from daysheet.services.operating import detail, in_words, latest_alarms, open_alarms

    with open_tools(ctx) as (_, tools):
        found = latest_alarms(tools, limit) if everything else open_alarms(tools, limit)
    for alarm in found:
        if as_json:
            emit(replace(alarm, detail=detail(alarm, Language.EN)))
        else:
            click.echo("\t".join(in_words(alarm)))
    say(f"{len(found)} alarms" if everything else f"{len(found)} open")


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
