"""``daysheet demo``: the sample mails through a database of their own."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from daysheet.commands.session import program, say, start_log

if TYPE_CHECKING:
    from daysheet.demo.run import Shown


@click.command()
@click.option(
    "--exit", "ends", is_flag=True, help="End when the mails are worked; else keep serving the demo's mailbox."
)
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-output"),
    show_default=True,
    help="Folder for database, mailbox and answers; made anew.",
)
@click.pass_context
def command(ctx: click.Context, ends: bool, folder: Path) -> None:
    """Feed the sample mails through the pipeline and show what became of each."""
    from threading import Event

    from daysheet import scheduler, wiring
    from daysheet.demo import customers, digests, run
    from daysheet.demo.company import STEWARD

    settings = run.prepare(folder)
    start_log(settings)
    unexpected = 0
    with wiring.open_tools(settings) as tools:
        say("four months of reports come in first …")
        run.begin(settings, tools)
        for shown in run.feed(settings, tools):
            unexpected += not shown.is_as_expected
            _print(shown, folder)
        click.echo()
        command_line = f"{program()} --config {folder / 'config.yaml'}"
        for line in customers.show(settings, tools, command_line):
            click.echo(line)
        say("")
        say(f"answers (.eml, .html, .xlsx): {folder / 'answers'}")
        say(f"look around:  {command_line} customers search 云杉")
        if unexpected:
            say(f"{unexpected} mails did not end as they should")
            ctx.exit(1)
        link = f"/enter?token={run.let_in(tools)}"
        say("digests, as they would be mailed now:")
        for file in digests.write(settings, tools):
            click.echo(f"  {folder / file.relative_to(settings.data_dir)}")
        if ends:
            _say_who_else(command_line)
            say(f"serve the console:  {command_line} serve")
            click.echo(f"console: http://{settings.web.host}:{settings.web.port}{link}")
            return
        with wiring.open_console(settings, tools) as console:
            say(f"serving the mailbox {folder / 'maildir'} until Ctrl-C: put a mail (.eml) into its new/ folder")
            _say_who_else(command_line)
            say(f"the link lets you in once, as the steward; another:  {command_line} people grant {STEWARD} --all")
            click.echo(f"console: {console.url}{link}")
            scheduler.serve(settings, tools, Event())


def _say_who_else(command_line: str) -> None:
    from daysheet.demo import run

    say("links for the others, each for one person to sign in with:")
    for line in run.others(command_line):
        click.echo(f"  {line}")


def _print(shown: "Shown", folder: Path) -> None:
    sample = shown.sample
    why = " ".join(shown.codes) or str(shown.reason)
    rows = f" [{shown.landed} in, {shown.parked} to correct]" if shown.landed or shown.parked else ""
    answers = next((file for file in shown.answers if file.suffix == ".html"), None)
    where = f" → {folder / 'answers' / answers.parent.name / answers.stem}.*" if answers else " → no answer"
    mark = "" if shown.is_as_expected else f"   EXPECTED {sample.ends}"
    click.echo(f"{sample.number:>2}  {shown.state:<11} {sample.about}: {why}{rows}{where}{mark}")
