"""``daysheet template``: build the blank workbook, show the form it is built from."""

from pathlib import Path

import click

from daysheet.commands.session import open_tools, say, settings_of
from daysheet.errors import UsageError


@click.group()
def command() -> None:
    """Build the blank workbook; show the form it is built from."""


@command.command()
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the guide (default: the company's).")
@click.option("--lite", is_flag=True, help="The short form for phones.")
@click.option("--form", help="Another form of the settings, by its id.")
@click.option("--rep", "number", help="Employee number: this rep's own workbook, for today.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write (default: named after the form)."
)
@click.option("--dry-run", is_flag=True, help="Build it, write nothing.")
@click.pass_context
def build(
    ctx: click.Context,
    lang: str | None,
    lite: bool,
    form: str | None,
    number: str | None,
    out: Path | None,
    dry_run: bool,
) -> None:
    """Write the workbook that reps fill in."""
    from daysheet import wiring
    from daysheet.model.text import Language
    from daysheet.services.templates import blank, personal

    settings = settings_of(ctx)
    wanted, held = form or ("lite" if lite else None), ""
    if number:
        with open_tools(ctx) as (_, tools):
            own = personal(tools, number, wanted, Language(lang) if lang else None)
        file_name, content = own.name, own.content
        held = f" ({own.customers} customers, {own.deals} deals, {own.plans} plans)"
    else:
        language = Language(lang) if lang else settings.company.language
        file_name, content = blank(wiring.load_specs(settings), wanted, language)
    target = out or Path(file_name)
    if not dry_run:
        try:
            target.write_bytes(content)
        except OSError as error:
            raise UsageError(f"cannot write {target}: {error.strerror}") from error
    say(f"{target}: {len(content):,} bytes{held}" + (" (not written)" if dry_run else ""))


@command.command()
@click.option(
    "--form", help="A packaged form (daily_report, lite) or one of the settings, by its id (default: the first)."
)
@click.pass_context
def show(ctx: click.Context, form: str | None) -> None:
    """Print a form's YAML, to copy and change."""
    from daysheet import wiring

    click.echo(wiring.form_text(settings_of(ctx), form), nl=False)
