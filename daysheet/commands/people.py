"""``daysheet people``: who reports, who may send for whom, who answers."""

from pathlib import Path

import click

from daysheet.commands.session import NOT_ACCEPTED, emit, open_tools, say


@click.group()
def command() -> None:
    """Import reps, assistants, managers, stewards; let them into the console."""


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the list; store nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def import_(ctx: click.Context, file: Path, dry_run: bool, as_json: bool) -> None:
    """Add or update people, and the teams and regions they work in, from CSV or XLSX lists.

    People, by employee number: number, name, role, addresses, team, region, language,
    timezone, manager, may_submit_for, active, reports, since. Units, by name: kind (team,
    region), name, parent, manager, timezone, language, calendar; a workbook may hold both
    lists. Several values in one cell are separated by | or ;
    """
    from daysheet.services.people import import_file

    with open_tools(ctx) as (_, tools):
        result = import_file(tools, file.name, file.read_bytes(), dry_run=dry_run)
    if as_json:
        emit(result)
    else:
        for told in (*result.faults, *result.notes):
            place = f"{file.name}:{told.sheet}" if told.sheet else file.name
            click.echo(f"{place}:{told.row}: {told.message}")
        would = "would be " if dry_run else ""
        if result.units_added or result.units_updated or result.units_unchanged:
            changed = f"{result.units_added} {would}added, {result.units_updated} {would}updated"
            say(f"teams and regions: {changed}, {result.units_unchanged} unchanged")
        if result.teams_made:
            say(f"teams: {result.teams_made} {would}made, as people name them")
        noted = f", {len(result.notes)} to look at" if result.notes else ""
        say(f"{result.added} {would}added, {result.updated} {would}updated, {len(result.faults)} not accepted{noted}")
    if result.faults:
        ctx.exit(NOT_ACCEPTED)


@command.command("grant")
@click.argument("number")
@click.option("--all", "sees_all", is_flag=True, help="Sees every customer (administrators always do).")
@click.option("--region", "regions", multiple=True, metavar="NAME", help="Sees the people of this region; repeatable.")
@click.option("--team", "teams", multiple=True, metavar="NAME", help="Sees the people of this team; repeatable.")
@click.option("--token", "token_name", metavar="NAME", help="Make a token for a program instead of a link.")
@click.option("--disable", "disables", is_flag=True, help="Close the account, its sessions and tokens.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def grant(
    ctx: click.Context,
    number: str,
    sees_all: bool,
    regions: tuple[str, ...],
    teams: tuple[str, ...],
    token_name: str | None,
    disables: bool,
    as_json: bool,
) -> None:
    """Let a steward, manager or administrator into the console.

    Prints a one-time link to choose a password with. NUMBER is the employee number.
    """
    from daysheet.model.memory import OPERATOR
    from daysheet.services import access

    if (sees_all or regions or teams) and (disables or token_name):
        raise click.UsageError("--all, --region and --team say what a person sees; leave them out here")
    if disables and token_name:
        raise click.UsageError("--token and --disable exclude each other")
    said = {"number": number, "link": None, "token": None, "is_disabled": disables}
    with open_tools(ctx) as (settings, tools):
        if disables:
            access.disable(tools, number, OPERATOR)
        elif token_name:
            said["token"] = access.new_token(tools, number, token_name, OPERATOR)
        else:
            token = access.grant(tools, number, sees_all=sees_all, regions=regions, teams=teams, by=OPERATOR)
            web = settings.web
            host = f"[{web.host}]" if ":" in web.host else web.host
            at = web.public_url or f"http://{host}:{web.port}"
            said["link"] = f"{at}/enter?token={token}"
    if as_json:
        emit(said)
        return
    if made := said["link"] or said["token"]:
        click.echo(made)
    if disables:
        say(f"{number} can no longer sign in")
    elif said["link"]:
        say("the link works once, within a day")


_INTO = click.Path(file_okay=False, path_type=Path)


@command.command()
@click.argument("number")
@click.option("--out", "folder", type=_INTO, required=True, help="The folder to make.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def export(ctx: click.Context, number: str, folder: Path, as_json: bool) -> None:
    """Write out all that is held of a person: rows as JSON lines, and the raw mails."""
    from daysheet.services import disclosing

    with open_tools(ctx) as (_, tools):
        done = disclosing.person(tools, number, folder)
    if as_json:
        emit(done)
        return
    lost = f", {done.lost} no longer kept" if done.lost else ""
    say(f"{sum(done.rows.values())} rows of {len(done.rows)} tables, {done.mails} raw mails{lost}: {done.folder}")


@command.command()
@click.argument("number")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def forget(ctx: click.Context, number: str, yes: bool, as_json: bool) -> None:
    """Erase for good what identifies a person who has left; their figures stay, under a number that says nothing."""
    from daysheet.model.memory import OPERATOR
    from daysheet.services import disclosing, forgetting

    with open_tools(ctx) as (_, tools):
        known = disclosing.person_of(tools, number)
        if not yes and not known.is_active:  # whoever is active is refused anyway
            click.confirm(f"erase {number} {known.name} for good, with the raw mails?", abort=True, err=True)
        done = forgetting.person(tools, number, OPERATOR)
    if as_json:
        emit(done)
        return
    say(f"erased, known from now on as {done.known_as}: {sum(done.rows.values())} rows changed, {done.mails} raw mails")
    say("backups made so far still hold the person; see docs/howto/privacy.md")
