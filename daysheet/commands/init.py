"""``daysheet init``: write config.yaml, the database and the first template."""

import json
from pathlib import Path

import click

from daysheet import config
from daysheet.commands.session import program, say, warn_of_trust
from daysheet.errors import DaysheetError, UsageError

PROVIDERS = {
    "exmail": ("imap.exmail.qq.com", "smtp.exmail.qq.com"),  # WeCom mail (腾讯企业邮)
    "qq": ("imap.qq.com", "smtp.qq.com"),
    "163": ("imap.163.com", "smtp.163.com"),
    "aliyun": ("imap.qiye.aliyun.com", "smtp.qiye.aliyun.com"),
    "gmail": ("imap.gmail.com", "smtp.gmail.com"),
}
"""IMAP and SMTP servers of common providers, from their own help pages (2026)."""
AUTHSERV_IDS = {"gmail": "mx.google.com"}
"""Whose findings are believed where it is known beforehand: docs/howto/mail/gmail.md."""
EXAMPLE = "An annotated example of every setting"
"""How the example at the root of a clone begins."""


@click.command()
@click.option("--company", prompt="Company name / 公司名称", help="Shown as the sender of answers.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", prompt="Language / 语言", show_default=True)
@click.option("--timezone", default="Asia/Shanghai", prompt="Time zone / 时区", show_default=True)
@click.option(
    "--mailbox",
    "kind",
    type=click.Choice(["maildir", "imap", *PROVIDERS]),
    default="maildir",
    prompt="Where do reports arrive / 日报收到哪里",
    show_default=True,
)
@click.option("--host", default="", help="IMAP server, for --mailbox imap.")
@click.option("--smtp-host", default="", help="SMTP server, for --mailbox imap (default: the IMAP server).")
@click.option("--username", default="", help="Login name of the mailbox.")
@click.option(
    "--trust",
    type=click.Choice(["authserv", "internal", "none"]),
    default="authserv",
    show_default=True,
    help="How senders of an IMAP mailbox are believed.",
)
@click.option("--authserv-id", default="", help="With authserv: the name your mail server signs its findings with.")
@click.option("--database", default="sqlite:///var/daysheet.db", show_default=True, help="Database URL.")
@click.option(
    "--dir", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Where to write."
)
@click.option("--dry-run", is_flag=True, help="Print the settings; write nothing.")
@click.pass_context
def command(
    ctx: click.Context,
    company: str,
    lang: str,
    timezone: str,
    kind: str,
    host: str,
    smtp_host: str,
    username: str,
    trust: str,
    authserv_id: str,
    database: str,
    folder: Path,
    dry_run: bool,
) -> None:
    """Ask a few questions (each has a flag) and write config.yaml, the database and the first template."""
    if kind != "maildir":
        imap, smtp = PROVIDERS.get(kind, (host, smtp_host or host))
        host = host or imap or click.prompt("IMAP server / 收信服务器")
        smtp_host = smtp_host or smtp or host
        username = username or click.prompt("Login name, usually the address / 登录名")
    path = folder / config.DEFAULT_FILE
    if path.exists() and not dry_run:
        raise UsageError(_there_already(path))

    def written(authserv_id: str) -> str:
        believed = _trust_text(trust, authserv_id)
        return _settings_text(company, lang, timezone, kind, host, smtp_host, username, believed, database)

    authserv_id = authserv_id or AUTHSERV_IDS.get(kind, "")
    text = written(authserv_id)
    settings = config.parse(text, path)  # nothing is left half made by a wrong answer
    if dry_run:
        click.echo(text, nl=False)
        return
    if kind != "maildir" and trust == "authserv" and not authserv_id:
        text = written(_found_id(settings))
        settings = config.parse(text, path)
    warn_of_trust(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _prepare(settings, path, kind, lang)
        path.write_text(text, encoding="utf-8")  # last: where the database cannot be made, the next try starts afresh
    except OSError as error:
        raise UsageError(f"cannot write {error.filename or path}: {error.strerror}") from error
    say(f"wrote {path}")
    named = "" if folder.resolve() == Path.cwd() else f" --config {path}"
    say(f"next: {program()}{named} people import PEOPLE.csv   (columns: number,name,addresses)")


def _found_id(settings: config.Settings) -> str:
    """Return the authserv-id that real messages of the mailbox carry; "" where it cannot be looked into yet."""
    from daysheet import wiring
    from daysheet.model.trust import Trust, Way
    from daysheet.services import trusting

    ((name, box),) = settings.mailboxes.items()
    if not (box.password or box.password_file):
        return ""
    try:
        mailbox = wiring.open_mailbox(name, box, settings, is_only_looked_into=True)
        try:
            mailbox.open()
            seen = trusting.look(Trust(Way.AUTHSERV), trusting.waiting(mailbox))
        finally:
            mailbox.close()
    except DaysheetError as error:
        say(f"the mailbox cannot be looked into yet: {error}")
        return ""
    if not seen.ids or 2 * seen.ids[0][1] < seen.messages:
        return ""  # one among many may be a stranger's
    found, number = seen.ids[0]
    say(f"authserv_id: {found}, as {number} of {seen.messages} waiting messages say; make sure that it is your server")
    return found


def _trust_text(trust: str, authserv_id: str) -> str:
    """Return the lines of an IMAP mailbox that say how its senders are believed."""
    if trust == "none":
        return "trust: none        # every listed address is believed; see docs/howto/mailbox.md"
    if trust == "internal":
        return """trust: internal    # by a header of your own gateway; see docs/howto/mailbox.md
    internal_header: ""   # such as "X-Org-Auth: Internal"; or own_hosts, where senders sign in"""
    return f"""trust: authserv    # by what your own mail server found; see docs/howto/mailbox.md
    authserv_id: {json.dumps(authserv_id, ensure_ascii=False)}   # the name it signs with; daysheet doctor finds it"""


def _there_already(path: Path) -> str:
    try:
        is_example = path.read_text(encoding="utf-8", errors="replace").lstrip("#\n ").startswith(EXAMPLE)
    except OSError:
        is_example = False
    if is_example:
        return (
            f"{path} is the annotated example that comes with Daysheet; make your own settings in a folder of their "
            f"own: --dir FOLDER, then work in that folder or say --config FOLDER/{path.name}"
        )
    return f"{path} is there already; edit it, or name another folder with --dir"


def _prepare(settings: config.Settings, path: Path, kind: str, lang: str) -> None:
    from daysheet import wiring
    from daysheet.model.text import Language
    from daysheet.services import setup
    from daysheet.services.templates import blank

    specs = wiring.load_specs(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = wiring.open_database(settings)
    try:
        setup.upgrade(database, specs, wiring.now())
    finally:
        database.close()
    say(f"made the database {settings.model_dump(mode='json')['database']['url'].rpartition('@')[2]}")
    name, content = blank(specs, None, Language(lang))
    (path.parent / name).write_bytes(content)
    say(f"wrote {path.parent / name}: the workbook for your reps")
    if kind == "maildir":
        for box_name, box in settings.mailboxes.items():
            mailbox = wiring.open_mailbox(box_name, box, settings)
            mailbox.open()
            mailbox.close()
            say(f"made the Maildir {box.path}")


def _settings_text(
    company: str,
    lang: str,
    timezone: str,
    kind: str,
    host: str,
    smtp_host: str,
    username: str,
    believed: str,
    database: str,
) -> str:
    def quoted(value: str) -> str:
        return json.dumps(value, ensure_ascii=False)  # JSON text is YAML text

    head = f"""# Daysheet settings. Check with: daysheet config check    Describe with: daysheet config schema
company:
  name: {quoted(company)}
  language: {lang}
  timezone: {quoted(timezone)}
database:
  url: {quoted(database)}
"""
    if kind == "maildir":
        return (
            head
            + """mailboxes:
  reports:
    kind: maildir
    path: maildir
    trust: none        # a Maildir is filled by your own mail server
smtp:
  folder: answers      # answers are written here as files; set host, username … to mail them
"""
        )
    return (
        head
        + f"""mailboxes:
  reports:
    host: {quoted(host)}
    username: {quoted(username)}
    # the password: environment DAYSHEET_MAILBOXES__REPORTS__PASSWORD, or password_file
    {believed}
smtp:
  host: {quoted(smtp_host)}
  username: {quoted(username)}
  # the password: environment DAYSHEET_SMTP__PASSWORD, or password_file
"""
    )
