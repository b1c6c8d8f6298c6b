"""``people import``: what of a list is accepted, and what is said of the rest."""

import pytest

from daysheet.errors import UsageError
from daysheet.services.people import import_file
from daysheet.store import people
from tests.unit.services.conftest import Pipeline


def faults(pipeline: Pipeline, *lines: str) -> list[str]:
    return [fault.message for fault in import_file(pipeline.tools, "p.csv", "\n".join(lines).encode()).faults]


def test_a_wrong_line_is_told_and_the_others_are_taken(pipeline: Pipeline) -> None:
    said = faults(pipeline, "number,name,role", "Z1,高远,rep", "Z2,方圆,boss", ",无号,rep")
    assert said == [
        "unknown role 'boss'; write one of: rep, assistant, manager, steward, admin",
        "the employee number or the name is missing",
    ]
    with pipeline.tools.database.reading() as connection:
        assert people.find_by_number(connection, "Z1") is not None
        assert people.find_by_number(connection, "Z2") is None


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", "北京"])
def test_a_time_zone_that_does_not_exist_is_refused(pipeline: Pipeline, zone: str) -> None:
    said = faults(pipeline, "number,name,timezone", f"Z1,高远,{zone}", "Z2,方圆,Europe/Berlin")
    assert said == [f"{zone!r} is not a time zone such as Asia/Shanghai"]


def test_a_file_without_the_required_columns_is_a_usage_error(pipeline: Pipeline) -> None:
    with pytest.raises(UsageError, match="missing: number"):
        faults(pipeline, "姓名,邮箱", "高远,gao@corp.example")
