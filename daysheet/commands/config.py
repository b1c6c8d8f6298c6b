"""``daysheet config``: check, show or describe the settings."""

import json
import re

import click

from daysheet import config
from daysheet.commands.session import say, settings_of, warn_of_exposed_secrets, warn_of_trust
from daysheet.errors import ConfigError

_PASSWORD_IN_URL = re.compile(r"(?<=://)([^:/?#@]*):.*@")  # up to the last @: a password may hold one, or a slash
_PASSWORD_IN_QUERY = re.compile(r"(?i)((?:password|passfile|sslpassword)=)[^&#]*")


@click.group()
def command() -> None:
    """Check, show or describe the settings."""


@command.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Read the settings, the forms, the naming rules and the calendars; say what is wrong with file, line and key."""
    from daysheet import wiring

    settings = settings_of(ctx)
    for name, box in settings.mailboxes.items():
        wiring.open_mailbox(name, box, settings)
    warn_of_trust(settings)
    warn_of_exposed_secrets(ctx)
    settings.read_secrets()
    forms = wiring.load_specs(settings)
    wiring.open_naming(settings)
    wiring.calendars(settings)
    if trouble := wiring.chart_trouble(settings):
        raise ConfigError(trouble)
    if settings.smtp.host or settings.smtp.folder:
        wiring.open_delivery(settings)
    source = config.find_file(ctx.find_root().obj)
    say(f"{source or 'environment and defaults'}: in order; forms: {', '.join(form.id for form in forms)}")


@command.command()
@click.pass_context
def show(ctx: click.Context) -> None:
    """Print the settings as they are in force, secrets as stars."""
    import yaml

    content = settings_of(ctx).model_dump(mode="json")
    content["database"]["url"] = _starred(content["database"]["url"])
    click.echo(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), nl=False)


def _starred(url: str) -> str:
    return _PASSWORD_IN_QUERY.sub(r"\1**********", _PASSWORD_IN_URL.sub(r"\1:**********@", url))


@command.command()
def schema() -> None:
    """Print the JSON Schema of the settings, for editors."""
    click.echo(json.dumps(config.Settings.model_json_schema(), ensure_ascii=False, indent=2))
