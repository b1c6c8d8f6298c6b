"""Names get their initials on both databases, new ones and those of before."""

import sqlalchemy as sa

from daysheet.model.customers import CustomerStatus, NewCustomerFields
from daysheet.services import setup
from daysheet.store import customers
from daysheet.store.engine import Database
from daysheet.store.tables import customer_alias
from tests.contract.store.conftest import NOW


def add(database: Database, *names: str, **fields: str) -> tuple[int, ...]:
    """Add confirmed customers and return their ids."""
    new = [NewCustomerFields(name, name, fields=fields) for name in names]
    with database.writing() as connection:
        added = customers.add_many(
            connection,
            new,
            status=CustomerStatus.CONFIRMED,
            source="import",
            submission_id=None,
            ruleset_version="t",
            now=NOW,
        )
    return tuple(one.id for one in added)


def letters(database: Database) -> dict[str, str]:
    with database.reading() as connection:
        rows = connection.execute(sa.select(customer_alias.c.text, customer_alias.c.initials))
        return {row.text: row.initials for row in rows}


def test_a_name_gets_its_initials_as_it_is_stored(database: Database) -> None:
    add(database, "杭州云杉有限公司", "Acme Ltd")
    assert letters(database) == {"杭州云杉有限公司": "hzysyxgs", "Acme Ltd": "acmeltd"}


def test_names_of_before_get_theirs_chunk_by_chunk_and_once(database: Database) -> None:
    names = [f"杭州{sign}公司" for sign in "甲乙丙丁戊"]
    add(database, *names, "·—·")
    with database.writing() as connection:
        connection.execute(customer_alias.update().values(initials=""))
    assert setup.fill_initials(database) == 5
    assert letters(database) == {
        "杭州甲公司": "hzjgs",
        "杭州乙公司": "hzygs",
        "杭州丙公司": "hzbgs",
        "杭州丁公司": "hzdgs",
        "杭州戊公司": "hzwgs",
        "·—·": "",
    }
    assert setup.fill_initials(database) == 0
