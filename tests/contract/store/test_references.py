"""What a hidden reference means, on both databases."""

import pytest
import sqlalchemy as sa

from daysheet.model.customers import CustomerStatus, NewCustomerFields
from daysheet.store import customers, opportunities, references
from daysheet.store.engine import Connection
from daysheet.store.opportunities import OpportunitySeen
from daysheet.store.sheets import SheetTables
from daysheet.store.tables import customer
from tests.contract.store.conftest import NOW


def add(connection: Connection, *names: str) -> list[int]:
    new = [NewCustomerFields(name, name) for name in names]
    made = customers.add_many(
        connection,
        new,
        status=CustomerStatus.CONFIRMED,
        source="import",
        submission_id=None,
        ruleset_version="t",
        now=NOW,
    )
    return [one.id for one in made]


def test_each_kind_of_reference_leads_to_the_customer_it_is_of_today(
    connection: Connection, tables: SheetTables
) -> None:
    first, second = add(connection, "杭州云杉自动化有限公司", "苏州蓝鲸精密机械有限公司")
    [deal] = opportunities.resolve(connection, [OpportunitySeen(second, "涂装线")], NOW)
    asked = {("x", f"c:{first}"), ("x", f"c:{second}"), ("x", f"o:{deal}"), ("x", "o:999"), ("x", "c:²")}

    def found() -> dict[str, int]:
        return {ref: owner for (_, ref), owner in references.roots(connection, tables, asked).items()}

    assert found() == {f"c:{first}": first, f"c:{second}": second, f"o:{deal}": second}
    connection.execute(sa.update(customer).where(customer.c.id == second).values(root_id=first, merged_into=first))
    assert found() == {f"c:{first}": first, f"c:{second}": first, f"o:{deal}": first}


@pytest.mark.parametrize("kind", ["c", "o"])
def test_the_largest_id_is_asked_for_without_harm(connection: Connection, tables: SheetTables, kind: str) -> None:
    assert references.roots(connection, tables, {("x", f"{kind}:{'9' * 18}")}) == {}


def test_no_reference_asks_nothing(connection: Connection, tables: SheetTables) -> None:
    assert references.roots(connection, tables, set()) == {}
