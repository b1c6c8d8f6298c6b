"""Lookup keys and profiles: the database asked for one name and the index in memory answer alike."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daysheet.dedupe.candidates import BUDGET, propose
from daysheet.model.customers import CustomerStatus, NewCustomerFields
from daysheet.store import customers, names
from daysheet.store.engine import Connection
from daysheet.store.names import ResidentPostings, SqlPostings

KEYS = st.integers(0, 30) | st.integers(2**31 - 3, 2**31 - 1)
FILED = st.dictionaries(st.integers(1, 10**9), st.frozensets(KEYS, max_size=8), max_size=40)
ASKED = st.dictionaries(KEYS, st.sampled_from([1.0, 2.0, 4.0, 5.0]), max_size=40)
AGAIN = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextmanager
def filed(connection: Connection, keys: dict[int, frozenset[int]]) -> Iterator[None]:
    """File exactly *keys* for the block."""
    names.forget(connection)
    names.file_under(connection, keys)
    yield
    names.forget(connection)


def crowd(number: int = 5_000, seed: int = 5) -> dict[int, frozenset[int]]:
    """Return many customers, a few keys of which half of them have."""
    dice = random.Random(seed)
    return {
        owner: frozenset([*(dice.randrange(3) for _ in range(2)), *(dice.randrange(100, 900) for _ in range(5))])
        for owner in dice.sample(range(1, 50_000), number)
    }


@AGAIN
@given(FILED, ASKED, st.integers(1, 5))
def test_the_database_counts_as_the_index_in_memory_does(
    connection: Connection, keys: dict[int, frozenset[int]], asked: dict[int, float], most: int
) -> None:
    with filed(connection, keys):
        there, here = SqlPostings(connection), ResidentPostings.of(connection)
        counted = there.counts(asked, most)
        assert {key: n for key, n in counted.items() if n} == {k: n for k, n in here.counts(asked, most).items() if n}
        expected = {key: sum(key in own for own in keys.values()) for key in asked}
        assert {key: counted.get(key, 0) for key in asked} == {key: min(n, most) for key, n in expected.items()}


@AGAIN
@given(FILED, st.dictionaries(KEYS, st.integers(1, 6), max_size=30))
def test_the_database_fetches_as_the_index_in_memory_does(
    connection: Connection, keys: dict[int, frozenset[int]], wanted: dict[int, int]
) -> None:
    with filed(connection, keys):
        here = ResidentPostings.of(connection)
        present = {key: most for key, most in wanted.items() if here.counts([key], 1)}
        there = SqlPostings(connection).fetch(present)
        assert {key: list(owners) for key, owners in there.items()} == {
            key: list(owners) for key, owners in here.fetch(present).items()
        }
        for key, owners in there.items():
            assert owners == sorted(owner for owner, own in keys.items() if key in own)[: wanted[key]]


@AGAIN
@given(FILED, ASKED)
def test_both_propose_the_same_customers(
    connection: Connection, keys: dict[int, frozenset[int]], asked: dict[int, float]
) -> None:
    with filed(connection, keys):
        assert propose(asked, SqlPostings(connection)) == propose(asked, ResidentPostings.of(connection))


def test_both_propose_the_same_where_keys_are_common(connection: Connection) -> None:
    names.file_under(connection, crowd())
    here, there = ResidentPostings.of(connection), SqlPostings(connection)
    dice = random.Random(6)
    assert any(n == BUDGET for n in there.counts(range(3), BUDGET).values())
    for _ in range(40):
        asked = {dice.choice([dice.randrange(3), dice.randrange(100, 900)]): 1.0 + dice.randrange(4) for _ in range(30)}
        assert propose(asked, there) == propose(asked, here)


def test_a_customer_added_to_the_index_is_as_one_read_from_the_database(connection: Connection) -> None:
    keys = {1: frozenset({7, 8}), 2: frozenset({8}), 3: frozenset({7, 9})}
    names.file_under(connection, keys)
    added = ResidentPostings()
    for owner, own in keys.items():
        added.add(owner, own)
    for one in (added, SqlPostings(connection)):
        assert one.counts([7, 8, 9, 10], 9) == {7: 2, 8: 2, 9: 1}
        assert [list(owners) for owners in one.fetch({7: 9, 8: 1}).values()] == [[1, 3], [1]]


def test_nothing_asked_gives_nothing(connection: Connection) -> None:
    names.file_under(connection, {1: frozenset({7})})
    for one in (SqlPostings(connection), ResidentPostings.of(connection)):
        assert one.counts([], 5) == {}
        assert one.fetch({}) == {}


def test_keys_filed_twice_stay_once(connection: Connection) -> None:
    names.file_under(connection, {1: frozenset({7, 8}), 2: frozenset({8})})
    names.file_under(connection, {1: frozenset({8, 9})})
    names.file_under(connection, {})
    names.file_under(connection, {3: frozenset()})
    rows = connection.execute(sa.text("SELECT key, customer_id FROM name_key ORDER BY key, customer_id"))
    assert [tuple(row) for row in rows] == [(7, 1), (8, 1), (8, 2), (9, 1)]


def test_a_new_version_of_the_rules_begins_with_nothing_filed(connection: Connection) -> None:
    names.file_under(connection, {1: frozenset({7})})
    names.forget(connection)
    assert SqlPostings(connection).counts([7], 5) == {}


# ---- profiles ----------------------------------------------------------------------------------


def add(connection: Connection, now: datetime, name: str, *others: str, profile: bool = True) -> int:
    """Add one customer whose stored profiles are its names in brackets; return its id."""
    own = {text: f"[{text}]" for text in (name, *others)} if profile else {}
    new = NewCustomerFields(
        display_name=name, key=name, aliases=others, alias_keys={text: text for text in others}, profiles=own
    )
    (added,) = customers.add_many(
        connection,
        [new],
        status=CustomerStatus.CONFIRMED,
        source="import",
        submission_id=None,
        ruleset_version="1",
        now=now,
    )
    return added.id


def test_each_name_of_a_customer_has_its_profile(connection: Connection, now: datetime) -> None:
    first = add(connection, now, "杭州云帆建材有限公司", "云帆建材")
    second = add(connection, now, "远山纺织有限公司")
    found = names.profiles(connection, [second, first])
    assert found == {
        first: (first, ("[杭州云帆建材有限公司]", "[云帆建材]")),
        second: (second, ("[远山纺织有限公司]",)),
    }


def test_whoever_has_no_profile_or_is_unknown_is_left_out(connection: Connection, now: datetime) -> None:
    bare = add(connection, now, "无名有限公司", profile=False)
    assert names.profiles(connection, [bare, 999_999]) == {}
    assert names.profiles(connection, []) == {}


def test_many_are_read_at_once(connection: Connection, now: datetime) -> None:
    ids = [add(connection, now, f"云帆{number}号有限公司") for number in range(60)]
    assert sorted(names.profiles(connection, ids)) == ids


def test_a_merged_customers_names_answer_as_the_roots(connection: Connection, now: datetime) -> None:
    kept, gone = add(connection, now, "云帆建材有限公司"), add(connection, now, "远山纺织有限公司")
    names.file_under(connection, {kept: frozenset({7}), gone: frozenset({8})})
    _merge(connection, gone, kept)
    found, _ = propose({8: 1.0}, SqlPostings(connection))
    assert found == [gone]
    assert names.profiles(connection, found) == {gone: (kept, ("[远山纺织有限公司]",))}


def _merge(connection: Connection, gone: int, kept: int) -> None:
    connection.execute(
        sa.text("UPDATE customer SET root_id = :kept, merged_into = :kept WHERE id = :gone"),
        {"kept": kept, "gone": gone},
    )
