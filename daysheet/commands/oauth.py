"""``daysheet oauth``: log in where passwords are gone, see how logins stand, forget them."""

import click

from daysheet.commands.session import CHECK_FAILED, emit, say, settings_of


@click.group()
def command() -> None:
    """Log in where passwords are gone (Microsoft 365, Gmail); see how logins stand; forget them."""


@command.command()
@click.argument("name")
@click.option("--paste", is_flag=True, help="Google: the browser runs on another machine; paste its last address.")
@click.pass_context
def login(ctx: click.Context, name: str, paste: bool) -> None:
    """Let a person agree in a browser, and keep the tokens; try the login of a service."""
    from daysheet import wiring

    found = wiring.open_login(name, settings_of(ctx))
    standing = found.agree(say, (lambda text: str(click.prompt(text, err=True))) if paste else None)
    say(f"{name}: logged in{f' as {standing.account}' if standing.account else ''}")
    if standing.ends_on is not None:
        say(f"{name}: ends on {standing.ends_on}")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per login.")
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """List the logins: name, account, when they end, what is wrong; exit 8 where something is."""
    from daysheet import wiring

    settings = settings_of(ctx)
    standings = [wiring.open_login(name, settings).standing() for name in settings.oauth]
    for one in standings:
        if as_json:
            emit(one)
        else:
            click.echo("\t".join((one.name, one.account or "-", str(one.ends_on or "-"), one.trouble or "in order")))
    say(f"{len(standings)} logins")
    if any(one.trouble for one in standings):
        ctx.exit(CHECK_FAILED)


@command.command()
@click.argument("name")
@click.pass_context
def logout(ctx: click.Context, name: str) -> None:
    """Forget the tokens; the provider's own page ends the consent itself."""
    from daysheet import wiring

    settings = settings_of(ctx)
    was_there = wiring.open_login(name, settings).forget()
    page = {"microsoft": "https://myapps.microsoft.com", "google": "https://myaccount.google.com/connections"}
    say(f"{name}: {'forgotten' if was_there else 'there was nothing to forget'}")
    say(f"The consent itself is ended at {page[settings.oauth[name].provider]}")
