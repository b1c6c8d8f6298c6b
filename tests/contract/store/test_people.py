from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from daysheet.model.organisation import Team
from daysheet.model.people import Person, Role
from daysheet.model.text import Language
from daysheet.store import organisation, people
from daysheet.store.engine import Connection
from daysheet.store.people import ImportCounts, PersonRow

TODAY = date(2026, 3, 2)
WANG = PersonRow(
    2,
    "0017",
    "王丽",
    Role.REP,
    Language.ZH,
    ("wang.li@example.com", "wl@example.com"),
    "华东一组",
    "华东",
    manager="0009",
)
LI = PersonRow(
    3,
    "0018",
    "李强",
    Role.ASSISTANT,
    addresses=("li@example.com",),
    may_submit_for=frozenset({"0017", "team:华东一组"}),
)


def test_an_imported_person_comes_back_whole(connection: Connection) -> None:
    assert people.import_people(connection, [WANG, LI], TODAY) == ImportCounts(2, 0, (), teams=1)
    found = people.find_by_number(connection, "0017")
    assert found is not None
    assert found == Person(
        found.id,
        "0017",
        "王丽",
        Role.REP,
        Language.ZH,
        ("wang.li@example.com", "wl@example.com"),
        "华东一组",
        "华东",
        manager="0009",
    )
    assistant = people.find_by_number(connection, "0018")
    assert assistant is not None
    assert assistant.may_submit(found)
    assert people.all_people(connection) == (found, assistant)
    assert people.find_by_ids(connection, [found.id]) == {found.id: found}


def test_a_person_is_found_by_each_address_in_any_case(connection: Connection) -> None:
    people.import_people(connection, [replace(WANG, addresses=("Wang.Li@Example.com ", "wl@example.com")), LI], TODAY)
    for address in ("wang.li@example.com", "WL@example.com"):
        found = people.find_by_address(connection, address)
        assert found is not None
        assert found.number == "0017"
    several = people.find_by_addresses(connection, ["WL@example.com", "li@example.com", "nobody@example.com"])
    assert {address: person.number for address, person in several.items()} == {
        "wl@example.com": "0017",
        "li@example.com": "0018",
    }


def test_nobody_is_found_where_there_is_nobody(connection: Connection) -> None:
    assert people.find_by_address(connection, "nobody@example.com") is None
    assert people.find_by_addresses(connection, []) == {}
    assert people.find_by_number(connection, "") is None
    assert people.find_by_ids(connection, []) == {}
    assert people.all_people(connection) == ()


def test_a_second_import_updates_and_replaces(connection: Connection) -> None:
    people.import_people(connection, [WANG, LI], TODAY)
    first = people.find_by_number(connection, "0017")
    changed = replace(WANG, name="王丽丽", addresses=("new@example.com",), is_active=False, language=None)
    assert people.import_people(connection, [changed, replace(LI, may_submit_for=frozenset())], TODAY) == ImportCounts(
        0, 2, ()
    )
    found = people.find_by_number(connection, "0017")
    assert first is not None
    assert found is not None
    assert found == replace(first, name="王丽丽", addresses=("new@example.com",), is_active=False, language=None), (
        "the id stays"
    )
    assert people.find_by_address(connection, "wl@example.com") is None
    assistant = people.find_by_number(connection, "0018")
    assert assistant is not None
    assert assistant.may_submit_for == frozenset()


def test_the_same_list_again_changes_nothing(connection: Connection) -> None:
    people.import_people(connection, [WANG, LI], TODAY)
    before = people.all_people(connection)
    assert people.import_people(connection, [WANG, LI], TODAY) == ImportCounts(0, 0, ())
    assert people.all_people(connection) == before


def test_an_address_of_somebody_else_is_a_fault_that_names_both(connection: Connection) -> None:
    people.import_people(connection, [WANG], TODAY)
    counts = people.import_people(
        connection, [replace(LI, addresses=("WL@example.com",)), replace(LI, row=4, number="0019")], TODAY
    )
    (fault,) = counts.faults
    assert (fault.row, fault.message) == (3, "wl@example.com belongs to 0017 (王丽), not to 0018 (李强)")
    assert counts.added == 1, "the other line is taken"
    assert people.find_by_number(connection, "0018") is None


def test_two_lines_of_one_list_with_one_address_leave_it_to_the_first(connection: Connection) -> None:
    counts = people.import_people(connection, [WANG, replace(LI, addresses=WANG.addresses)], TODAY)
    assert (counts.added, [fault.row for fault in counts.faults]) == (1, [3])


def test_an_employee_number_listed_twice_is_taken_once(connection: Connection) -> None:
    counts = people.import_people(connection, [WANG, replace(WANG, row=9, name="别人")], TODAY)
    assert (counts.added, counts.faults[0].row) == (1, 9)
    assert "0017 is in the list twice" in counts.faults[0].message


def test_two_people_may_swap_addresses(connection: Connection) -> None:
    people.import_people(connection, [WANG, LI], TODAY)
    swapped = [replace(WANG, addresses=LI.addresses), replace(LI, addresses=WANG.addresses)]
    assert people.import_people(connection, swapped, TODAY) == ImportCounts(0, 2, ())
    found = people.find_by_address(connection, "li@example.com")
    assert found is not None
    assert found.number == "0017"


def test_an_address_given_up_by_a_refused_line_is_still_that_persons(connection: Connection) -> None:
    chen = PersonRow(4, "0020", "陈静", addresses=("chen@example.com",))
    people.import_people(connection, [WANG, LI, chen], TODAY)
    # Li would take Chen's address, who is not in the list; Wang would take the one Li gives up
    counts = people.import_people(
        connection, [replace(WANG, addresses=("li@example.com",)), replace(LI, addresses=("chen@example.com",))], TODAY
    )
    assert [fault.row for fault in counts.faults] == [2, 3]
    owners = people.find_by_addresses(connection, ["li@example.com", "chen@example.com", "wl@example.com"])
    assert [owners[address].number for address in sorted(owners)] == ["0020", "0018", "0017"]


def test_a_team_gives_its_time_zone_to_those_who_have_none(connection: Connection) -> None:
    people.import_people(connection, [WANG, replace(LI, team="华东一组", timezone="Europe/Berlin")], TODAY)
    organisation.write_teams(connection, [Team(0, "华东一组", "华东", "Asia/Urumqi")])
    zones = {person.number: person.timezone for person in people.all_people(connection)}
    assert zones == {"0017": "Asia/Urumqi", "0018": "Europe/Berlin"}
    (team,) = organisation.all_teams(connection)
    assert team == Team(team.id, "华东一组", "华东", "Asia/Urumqi")


def test_a_thousand_people_go_in_with_a_handful_of_statements(connection: Connection) -> None:
    statements: list[str] = []

    @sa.event.listens_for(connection, "before_cursor_execute")
    def _count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    rows = [
        PersonRow(n, f"{n:04}", f"销售{n}", addresses=(f"rep{n}@example.com",), team=f"组{n % 9}") for n in range(1000)
    ]
    assert people.import_people(connection, rows, TODAY).added == 1000
    assert len(statements) < 40


@pytest.mark.parametrize("zone", [None, "Asia/Shanghai"])
def test_importing_nobody_is_no_fault(connection: Connection, zone: str | None) -> None:
    organisation.write_teams(connection, [Team(0, "空组", timezone=zone)])
    assert people.import_people(connection, [], TODAY) == ImportCounts(0, 0, ())
