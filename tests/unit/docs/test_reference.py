"""The reference names everything there is, and nothing that is not."""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

import click
import pytest
import sqlalchemy as sa
from pydantic import BaseModel

from daysheet import config, errors, wiring
from daysheet.cli import cli
from daysheet.commands import session
from daysheet.config import CalendarSettings, MailboxSettings, OAuthSettings, Settings
from daysheet.model.answers import AnswerKind
from daysheet.model.customers import CustomerStatus
from daysheet.model.issues import IssueCode
from daysheet.model.mail import MessageState, Reason
from daysheet.model.names import Status
from daysheet.model.people import Role
from daysheet.model.rows import RowState
from daysheet.model.template import ColumnType, Meaning, RuleKind
from daysheet.naming import lexicon
from daysheet.services import import_customers, people
from daysheet.services.units import UNITS
from daysheet.store.sheets import FIXED, SheetTables
from daysheet.store.tables import metadata, outbox
from daysheet.templates_xlsx import spec
from tests.unit.docs import pages

# ---- commands ----------------------------------------------------------------------------------


def commands(group: click.Group = cli, path: str = "daysheet") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


COMMANDS = dict(commands())


def options(command: click.Command) -> set[str]:
    return {option for one in command.params for option in one.opts if option.startswith("--")}


def test_every_command_is_documented_and_no_other() -> None:
    documented = [code for heading in pages.headings(pages.reference("cli")) for code in pages.code_spans(heading)]
    assert sorted(documented) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented_and_no_other(name: str) -> None:
    section = pages.section(pages.reference("cli"), f"`{name}`")
    assert set(pages.first_cells(section)) == options(COMMANDS[name])


def test_the_options_of_the_whole_program_are_documented() -> None:
    assert set(pages.first_cells(pages.section(pages.reference("cli"), "Commands"))) == options(cli)


def test_every_exit_code_is_documented() -> None:
    def below(error: type[errors.DaysheetError]) -> Iterator[int]:
        yield error.exit_code
        for narrower in error.__subclasses__():
            yield from below(narrower)

    used = {0, 130, session.NOT_ACCEPTED, session.CHECK_FAILED, *below(errors.DaysheetError)}
    documented = {int(row[0]) for row in pages.table_rows(pages.section(pages.reference("cli"), "Exit codes"))}
    assert documented == used


# ---- settings ----------------------------------------------------------------------------------


NAMED = {"mailboxes": MailboxSettings, "calendars": CalendarSettings, "oauth": OAuthSettings}


def settings(model: type[BaseModel] = Settings, path: str = "") -> Iterator[tuple[str, object]]:
    for name, field in model.model_fields.items():
        if not path and name in NAMED:
            yield from settings(NAMED[name], f"{name}.<name>.")
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings(field.annotation, f"{path}{name}.")
        else:
            yield f"{path}{name}", None if field.is_required() else field.get_default(call_default_factory=True)


def shown(default: object) -> str:
    if default in (None, "", (), {}, frozenset()):
        return "–"
    if isinstance(default, dict):
        return ", ".join(f"{key}: {value}" for key, value in default.items())
    return (
        ", ".join(sorted(default) if isinstance(default, frozenset) else default)
        if isinstance(default, tuple | frozenset)
        else str(default)
    )


def test_every_setting_is_documented_with_its_default_and_no_other() -> None:
    rows = pages.table_rows(pages.reference("config"))
    documented = {name: row[1] for row in rows for name in pages.code_spans(row[0])}
    assert documented == {path: shown(default) for path, default in settings()}


def test_the_annotated_example_is_in_order_and_shows_every_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("DAYSHEET_")]:
        monkeypatch.delenv(name)
    path = pages.ROOT / "config.yaml"
    chosen = config.load(path)
    wiring.load_specs(chosen)
    wiring.open_naming(chosen)
    for name, box in chosen.mailboxes.items():
        wiring.open_mailbox(name, box)
    written = set(re.findall(r"^[\s#]*(\w+):", pages.text(path), flags=re.MULTILINE))
    passwords = {"password", "client_secret"}  # belong into the environment, as the example says
    assert {setting.rpartition(".")[2] for setting, _ in settings()} - passwords <= written


# ---- issues, states, reasons -------------------------------------------------------------------


def test_every_issue_code_is_documented_with_its_severity_and_no_other() -> None:
    rows = pages.table_rows(pages.reference("issues"))
    documented = [(row[0].strip("`"), row[1]) for row in rows]
    assert documented == [(str(code), str(code.severity)) for code in IssueCode]
    assert all(row[2] and row[3] for row in rows), "meaning and what to do"


def test_exactly_the_codes_that_nothing_raises_are_called_reserved() -> None:
    reserved = {row[0].strip("`") for row in pages.table_rows(pages.reference("issues")) if "Reserved" in row[2]}
    rooms = ("ingest", "naming", "validation", "dedupe", "services", "templates_xlsx", "model")
    sources = [
        path.read_text(encoding="utf-8")
        for room in rooms
        for path in (pages.ROOT / "daysheet" / room).rglob("*")
        if path.suffix in (".py", ".yaml") and path.name not in ("verdicts.py", "issues.py")  # these list all codes
    ]

    def is_raised(code: IssueCode) -> bool:
        marks = (f"IssueCode.{code.name}", str(code), f'"{code.removeprefix("SD-N")}"')
        return any(mark in source for mark in marks for source in sources)

    for_company_rules = {IssueCode.ROW_RULE}  # named in a company's own template only
    assert {str(code) for code in set(IssueCode) - for_company_rules if not is_raised(code)} == reserved


OUTBOX_STATES = ("queued", "sending", "sent", "failed", "held", "bounced", "given-up")


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("Messages and submissions", MessageState),
        ("Reasons", Reason),
        ("Rows", RowState),
        ("Customers", CustomerStatus),
        ("Answers", [*OUTBOX_STATES, *AnswerKind]),
    ],
)
def test_every_state_and_reason_is_documented_and_no_other(heading: str, values: type[StrEnum] | list[str]) -> None:
    section = pages.section(pages.reference("states-and-reasons"), heading)
    assert sorted(pages.first_cells(section)) == sorted(str(value) for value in values)


def test_the_outbox_knows_no_other_state() -> None:
    comment = (pages.ROOT / "daysheet" / "store" / "outbox.py").read_text(encoding="utf-8")
    used = set(re.findall(r"state=\"([\w-]+)\"", comment)) | set(re.findall(r"c\.state == \"([\w-]+)\"", comment))
    assert outbox.c.state is not None
    assert used == set(OUTBOX_STATES)


# ---- tables ------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_every_column_is_documented_and_no_other(table: sa.Table) -> None:
    assert pages.first_cells(pages.section(pages.reference("schema"), f"`{table.name}`")) == [c.name for c in table.c]


def test_every_table_is_documented_and_no_other() -> None:
    documented = [code for heading in pages.headings(pages.reference("schema")) for code in pages.code_spans(heading)]
    assert sorted(documented) == sorted(metadata.tables)


def test_the_tables_of_the_sheets_are_documented() -> None:
    page = pages.reference("schema")
    assert tuple(pages.first_cells(pages.section(page, "Columns of every sheet"))) == FIXED
    rows = pages.table_rows(pages.section(page, "The packaged columns"))
    documented = {pages.code_spans(row[0])[0]: pages.code_spans(row[1]) for row in rows}
    tables = SheetTables([spec.load(name) for name in spec.PACKAGED])
    assert documented == {key: list(columns) for key, columns in tables.columns.items()}


# ---- the template's YAML -----------------------------------------------------------------------


def test_every_type_meaning_and_rule_is_documented_and_no_other() -> None:
    page = pages.reference("template-yaml")
    assert sorted(pages.first_cells(pages.section(page, "Types"))) == sorted(ColumnType)
    assert sorted(pages.first_cells(pages.section(page, "Meanings"))) == sorted(Meaning)
    assert sorted(pages.first_cells(pages.section(page, "Row rules"))) == sorted(RuleKind)


def keys_of(kind: str) -> set[str]:
    """The keys the program accepts, read off its own complaint about one it does not know."""
    wrong = "zzzzzzzzzzzz: 1"
    column = "{key: a, label: {zh: 甲, en: A}, type: text%s}"
    sheet = "{key: s, label: {zh: 乙, en: B}, columns: [%s]%s}"
    form = "id: f\nversion: 1\ntitle: {zh: 丙, en: C}\nsheets: [%s]\n%s"
    texts = {
        "Form": form % (sheet % (column % "", ""), wrong),
        "Sheets": form % (sheet % (column % "", f", {wrong}"), ""),
        "Columns": form % (sheet % (column % f", {wrong}", ""), ""),
    }
    with pytest.raises(errors.ConfigError, match="zzzz") as caught:
        spec.parse(texts[kind], "f.yaml")
    found = re.search(r"(?:known|valid|keys)[^:]*: (.+)$", str(caught.value).splitlines()[0])
    assert found is not None, str(caught.value)
    return set(re.findall(r"\w+", found[1]))


@pytest.mark.parametrize("kind", ["Form", "Sheets", "Columns"])
def test_every_key_of_a_form_is_documented_and_no_other(kind: str) -> None:
    assert set(pages.first_cells(pages.section(pages.reference("template-yaml"), kind))) == keys_of(kind)


def test_the_small_form_is_one() -> None:
    (example,) = pages.blocks(pages.reference("template-yaml"), "yaml")
    assert [sheet.key for sheet in spec.parse(example, "example.yaml").data_sheets] == ["calls"]


# ---- naming and lists --------------------------------------------------------------------------


def naming_page() -> str:
    return pages.text(pages.ROOT / "docs" / "concepts" / "naming.md")


def packaged_rules() -> Mapping[str, object]:
    import yaml

    path = pages.ROOT / "daysheet" / "naming" / "lexicons" / "rules.yaml"
    rules: Mapping[str, object] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return rules


def test_every_naming_rule_is_documented_and_no_other() -> None:
    assert set(pages.first_cells(pages.section(naming_page(), "Your own rules"))) == set(packaged_rules())


def test_every_step_of_the_naming_rules_is_documented() -> None:
    steps = packaged_rules()["steps"]
    assert isinstance(steps, dict)
    named = {code for row in pages.table_rows(pages.section(naming_page(), "The steps")) for code in row[1].split("`")}
    assert set(steps) - named == {"LAT"}, "LAT is explained below the keys"
    assert "`LAT`" in naming_page()


def test_the_example_of_own_naming_rules_is_accepted() -> None:
    import yaml

    (example,) = pages.blocks(naming_page(), "yaml")
    lexicon.load(yaml.safe_load(example)["naming_rules"])


def test_the_example_of_a_name_is_true() -> None:
    from daysheet.naming.engine import NamingEngine

    rows = pages.table_rows(naming_page())
    raw, canonical, key = (row[2].strip("`") for row in rows[:3])
    parse = NamingEngine(lexicon.load()).parse(raw)
    assert (parse.canonical, parse.key) == (canonical, key)


def test_every_verdict_is_explained() -> None:
    explained = {row[0] for row in pages.table_rows(pages.section(naming_page(), "The verdict"))}
    assert explained == {str(status).replace("_", "-" if status is Status.AUTO_FIXED else " ") for status in Status}


@pytest.mark.parametrize(
    ("page", "section", "headers"),
    [
        ("people", "List your people", people.HEADERS),
        ("people", "Teams and regions", UNITS.headers),
        ("customers", "", import_customers.HEADERS),
    ],
)
def test_every_column_of_a_list_is_documented_and_no_other(
    page: str, section: str, headers: Mapping[str, Sequence[str]]
) -> None:
    text = pages.text(pages.ROOT / "docs" / "howto" / f"{page}.md")
    if section:
        text = pages.section(text, section)
    rows = [row for row in pages.table_rows(text) if "`" in row[0]]
    documented = {key: row[1].split(", ") for row in rows for key in pages.code_spans(row[0])}
    assert set(documented) == set(headers)
    for key, chinese in documented.items():
        assert set(chinese) & set(headers[key]), f"{key} is not known as {chinese}"


def test_every_role_is_documented() -> None:
    page = pages.text(pages.ROOT / "docs" / "howto" / "people.md")
    assert all(f"`{role}`" in page for role in Role)
