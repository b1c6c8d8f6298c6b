"""The organisation in the database: units, postings, and who is below whom, on both databases."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command

from daysheet.model.organisation import Organisation, Posting, Region, Team
from daysheet.model.people import Role
from daysheet.model.text import Language
from daysheet.store import migrate, organisation, people, postings, subtree
from daysheet.store.engine import Connection, Database
from daysheet.store.people import PersonRow
from daysheet.store.tables import posting

TODAY = date(2026, 3, 2)
TOMORROW, LATER = TODAY + timedelta(days=1), TODAY + timedelta(days=10)
WANG = PersonRow(2, "E1", "王丽", team="一组", region="华东", manager="E9")


def stood(connection: Connection, number: str = "E1") -> list[tuple[str, date, date | None]]:
    person = people.find_by_number(connection, number)
    assert person is not None
    return [(one.team, one.from_on, one.to_on) for one in postings.all_postings(connection).get(person.id, ())]


def ids(connection: Connection) -> list[int]:
    return list(connection.execute(sa.select(posting.c.id).order_by(posting.c.id)).scalars())


def read(connection: Connection) -> Organisation:
    return Organisation(
        people={person.id: person for person in people.all_people(connection, with_own_zones=True)},
        teams={team.name: team for team in organisation.all_teams(connection)},
        regions={region.name: region for region in organisation.all_regions(connection)},
        postings=postings.all_postings(connection),
        calendars={},
        zone="Asia/Shanghai",
    )


# ---- postings ----------------------------------------------------------------------------------


def test_a_move_ends_a_posting_and_begins_another(connection: Connection) -> None:
    people.import_people(connection, [WANG], TODAY)
    first = ids(connection)
    moved = replace(WANG, team="二组", manager="E8")
    assert people.import_people(connection, [moved], LATER).updated == 1
    assert stood(connection) == [("一组", TODAY, LATER - timedelta(days=1)), ("二组", LATER, None)]
    assert ids(connection)[:1] == first, "what is over keeps its id: figures belong to it"
    assert people.import_people(connection, [moved], LATER).updated == 0
    (_, second) = next(iter(postings.all_postings(connection).values()))
    assert (second.region, second.manager) == ("华东", "E8")


def test_a_second_list_on_one_day_changes_that_days_posting(connection: Connection) -> None:
    people.import_people(connection, [WANG], TODAY)
    people.import_people(connection, [replace(WANG, team="二组")], LATER)
    people.import_people(connection, [replace(WANG, team="三组")], LATER)
    assert stood(connection) == [("一组", TODAY, LATER - timedelta(days=1)), ("三组", LATER, None)]
    people.import_people(connection, [WANG], LATER)
    assert stood(connection) == [("一组", TODAY, None)], "called off"


def test_since_alone_is_news_and_counts_as_an_update(connection: Connection) -> None:
    people.import_people(connection, [WANG], TODAY)
    joined = replace(WANG, since=date(2024, 3, 1))
    assert people.import_people(connection, [joined], LATER).updated == 1
    assert stood(connection) == [("一组", date(2024, 3, 1), None)]
    assert people.import_people(connection, [joined], LATER).updated == 0


def test_a_change_of_name_or_address_moves_nobody(connection: Connection) -> None:
    people.import_people(connection, [WANG], TODAY)
    people.import_people(connection, [replace(WANG, name="王丽丽", addresses=("w@example.com",))], LATER)
    assert stood(connection) == [("一组", TODAY, None)]


def test_a_leaver_keeps_the_last_place_whatever_the_line_says(connection: Connection) -> None:
    people.import_people(connection, [WANG], TODAY)
    people.import_people(connection, [PersonRow(2, "E1", "王丽", is_active=False)], LATER)
    person = people.find_by_number(connection, "E1")
    assert person is not None
    assert (person.is_active, person.team, person.region, person.manager) == (False, "一组", "华东", "E9")
    assert stood(connection) == [("一组", TODAY, LATER - timedelta(days=1))]
    people.import_people(connection, [replace(WANG, team="二组")], LATER + timedelta(days=30))
    assert stood(connection)[1:] == [("二组", LATER + timedelta(days=30), None)]


def test_a_line_that_is_refused_moves_nobody(connection: Connection) -> None:
    other = PersonRow(3, "E2", "李强", team="一组", addresses=("li@example.com",))
    people.import_people(connection, [WANG, other], TODAY)
    counts = people.import_people(connection, [replace(WANG, team="二组", addresses=("li@example.com",))], LATER)
    assert len(counts.faults) == 1
    assert stood(connection) == [("一组", TODAY, None)]


def test_how_often_somebody_reports_comes_back(connection: Connection) -> None:
    people.import_people(connection, [replace(WANG, reports="weekly"), replace(WANG, number="E2")], TODAY)
    assert [person.reports for person in people.all_people(connection)] == ["weekly", None]


def test_people_of_an_older_database_have_always_stood_where_they_stand(empty_url: str, now: datetime) -> None:
    database = Database(empty_url)
    migrate.upgrade(database, [], now)
    with database.writing() as connection:
        people.import_people(connection, [WANG, replace(WANG, number="E2")], TODAY)
        people.import_people(connection, [replace(WANG, number="E2", is_active=False)], LATER)
    with database.migrating() as connection:
        command.downgrade(migrate.alembic_config(connection), "0004")
    migrate.upgrade(database, [], now)
    with database.writing() as connection:
        long_ago = date(1900, 1, 1)
        assert stood(connection) == [("一组", long_ago, None)]
        assert stood(connection, "E2") == [("一组", long_ago, long_ago)], "theirs is what they once reported"
        people.import_people(connection, [replace(WANG, team="二组", number="E2")], LATER)
        assert stood(connection, "E2")[1:] == [("二组", LATER, None)]
    database.close()


# ---- units -------------------------------------------------------------------------------------


def test_units_come_back_whole_and_are_changed_by_name(connection: Connection) -> None:
    east = Region("华东", "中国", "Asia/Shanghai", Language.ZH, "E9", "default")
    team = Team(0, "一组", "华东", "Asia/Urumqi", Language.EN, "E8", "海外")
    organisation.write_regions(connection, [Region("中国"), east])
    organisation.write_teams(connection, [team])
    (found,) = organisation.all_teams(connection)
    assert found == replace(team, id=found.id)
    assert organisation.all_regions(connection) == (Region("中国"), east)
    organisation.write_teams(connection, [Team(0, "一组")])
    organisation.write_regions(connection, [])
    assert organisation.all_teams(connection) == (Team(found.id, "一组"),), "the same team, emptied"


@pytest.mark.parametrize("with_team_region", [True, False])
def test_zone_and_language_are_the_persons_the_teams_or_the_nearest_regions(
    connection: Connection, with_team_region: bool
) -> None:
    organisation.write_regions(
        connection,
        [Region("全球", "", "UTC", Language.EN), Region("欧洲", "全球", "Europe/Berlin"), Region("德国", "欧洲")],
    )
    organisation.write_teams(
        connection,
        [Team(0, "柏林", "德国"), Team(0, "伦敦", "欧洲", "Europe/London", Language.ZH)],
    )
    region = "" if with_team_region else "德国"
    rows = [
        PersonRow(2, "E1", "一", team="柏林", region=region),
        PersonRow(3, "E2", "二", team="伦敦"),
        PersonRow(4, "E3", "三", team="伦敦", region="德国", timezone="Asia/Tokyo", language=Language.EN),
        PersonRow(5, "E4", "四", region="全球"),
        PersonRow(6, "E5", "五", region="别处"),
        PersonRow(7, "E6", "六"),
    ]
    people.import_people(connection, rows, TODAY)
    found = {person.number: (person.timezone, person.language) for person in people.all_people(connection)}
    assert found == {
        "E1": ("Europe/Berlin", Language.EN),
        "E2": ("Europe/London", Language.ZH),
        "E3": ("Asia/Tokyo", Language.EN),
        "E4": ("UTC", Language.EN),
        "E5": (None, None),
        "E6": (None, None),
    }
    whole = read(connection)
    for person in whole.people.values():
        zone, language = found[person.number]
        assert whole.zone_of(person) == (zone or "Asia/Shanghai")
        assert whole.language_of(person, Language.ZH) == (language or Language.ZH)
    one = people.find_by_number(connection, "E1")
    assert one is not None
    assert one == people.find_by_ids(connection, [one.id])[one.id]
    assert one.timezone == "Europe/Berlin"


# ---- who is below whom -------------------------------------------------------------------------


def an_organisation(seed: int) -> tuple[list[Region], list[Team], list[PersonRow]]:
    """Forty people, some managers of people, teams or regions, by chance; circles of managers among them."""
    chance = random.Random(seed)
    numbers = [f"E{n}" for n in range(40)]
    somebody = ["", *numbers[:12], "GONE"]
    regions = [
        Region(f"区{n}", chance.choice(["", *(f"区{m}" for m in range(n))]), manager=chance.choice(somebody))
        for n in range(6)
    ]
    names = ["", *(region.name for region in regions), "别处"]
    teams = [Team(0, f"组{n}", chance.choice(names), manager=chance.choice(somebody)) for n in range(8)]
    rows = [
        PersonRow(
            n,
            number,
            f"人{n}",
            Role.MANAGER if n < 12 else Role.REP,
            team=chance.choice(["", *(team.name for team in teams)]),
            region=chance.choice(names),
            manager=chance.choice(somebody),
        )
        for n, number in enumerate(numbers)
    ]
    return regions, teams, rows


def expected(whole: Organisation, person_id: int) -> set[int]:
    last: dict[int, Posting] = {one: some[-1] for one, some in whole.postings.items()}
    return {one for one, where in last.items() if person_id in whole.above(where)} | {person_id}


@pytest.mark.parametrize("seed", range(6))
def test_the_console_shows_a_manager_exactly_whom_the_digest_is_about(connection: Connection, seed: int) -> None:
    regions, teams, rows = an_organisation(seed)
    organisation.write_regions(connection, regions)
    organisation.write_teams(connection, teams)
    people.import_people(connection, rows, TODAY)
    changed = [replace(row, team="组1", manager="E3") for row in rows[::5]]
    gone = [PersonRow(row.row, row.number, row.name, is_active=False) for row in rows[1::7]]
    people.import_people(
        connection, [*changed, *(row for row in gone if row.number not in {c.number for c in changed})], LATER
    )
    whole = read(connection)
    for person in whole.people.values():
        assert subtree.people_under(connection, person.number) == expected(whole, person.id), person.number


def numbers(connection: Connection, found: Sequence[int] | frozenset[int]) -> set[str]:
    return {person.number for person in people.find_by_ids(connection, list(found)).values()}


def test_a_region_holds_the_people_of_the_regions_below_it_and_of_their_teams(connection: Connection) -> None:
    organisation.write_regions(connection, [Region("华东", "中国"), Region("上海", "华东")])
    organisation.write_teams(connection, [Team(0, "一组", "上海"), Team(0, "二组", "华南")])
    people.import_people(
        connection,
        [
            PersonRow(2, "E1", "一", team="一组"),
            PersonRow(3, "E2", "二", region="华东"),
            PersonRow(4, "E3", "三", team="二组"),
            PersonRow(5, "E4", "四", team="一组", region="华南"),
            PersonRow(6, "E5", "五"),
        ],
        TODAY,
    )
    nobody_listed_it = subtree.people_within(connection, ["中国"], [])
    assert numbers(connection, nobody_listed_it) == {"E1", "E2"}
    assert numbers(connection, subtree.people_within(connection, ["上海"], [])) == {"E1"}
    assert numbers(connection, subtree.people_within(connection, ["华南"], [])) == {"E3", "E4"}
    assert numbers(connection, subtree.people_within(connection, [], ["一组"])) == {"E1", "E4"}
    assert subtree.people_within(connection, [""], []) == frozenset()
    assert subtree.people_within(connection, ["北极"], ["无"]) == frozenset()


def test_what_a_reader_lacks_costs_a_query_only_where_a_region_above_could_have_it(connection: Connection) -> None:
    statements: list[str] = []

    @sa.event.listens_for(connection, "before_cursor_execute")
    def _note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    people.import_people(connection, [WANG], TODAY)
    organisation.write_regions(connection, [Region("华东", timezone="Asia/Urumqi")])
    statements.clear()
    assert people.find_by_number(connection, "E1") is not None
    assert len(statements) == 3
    organisation.write_regions(connection, [Region("华东", "中国"), Region("中国", language=Language.EN)])
    statements.clear()
    found = people.find_by_number(connection, "E1")
    assert found is not None
    assert found.language is Language.EN
    assert len(statements) == 4
