"""``daysheet mailbox``: poll once, list messages and work them again, account for every one, recover."""

from datetime import datetime

import click

from daysheet.commands.session import CHECK_FAILED, NOT_ACCEPTED, emit, open_tools, progress, say
from daysheet.config import MailboxSettings, Settings
from daysheet.errors import ConfigError, DaysheetError
from daysheet.model.mail import MessageState


@click.group()
def command() -> None:
    """Poll the mailboxes once; list messages and work them again; account for every one; recover after a restore."""


def chosen(settings: Settings, name: str | None) -> dict[str, MailboxSettings]:
    """Return the mailboxes to work: all, or the one called *name*; raises ConfigError where there is none."""
    if not settings.mailboxes:
        raise ConfigError("no mailbox is set: add one under mailboxes: in the settings, or run daysheet init")
    if name is None:
        return settings.mailboxes
    if name not in settings.mailboxes:
        raise ConfigError(f"there is no mailbox {name!r}; there are: {', '.join(settings.mailboxes)}")
    return {name: settings.mailboxes[name]}


@command.command()
@click.option("--mailbox", "name", help="Only this one.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per message.")
@click.option("--dry-run", is_flag=True, help="Say what waits; take nothing.")
@click.pass_context
def poll(ctx: click.Context, name: str | None, as_json: bool, dry_run: bool) -> None:
    """Take every waiting message, work it, queue the answers (`outbox flush` sends them)."""
    from daysheet import wiring
    from daysheet.services.process import process_pending
    from daysheet.services.receive import poll as poll_one

    with open_tools(ctx) as (settings, tools):
        troubles: list[DaysheetError] = []
        for box_name, box in chosen(settings, name).items():
            mailbox = wiring.open_mailbox(box_name, box, settings)
            try:
                if dry_run:
                    mailbox.open()
                    say(f"{box_name}: {mailbox.count()} waiting")
                    mailbox.close()
                    continue
                with progress(f"fetching from {box_name}") as advance:
                    received = poll_one(tools, mailbox, batch=box.batch, on_progress=lambda done, _: advance(done))
                say(f"{box_name}: {received.fetched} fetched, {received.duplicates} known, {received.waiting} waiting")
            except DaysheetError as error:
                # one mailbox in trouble must not keep the others waiting
                say(f"{box_name}: {error}")
                troubles.append(error)
        if not dry_run:
            with progress("working") as advance:
                for number, outcome in enumerate(process_pending(tools), start=1):
                    advance(number)
                    _print(outcome, as_json)
        if troubles:
            ctx.exit(troubles[0].exit_code)


def _print(outcome: object, as_json: bool) -> None:
    from daysheet.services.outcome import Outcome

    assert isinstance(outcome, Outcome)
    if as_json:
        emit(outcome)
    else:
        click.echo(f"{outcome.state}\t{outcome.reason}\t{' '.join(outcome.codes)}\t{outcome.sender}\t{outcome.subject}")


@command.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in MessageState]),
    default=[MessageState.QUARANTINED.value],
    show_default=True,
    help="May be repeated.",
)
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10000))
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per message.")
@click.pass_context
def list_(ctx: click.Context, states: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List messages, newest first: id, when, state, reason, sender, subject, details."""
    from daysheet.services.operating import messages

    with open_tools(ctx) as (_, tools):
        found = messages(tools, [MessageState(state) for state in states], limit)
    for one in found:
        if as_json:
            emit(one)
            continue
        cells = (one.id, f"{one.first_seen_at:%F %R}", one.state, one.reason, one.sender, one.subject, one.detail)
        click.echo("\t".join(" ".join(str(cell).split()) for cell in cells))
    say(f"{len(found)} {', '.join(states)}")


@command.command()
@click.argument("ids", nargs=-1, required=True, type=int, metavar="ID…")
@click.option("--believe", is_flag=True, help="You have looked, and know that they are their senders'.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per message.")
@click.pass_context
def requeue(ctx: click.Context, ids: tuple[int, ...], believe: bool, as_json: bool) -> None:
    """Let messages be worked again that were set aside, or that came from an address which is listed now.

    The next poll, or the running service, works them. Exit 6 where one cannot be.
    """
    from daysheet.services.operating import requeue as let_work

    with open_tools(ctx) as (_, tools):
        done = let_work(tools, ids, is_believed=believe)
    for one in done:
        if as_json:
            emit(one)
        elif not one.is_requeued:
            say(f"{one.id}: {one.note}")
    say(f"{sum(one.is_requeued for one in done)} to be worked again: daysheet mailbox poll, or the running service")
    if not all(one.is_requeued for one in done):
        ctx.exit(NOT_ACCEPTED)


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--quick", is_flag=True, help="Do not read the spooled bytes back.")
@click.pass_context
def account(ctx: click.Context, as_json: bool, quick: bool) -> None:
    """Prove that every message seen ended in exactly one final state; exit 8 where one did not."""
    from daysheet.services.account import account as close_books

    with open_tools(ctx) as (_, tools):
        books = close_books(tools, verify_bytes=not quick)
    if as_json:
        emit(books)
    else:
        click.echo(f"messages\t{books.messages}")
        click.echo(f"sightings\t{books.sightings}")
        if books.removed:
            click.echo(f"raw bytes removed on purpose\t{books.removed}")
        for state, number in sorted(books.by_state.items()):
            click.echo(f"{state}\t{number}")
        for state, number in sorted(books.outbox.items()):
            click.echo(f"answers {state}\t{number}")
        for fault in books.faults:
            say(fault)
        say("the accounts close" if books.is_closed else "THE ACCOUNTS DO NOT CLOSE")
    if not books.is_closed:
        ctx.exit(CHECK_FAILED)


@command.command()
@click.argument("name")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only what came on this day or later.")
@click.option("--dry-run", is_flag=True, help="Say how many would go back; move nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def recover(ctx: click.Context, name: str, since: datetime | None, dry_run: bool, as_json: bool) -> None:
    """After a restore: move the done messages that the database does not know back to the inbox.

    The next poll takes them. What is known, by the hash of its bytes, stays; run it as often as you like.
    """
    from daysheet import wiring
    from daysheet.services import recovering

    with open_tools(ctx) as (settings, tools), progress("looking") as advance:
        (box,) = chosen(settings, name).values()
        done = recovering.recover(
            tools,
            wiring.open_mailbox(name, box, settings, is_backwards=True),
            since=since.date() if since else None,
            dry_run=dry_run,
            on_progress=lambda seen, _: advance(seen),
        )
    if as_json:
        emit(done)
        return
    click.echo(f"{done.seen}\tlooked at\n{done.known}\tknown\n{done.moved}\t{'would go' if dry_run else 'moved'} back")
    if done.mended:
        say(f"{done.mended} were known, but missing in the spool: their bytes are there again")
    if done.moved and not dry_run:
        say("the next poll takes them: daysheet mailbox poll, or the running service")
