"""Digests of managers and stewards, made of a small company on both databases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from daysheet.model.digests import Digest, DigestKind, Restated, Topic
from daysheet.model.figures import Figures
from daysheet.model.periods import Period
from daysheet.services import manager_digests, steward_digests
from daysheet.store import accounts, tables
from tests.contract.figures.story import MONDAY, NOW, TUESDAY, WEEK, Story, noon

TODAY = Period.parse("2026-03-09")


@dataclass(frozen=True)
class Company:
    """Chief above two regions' managers; in the first a team of two reps, in the second one rep."""

    story: Story
    chief: int
    east: int
    west: int
    reps: tuple[int, int, int]

    def digests(
        self, *receivers: int, snapshots: Mapping[int, Mapping[date, Figures]] | None = None
    ) -> dict[int, Digest]:
        """The weekly digests of some people."""
        tools, known = self.story.tools, self.story.company()
        with tools.database.reading() as connection:
            people = [known.people[id_] for id_ in receivers]
            made = manager_digests.build(
                connection, tools, known, DigestKind.WEEKLY, WEEK, people, NOW, snapshots or {}
            )
            return {person.id: digest for person, digest in made}

    def stewards(self, *receivers: int) -> dict[int, Digest]:
        """The stewards' digests of today."""
        tools, known = self.story.tools, self.story.company()
        with tools.database.reading() as connection:
            people = [known.people[id_] for id_ in receivers]
            made = steward_digests.build(connection, tools, known, DigestKind.STEWARD, TODAY, people, NOW, {})
            return {person.id: digest for person, digest in made}

    def steward(self, number: str, *, regions: Sequence[str] = (), sees_all: bool = False) -> int:
        """A steward with an account."""
        id_ = self.story.person(number, role="steward")
        with self.story.tools.database.writing() as connection:
            accounts.grant(connection, id_, sees_all=sees_all, regions=regions, teams=(), at=NOW)
        return id_


@pytest.fixture
def company(story: Story) -> Company:
    """The company of these tests."""
    story.region("总部", manager="M1")
    story.region("华东", parent="总部", manager="M2")
    story.region("华西", parent="总部", manager="M3")
    chief, east, west = (story.person(f"M{number}", role="manager") for number in (1, 2, 3))
    story.posting(chief, region="总部")
    story.posting(east, region="华东")
    story.posting(west, region="华西")
    team = story.team("一组", region="华东")
    reps = (*(story.person(number, team_id=team) for number in ("E1", "E2")), story.person("E3", region="华西"))
    for rep in reps[:2]:
        story.posting(rep, team)
    story.posting(reps[2], region="华西")
    return Company(story, chief, east, west, (reps[0], reps[1], reps[2]))


def a_week(company: Company) -> dict[int, int]:
    """Some visits of each rep, this week and the one before; returns a customer of each."""
    story = company.story
    found = {}
    for number, rep in enumerate(company.reps, start=1):
        customer = found[rep] = story.customer(f"客户{number}", owner=rep, level="A", industry="机械")
        deal = {"customer_id": customer, "project": "一", "stage": "lead", "amount": number * 100}
        story.report(rep, MONDAY - timedelta(days=3), visits=[{"customer_id": customer}] * 2, deals=[deal])
        story.report(rep, MONDAY, visits=[{"customer_id": customer}] * number, deals=[deal | {"stage": "won"}])
    story.customer("无主", industry="教育")
    return found


# ---- managers ------------------------------------------------------------------------------------


def test_each_manager_gets_their_own_scope_and_a_rep_gets_nothing(company: Company) -> None:
    a_week(company)
    found = company.digests(company.chief, company.east, company.west, company.reps[0])
    assert [(id_, one.figures["visits.done"], one.former["visits.done"]) for id_, one in found.items()] == [
        (company.chief, 6, 6),
        (company.east, 3, 4),
        (company.west, 3, 2),
    ]
    assert [one.scope for one in found.values()] == ["", "华东", "华西"]
    assert [one.sees_all for one in found.values()] == [True, False, False]
    assert found[company.chief].figures["customers.count"] == 4
    assert found[company.east].figures["customers.count"] == 2
    assert found[company.chief].figures["industry.visits.机械"] == 6
    assert not any(name.startswith("industry.") for name in found[company.east].figures)


def test_lines_are_those_of_the_scope_the_weightiest_first(company: Company) -> None:
    a_week(company)
    found = company.digests(company.chief, company.east)
    won = {id_: [(item.name, item.rep) for item in one.items if item.topic is Topic.WON] for id_, one in found.items()}
    assert won[company.chief] == [("客户3", "E3"), ("客户2", "E2"), ("客户1", "E1")]
    assert won[company.east] == [("客户2", "E2"), ("客户1", "E1")]
    assert found[company.chief].counts[Topic.WON] == 3
    assert found[company.east].counts[Topic.SHORT] == 2


def test_the_breakdown_adds_up_to_the_whole(company: Company) -> None:
    a_week(company)
    digest = company.digests(company.chief)[company.chief]
    assert [(unit.kind, unit.name, unit.figures.get("visits.done", 0)) for unit in digest.units] == [
        ("rep", "E1", 1),
        ("rep", "E2", 2),
        ("rep", "E3", 3),
        ("rep", "", 0),
    ]
    assert sum(unit.figures["customers.count"] for unit in digest.units) == digest.figures["customers.count"]


def test_what_has_changed_since_it_was_told_is_restated_and_the_trend_ends_with_this_week(company: Company) -> None:
    a_week(company)
    earlier = [WEEK.previous.previous.previous.first, WEEK.previous.first]
    told: dict[date, Figures] = {earlier[0]: {"visits.done": 9}, earlier[1]: {"visits.done": 5, "customers.count": 2}}
    digest = company.digests(company.east, snapshots={company.east: told})[company.east]
    assert digest.restated == (Restated("visits.customers", 0, 2), Restated("visits.done", 5, 4))
    assert [(label, figures["visits.done"]) for label, figures in digest.trend] == [
        ("2026-W07", 9),
        ("2026-W09", 4),
        ("2026-W10", 3),
    ]


def test_a_trend_is_no_longer_than_eight_periods(company: Company) -> None:
    a_week(company)
    told: dict[date, Figures] = {
        WEEK.first - timedelta(weeks=number): {"visits.done": number} for number in range(1, 20)
    }
    digest = company.digests(company.east, snapshots={company.east: told})[company.east]
    assert [label for label, _ in digest.trend] == [f"2026-W{number:02d}" for number in range(3, 11)]


def test_an_empty_week_is_told_too(company: Company) -> None:
    digest = company.digests(company.east)[company.east]
    assert (dict(digest.figures), digest.items, digest.restated) == ({}, (), ())
    assert digest.stages["agreed"] == {"zh": "已谈定未下单", "en": "Agreed, not ordered"}


def test_more_receivers_take_no_more_statements(company: Company) -> None:
    a_week(company)
    seen: list[object] = []
    engine = company.story.tools.database._engine
    sa.event.listen(engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    company.digests(company.east)
    one = len(seen)
    seen.clear()
    company.digests(company.chief, company.east, company.west)
    assert len(seen) == one


# ---- stewards ------------------------------------------------------------------------------------


def test_a_steward_is_told_of_what_they_see_and_nothing_where_nothing_waits(company: Company) -> None:
    everywhere, east, west = (
        company.steward("S1", sees_all=True),
        company.steward("S2", regions=["华东"]),
        company.steward("S3", regions=["华西"]),
    )
    story, rep = company.story, company.reps[0]
    customer = story.customer("云杉", owner=rep)
    story.report(rep, MONDAY, visits=[{"customer_id": customer}] * 2, parked=3, errors=[("visits", 6)])
    story.question(customer, "name", opened=MONDAY)
    story.question(customer, "duplicate", opened=TUESDAY)
    story.question(story.customer("无主"), "duplicate", opened=TUESDAY)
    found = company.stewards(everywhere, east, west)
    assert set(found) == {everywhere, east}
    assert found[east].figures == {
        "queue.name": 1,
        "queue_rows.name": 2,
        "queue_days.name": 7,
        "queue.duplicate": 1,
        "queue_rows.duplicate": 2,
        "queue_days.duplicate": 6,
        "queue.rows": 3,
        "queue_rows.rows": 3,
        "queue_days.rows": 7,
    }
    assert found[east].scope == "华东"
    assert found[everywhere].figures["queue.duplicate"] == 2
    assert [(item.name, item.detail) for item in found[everywhere].items] == [
        ("云杉", {"kind": "name", "days": 7, "rows": 2}),
        ("云杉", {"kind": "duplicate", "days": 6, "rows": 2}),
        ("无主", {"kind": "duplicate", "days": 6, "rows": 0}),
    ]
    assert found[everywhere].counts == {Topic.QUESTION: 3}


def test_messages_reports_and_answers_that_wait_are_told_through_their_people(company: Company) -> None:
    east, west = company.steward("S2", regions=["华东"]), company.steward("S3", regions=["华西"])
    story, rep = company.story, company.reps[0]
    with story.tools.database.writing() as connection:
        connection.execute(tables.person_address.insert().values(address="e1@corp.example", person_id=rep))
        message = {"source": "mail", "size": 1, "state": "quarantined", "first_seen_at": noon(MONDAY)}
        connection.execute(tables.inbound.insert().values(raw_sha256="a" * 64, sender="e1@corp.example", **message))
        mail = {
            "kind": "answer",
            "recipient": "e1@corp.example",
            "message_id": "<1@x>",
            "payload": {},
            "state": "failed",
        }
        connection.execute(tables.outbox.insert().values(**mail, next_at=NOW, created_at=noon(TUESDAY)))
    report = story.report(rep, MONDAY, parked=2)
    with story.tools.database.writing() as connection:
        own = tables.submission.c.id == report
        connection.execute(tables.submission.update().where(own).values(is_current=False, is_waiting=True))
    found = company.stewards(east, west)
    assert set(found) == {east}
    assert found[east].figures == {
        "queue.waiting": 1,
        "queue_rows.waiting": 2,
        "queue_days.waiting": 7,
        "queue.messages": 1,
        "queue_rows.messages": 0,
        "queue_days.messages": 7,
        "queue.answers": 1,
        "queue_rows.answers": 0,
        "queue_days.answers": 6,
    }


def test_a_steward_without_an_account_is_told_nothing(company: Company) -> None:
    company.story.question(company.story.customer("甲"), opened=MONDAY)
    assert company.stewards(company.story.person("S9", role="steward")) == {}
