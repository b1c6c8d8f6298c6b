"""``daysheet customers contacts``: the people that reports name at a customer."""

from pathlib import Path

import click

from daysheet.commands.session import emit, open_tools, say

_INTO = click.Path(file_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """List, write out and erase the people that reports name at a customer."""


@command.command("list")
@click.argument("customer_id", type=int, metavar="CUSTOMER")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per contact.")
@click.pass_context
def list_contacts(ctx: click.Context, customer_id: int, as_json: bool) -> None:
    """List the contacts of a customer and of what was merged with it: id, name, title, phone, e-mail."""
    from daysheet.services import disclosing

    with open_tools(ctx) as (_, tools):
        found = disclosing.contacts_of(tools, customer_id)
    for one in found:
        if as_json:
            emit(one)
        else:
            click.echo("\t".join((str(min(one.ids)), one.name, one.title, one.phone, one.email)))
    say(f"{len(found)} contacts")


@command.command("export")
@click.argument("contact_id", type=int, metavar="CONTACT")
@click.option("--out", "folder", type=_INTO, required=True, help="The folder to make.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def export_contact(ctx: click.Context, contact_id: int, folder: Path, as_json: bool) -> None:
    """Write out all that is held of a contact, as JSON lines."""
    from daysheet.services import disclosing

    with open_tools(ctx) as (_, tools):
        done = disclosing.contact(tools, contact_id, folder)
    if as_json:
        emit(done)
        return
    say(f"{sum(done.rows.values())} rows of {len(done.rows)} tables: {done.folder}")


@command.command("forget")
@click.argument("contact_id", type=int, metavar="CONTACT")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def forget_contact(ctx: click.Context, contact_id: int, yes: bool, as_json: bool) -> None:
    """Erase what identifies a contact, for good, with the raw mails that name them; the visits stay."""
    from daysheet.model.memory import OPERATOR
    from daysheet.services import disclosing, forgetting

    with open_tools(ctx) as (_, tools):
        known = disclosing.contact_of(tools, contact_id)
        if not yes:
            click.confirm(f"erase {known.name} ({contact_id}) for good, with the raw mails?", abort=True, err=True)
        done = forgetting.contact(tools, contact_id, OPERATOR)
    if as_json:
        emit(done)
        return
    say(f"erased, known from now on as {done.known_as}: {sum(done.rows.values())} rows changed, {done.mails} raw mails")
    say("backups made so far still hold the contact; see docs/howto/privacy.md")
