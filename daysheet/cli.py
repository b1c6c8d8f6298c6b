"""
The command line: noun, then verb; data on stdout, talk on stderr.

Commands are loaded when they are called, so that ``--help`` pays for none of them.
"""

import os
import sys
from importlib import import_module
from types import TracebackType

import click

from daysheet.errors import DaysheetError

COMMANDS = {
    # noun: (module, one line)
    "init": ("init", "Write config.yaml, the database and the first template."),
    "serve": ("serve", "Run the whole service: poll, process, answer."),
    "mailbox": ("mailbox", "Poll the mailboxes once; list messages; work them again; account for all."),
    "ingest": ("ingest", "Feed files or folders through the pipeline, as if mailed."),
    "people": ("people", "Import reps, assistants, managers, stewards."),
    "template": ("template", "Build the blank workbook; show the form it is built from."),
    "workbook": ("workbook", "Check a workbook without storing anything."),
    "names": ("names", "Try the naming rules: check names, compare two."),
    "customers": ("customers", "Import, show, search, merge and export the master data."),
    "reviews": ("reviews", "List the questions to the stewards, and answer them."),
    "spotcheck": ("spotcheck", "Draw customers for a check by phone; take back what was found."),
    "digest": ("digest", "Send digests, reminders and morning mails; choose who gets which."),
    "outbox": ("outbox", "Send the answers that wait; list them; let failed ones go again."),
    "alarms": ("alarms", "List what an operator must look at, and clear it."),
    "oauth": ("oauth", "Log in where passwords are gone: Microsoft 365, Gmail."),
    "config": ("config", "Check, show or describe the settings."),
    "db": ("db", "Bring the database up to date."),
    "doctor": ("doctor", "Check everything the service needs."),
    "demo": ("demo", "Feed the sample mails through a database of their own."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the nouns in the order a newcomer needs them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command called *cmd_name*, or None."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"daysheet.commands.{COMMANDS[cmd_name][0]}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table above, without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(noun, line) for noun, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest command named for a misspelt one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, n=1)
            if not close:
                raise
            raise click.UsageError(f"{error.format_message()} Did you mean '{close[0]}'?", ctx) from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config", "config_file", type=click.Path(), help="Settings file (or DAYSHEET_CONFIG; else ./config.yaml)."
)
@click.version_option(package_name="daysheet", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, config_file: str | None) -> None:
    """Turn the Excel daily reports that sales reps e-mail into one clean customer database."""
    ctx.obj = config_file


def main() -> None:
    """Run the command line; an error that a person can act on is one sentence and an exit code, never a traceback."""
    sys.excepthook = _say_without_secrets
    before = os.umask(0o077)  # reports, exports and backups hold people's data: files are for whoever runs this
    try:
        code = cli.main(prog_name="daysheet", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = 2
    except click.Abort:
        click.echo("stopped", err=True)
        code = 130
    except DaysheetError as error:
        click.echo(f"daysheet: {error}", err=True)
        code = error.exit_code
    except BrokenPipeError:
        # the reader of our output has gone (| head): nothing to say, and nobody to say it to
        sys.stderr.close()
        code = 0
    finally:
        os.umask(before)
    sys.exit(code if isinstance(code, int) else 0)


def _say_without_secrets(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print the traceback of a bug, without what an exception's text may quote of a cell or a login."""
    import traceback

    from daysheet.model.redaction import redacted

    click.echo(redacted("".join(traceback.format_exception(kind, error, trace))), err=True, nl=False)


if __name__ == "__main__":
    main()
