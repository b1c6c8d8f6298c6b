"""``people grant`` on both databases: a link, a token, a closed account, and what cannot be granted."""

import re
from collections.abc import Iterator

import pytest
import yaml

from daysheet import config, wiring
from daysheet.services import access, people
from tests import builders
from tests.contract.commands.conftest import Shell
from tests.services.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

STAFF = """\
number,name,role,addresses,team,region,manager
E1,王丽,rep,wang.li@corp.example,一组,华东,E9
E9,赵敏,manager,zhao@corp.example,,,
S1,林婉,steward,lin@corp.example,总部,,
A1,罗敏,admin,luo@corp.example,总部,,
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def staffed(request: pytest.FixtureRequest, empty_shell: Shell) -> Iterator[Shell]:
    """A folder whose database has people to let in."""
    url, drop = f"sqlite:///{empty_shell.folder / 'daysheet.db'}", lambda: None
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        name = server.new_database()
        url, drop = server.url(name), lambda: server.drop(name)
    empty_shell.configure(database={"url": url})
    settings = config.load(empty_shell.folder / "config.yaml")
    builders.make_database(settings)
    with wiring.open_tools(settings) as tools:
        people.import_file(tools, "staff.csv", STAFF.encode())
    yield empty_shell
    drop()


def enter(shell: Shell, token: str) -> access.Entered | None:
    settings = config.load(shell.folder / "config.yaml")
    with wiring.open_tools(settings) as tools:
        return access.use_link(tools, token)


def reads(shell: Shell, token: str) -> bool:
    settings = config.load(shell.folder / "config.yaml")
    with wiring.open_tools(settings) as tools:
        return access.program(tools, token) is not None


def test_a_link_lets_in_once_with_the_view_that_was_named(staffed: Shell) -> None:
    ran = staffed("people", "grant", "S1", "--region", "华东", "--team", "一组")
    assert ran.code == 0
    assert "works once" in ran.err
    (token,) = re.findall(r"^http://127\.0\.0\.1:8321/enter\?token=([\w-]{43})$", ran.out, re.MULTILINE)
    entered = enter(staffed, token)
    assert entered is not None
    account = entered.visitor.account
    assert (account.sees_all, account.regions, account.teams) == (False, ("华东",), ("一组",))
    assert enter(staffed, token) is None


def test_the_link_leads_where_people_reach_the_console(staffed: Shell) -> None:
    settings = yaml.safe_load((staffed.folder / "config.yaml").read_text(encoding="utf-8"))
    staffed.configure(database=settings["database"], web={"public_url": "https://daysheet.corp.example"})
    assert staffed("people", "grant", "A1").out.startswith("https://daysheet.corp.example/enter?token=")
    staffed.configure(database=settings["database"], web={"host": "::1"})
    assert staffed("people", "grant", "A1").out.startswith("http://[::1]:8321/enter?token=")


def test_json_names_what_was_made(staffed: Shell) -> None:
    (made,) = staffed("people", "grant", "S1", "--all", "--json").lines
    assert (made["number"], made["token"], made["is_disabled"]) == ("S1", None, False)
    assert "/enter?token=" in made["link"]
    (made,) = staffed("people", "grant", "S1", "--token", "报表", "--json").lines
    assert (made["link"], len(made["token"])) == (None, 43)
    (made,) = staffed("people", "grant", "S1", "--disable", "--json").lines
    assert (made["link"], made["token"], made["is_disabled"]) == (None, None, True)


def test_a_token_reads_until_the_account_is_closed(staffed: Shell) -> None:
    staffed("people", "grant", "A1")
    ran = staffed("people", "grant", "A1", "--token", "报表")
    token = ran.out.strip()
    assert (ran.code, reads(staffed, token)) == (0, True)
    ran = staffed("people", "grant", "A1", "--disable")
    assert (ran.code, ran.out) == (0, "")
    assert "A1 can no longer sign in" in ran.err
    assert not reads(staffed, token)
    # a token of a closed account would open nothing
    ran = staffed("people", "grant", "A1", "--token", "报表")
    assert (ran.code, ran.out) == (2, "")
    assert "is closed" in ran.err
    assert staffed("people", "grant", "A1").code == 0
    assert staffed("people", "grant", "A1", "--token", "报表").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["E404", "--all"], "nobody has the employee number 'E404'"),
        (["E1", "--all"], "only stewards, managers and administrators"),
        (["S1"], "--all, --region NAME or --team NAME"),
        (["S1", "--token", "x"], "may sign in"),
        (["S1", "--disable"], "may sign in"),
        (["S1", "--disable", "--all"], "leave them out"),
        (["S1", "--token", "x", "--disable"], "exclude each other"),
    ],
)
def test_what_cannot_be_granted_ends_with_2_and_a_sentence(staffed: Shell, arguments: list[str], said: str) -> None:
    ran = staffed("people", "grant", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_manager_needs_no_view_of_their_own(staffed: Shell) -> None:
    token = staffed("people", "grant", "E9").out.strip().partition("token=")[2]
    entered = enter(staffed, token)
    assert entered is not None
    assert len(entered.visitor.scope.person_ids) == 2  # themselves, and E1 below them
