"""A person, or a contact, is written out and erased: nothing that names them is left, and all counts stay."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from daysheet.errors import UsageError
from daysheet.model.memory import OPERATOR
from daysheet.services import disclosing, erasures, forgetting
from daysheet.services.account import account
from daysheet.services.people import import_file
from daysheet.store import people
from daysheet.store.everything import all_tables
from daysheet.store.tables import contact, customer, customer_alias, digest, inbound
from daysheet.store.tables import outbox as outbox_table
from tests.builders import TODAY, a_deal, a_mail, a_visit, a_workbook
from tests.contract.safety.conftest import Place

LEFT = "number,name,addresses,active\nE1,王丽,,no\n"
CALLED = a_visit(contact="江若岚", phone="13900010002", customer="杭州云杉自动化有限公司")


def everything_said(place: Place) -> str:
    """Return every word of the database."""
    with place.tools.database.reading() as connection:
        tables = all_tables(connection, place.tools.tables)
        found = [json.dumps([list(map(str, row)) for row in connection.execute(sa.select(one))]) for one in tables]
    return "\n".join(json.dumps(json.loads(one), ensure_ascii=False) for one in found)


def send_all(place: Place) -> None:
    """Let every answer be one that has left."""
    with place.tools.database.writing() as connection:
        connection.execute(outbox_table.update().values(state="sent", sent_at=place.clock.now))


def leave(place: Place) -> None:
    """Let the rep leave."""
    assert not import_file(place.tools, "people.csv", LEFT.encode()).faults


def a_busy_week(place: Place, visits: Sequence[dict[str, object]] = (CALLED,)) -> None:
    """Let a rep report and be answered, and others too."""
    place.feed(
        a_mail(a_workbook(list(visits), opportunities=[a_deal()]), file_name="日报-王丽.xlsx", subject="王丽 日报")
    )
    place.feed(a_mail(a_workbook([a_visit(way="打球")], cover={"rep_number": None}), message_id="<2@corp.example>"))
    send_all(place)


def figures(place: Place) -> tuple[object, ...]:
    """Return what is counted: rows of every table that is no way in, states and sums."""
    counted = {
        name: number
        for name, number in place.tables().items()
        if name not in {"audit", "person_address", "person_proxy", "column_memory", "subscription", "lease"}
    }
    rows = place.select(sa.text("SELECT state, count(*) FROM visits GROUP BY state ORDER BY state"))
    sums = place.select(sa.text("SELECT sum(rows_landed), sum(rows_parked) FROM submission"))
    return counted, [tuple(row) for row in rows], [tuple(row) for row in sums]


# ---- a person ----------------------------------------------------------------------------------


def test_nothing_names_a_person_who_was_forgotten_and_all_counts_stay(place: Place) -> None:
    a_busy_week(place)
    leave(place)
    before = figures(place)
    assert "王丽" in everything_said(place)
    done = forgetting.person(place.tools, "E1", OPERATOR)
    said = everything_said(place)
    assert [word for word in ("王丽", "wang.li@", '"E1"') if word in said] == []
    assert figures(place) == before
    assert done.known_as in said
    assert done.mails == len(set(place.select(sa.select(inbound.c.raw_sha256))))
    assert place.spool == set()
    books = account(place.tools)
    assert books.is_closed, books.faults


def test_the_contacts_of_whoever_left_stay(place: Place) -> None:
    a_busy_week(place)
    leave(place)
    forgetting.person(place.tools, "E1", OPERATOR)
    assert "江若岚" in everything_said(place)


def test_who_still_reports_is_not_forgotten(place: Place) -> None:
    a_busy_week(place)
    with pytest.raises(UsageError, match="E1 is active"):
        forgetting.person(place.tools, "E1", OPERATOR)
    assert "王丽" in everything_said(place)


def test_a_person_with_an_answer_that_has_not_left_is_not_forgotten(place: Place) -> None:
    place.feed(a_mail(a_workbook([a_visit()])))
    leave(place)
    with pytest.raises(UsageError, match="not done with: 1"):
        forgetting.person(place.tools, "E1", OPERATOR)
    assert place.spool
    assert erasures.listed(place.folder / "var") == ()


def test_an_erasure_is_listed_by_id_only(place: Place) -> None:
    a_busy_week(place)
    leave(place)
    done = forgetting.person(place.tools, "E1", OPERATOR)
    (listed,) = erasures.listed(place.folder / "var")
    assert (listed.kind, listed.ids) == ("person", done.ids)
    assert "E1" not in (place.folder / "var" / erasures.FILE).read_text()


def test_nobody_is_forgotten_twice_or_made_up(place: Place) -> None:
    a_busy_week(place)
    leave(place)
    forgetting.person(place.tools, "E1", OPERATOR)
    with pytest.raises(UsageError, match="nobody with the number E1"):
        forgetting.person(place.tools, "E1", OPERATOR)


def test_what_is_held_of_a_person_is_written_out(place: Place, tmp_path: Path) -> None:
    a_busy_week(place)
    done = disclosing.person(place.tools, "E1", tmp_path / "out")
    lines = {path.stem: path.read_text() for path in (tmp_path / "out" / "tables").iterdir()}
    assert {"person", "person_address", "submission", "inbound", "outbox", "visits", "issue"} <= set(lines)
    assert json.loads(lines["person"])["name"] == "王丽"
    assert set(done.rows) == set(lines)
    assert (done.mails, done.lost) == (len(place.spool), 0)
    assert {path.suffix for path in (tmp_path / "out" / "mails").iterdir()} == {".eml"}
    assert not lines.keys() & {"account", "web_session", "api_token", "login_link"}


def test_others_are_not_written_out_with_a_person(place: Place, tmp_path: Path) -> None:
    a_busy_week(place)
    other = a_mail(a_workbook([a_visit()], cover={"rep_number": None}), sender="tom@corp.example", message_id="<t@t>")
    place.feed(other)
    disclosing.person(place.tools, "E1", tmp_path / "out")
    said = "".join(path.read_text() for path in (tmp_path / "out" / "tables").iterdir())
    assert "tom@corp.example" not in said


def listed(place: Place, *lines: str) -> None:
    """Import people."""
    said = "\n".join(("number,name,role,addresses,active", *lines, ""))
    assert not import_file(place.tools, "people.csv", said.encode()).faults


def people_of(place: Place) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return everybody's name and addresses, by number."""
    with place.tools.database.reading() as connection:
        return {one.number: (one.name, one.addresses) for one in people.all_people(connection)}


def test_others_whose_names_numbers_and_addresses_are_longer_stay_as_they_are(place: Place) -> None:
    others = (
        "E10,王丽华,rep,wang.li@corp.example,yes",
        "E1-2,王丽娟,rep,li@corp.example.cn,yes",
        "E7,王丽,rep,wl7@corp.example,yes",
    )
    listed(place, "E1,王丽,rep,li@corp.example,yes", *others)
    listed(place, "E1,王丽,rep,li@corp.example,no")
    before = people_of(place)
    forgetting.person(place.tools, "E1", OPERATOR)
    after = people_of(place)
    assert {number: said for number, said in after.items() if not number.startswith("#")} == {
        number: said for number, said in before.items() if number != "E1"
    }


def test_a_number_that_is_a_word_of_the_programs_own_takes_nothing_else_with_it(place: Place) -> None:
    listed(place, "admin,赵一,admin,a1@corp.example,no", "E7,钱二,admin,a2@corp.example,yes")
    forgetting.person(place.tools, "admin", OPERATOR)
    assert people_of(place)["E7"] == ("钱二", ("a2@corp.example",))
    assert '"admin"' in everything_said(place)


def test_an_address_that_was_handed_on_stays_its_new_owners(place: Place) -> None:
    place.feed(a_mail(a_workbook([a_visit()])))
    send_all(place)
    listed(place, "E1,王丽,rep,,no", "E2,Tom Baker,rep,wang.li@corp.example,yes")
    forgetting.person(place.tools, "E1", OPERATOR)
    assert people_of(place)["E2"] == ("Tom Baker", ("wang.li@corp.example",))


@pytest.mark.parametrize("typed", ["Élodie DÜRAND", "élodie Dürand", "ÉLODIE  DÜRAND"])
def test_a_name_is_found_whatever_its_capitals_and_blanks(place: Place, typed: str) -> None:
    listed(place, "E5,Élodie DÜRAND,rep,elodie@corp.example,yes")
    report = a_workbook([a_visit(content=f"{typed} 去了")], cover={"rep_number": "E5"})
    place.feed(a_mail(report, sender="elodie@corp.example"))
    send_all(place)
    listed(place, "E5,Élodie DÜRAND,rep,,no")
    forgetting.person(place.tools, "E5", OPERATOR)
    said = everything_said(place)
    assert "lodie" not in said.lower()
    assert "去了" in said


def test_who_is_still_to_be_mailed_is_not_forgotten(place: Place) -> None:
    a_busy_week(place)
    leave(place)
    with place.tools.database.writing() as connection:
        waits = outbox_table.update().where(outbox_table.c.id == 1)
        connection.execute(waits.values(state="queued", inbound_id=None, submission_id=None))
    with pytest.raises(UsageError, match="mails to E1 have not left: 1"):
        forgetting.person(place.tools, "E1", OPERATOR)


# ---- a contact ---------------------------------------------------------------------------------


def the_contact(place: Place, name: str = "江若岚") -> int:
    """Return the id of a contact."""
    return int(place.select(sa.select(contact.c.id).where(contact.c.name == name))[0][0])


def test_nothing_names_a_contact_who_was_forgotten_and_the_visits_stay(place: Place) -> None:
    a_busy_week(place, [CALLED, a_visit(contact="马致远", customer="杭州云杉自动化有限公司", purpose="谈判")])
    before = figures(place)
    assert "江若岚" in everything_said(place)
    done = forgetting.contact(place.tools, the_contact(place), OPERATOR)
    said = everything_said(place)
    assert [word for word in ("江若岚", "13900010002") if word in said] == []
    assert "马致远" in said
    assert "王丽" in said
    assert figures(place) == before
    assert done.mails >= 1
    assert account(place.tools).is_closed


def test_a_namesake_at_another_customer_stays(place: Place) -> None:
    a_busy_week(place, [CALLED])
    elsewhere = a_visit(contact="江若岚", phone="13900010009", customer="苏州蓝鲸精密机械有限公司")
    other = a_workbook([elsewhere], cover={"rep_number": None})
    place.feed(a_mail(other, sender="tom@corp.example", message_id="<t@t>"))
    send_all(place)
    forgetting.contact(place.tools, the_contact(place), OPERATOR)
    rows = place.select(sa.text("SELECT contact FROM visits WHERE customer LIKE '%蓝鲸%'"))
    assert [row[0] for row in rows if row[0]][-1] == "江若岚"
    assert "13900010009" in everything_said(place)


def test_a_contact_nobody_knows_is_told(place: Place) -> None:
    with pytest.raises(UsageError, match="no contact 999"):
        forgetting.contact(place.tools, 999, OPERATOR)


def test_what_is_held_of_a_contact_is_written_out_without_mails(place: Place, tmp_path: Path) -> None:
    a_busy_week(place)
    done = disclosing.contact(place.tools, the_contact(place), tmp_path / "out")
    lines = {path.stem: path.read_text() for path in (tmp_path / "out" / "tables").iterdir()}
    assert {"contact", "contact_field", "visits"} <= set(lines)
    assert "江若岚" in lines["contact"]
    assert done.mails == 0
    assert list((tmp_path / "out" / "mails").iterdir()) == []


def test_a_contact_is_found_however_number_and_name_were_typed(place: Place) -> None:
    typed = ("139-0001-0002", "+86 139 0001 0002", "8613900010002", "139 0001 0002")
    said = [
        a_visit(contact="江 若岚", phone=phone, purpose=purpose, content=f"江　若岚 {phone}")
        for phone, purpose in zip(typed, ("谈判", "售后", "首次拜访", "回访"), strict=True)
    ]
    place.feed(a_mail(a_workbook([CALLED, *said]), subject="拜访江若岚"))
    send_all(place)
    with place.tools.database.writing() as connection:
        connection.execute(customer.update().where(customer.c.id == 1).values(note="联系人江若岚"))
    forgetting.contact(place.tools, the_contact(place), OPERATOR)
    left = everything_said(place)
    assert "若岚" not in left
    # not merely its digits: checksums and ids are random and hold four of them now and then
    assert re.findall(r"0001\W{0,3}0002|(?<![\w-])000[12](?![\w-])", left) == []


def test_a_name_of_one_letter_takes_no_others_with_it(place: Place) -> None:
    alike = a_visit(contact="王小明", phone="13900010003", purpose="谈判")
    a_busy_week(place, [a_visit(contact="王", phone="13900010002"), alike])
    forgetting.contact(place.tools, the_contact(place, "王"), OPERATOR)
    said = everything_said(place)
    assert "王小明" in said
    assert "王丽" in said
    assert "13900010002" not in said
    assert place.select(sa.select(contact.c.name).where(contact.c.name == "王")) == []


def test_colleagues_of_a_contact_keep_their_names_and_the_switchboard(place: Place) -> None:
    told = a_visit(contact="江若岚", phone="0571-88880001", title="经理", content="见了江若岚和江若岚芳")
    longer = a_visit(contact="江若岚芳", phone="0571-88880001", purpose="谈判")
    namesake = a_visit(contact="江若岚", phone="13900010009", purpose="售后")
    a_busy_week(place, [told, longer, namesake])
    forgetting.contact(place.tools, the_contact(place), OPERATOR)
    rows = place.select(sa.text("SELECT contact, phone, content FROM visits ORDER BY row_number, id"))
    seen = [(row[0], "88880001" in str(row[1]), "13900010009" in str(row[1])) for row in rows if row[0]]
    assert ("江若岚芳", True, False) in seen
    assert ("江若岚", False, True) in seen
    assert ("江若岚", True, False) not in seen
    assert "江若岚芳" in next(row[2] for row in rows if "见了" in row[2])
    names = [row[0] for row in place.select(sa.select(contact.c.name).order_by(contact.c.id))]
    assert sorted(one for one in names if one.startswith("江")) == ["江若岚", "江若岚芳"]


def test_every_number_of_a_cell_goes_and_so_do_wide_ones(place: Place) -> None:
    two = a_visit(contact="江若岚", phone="13900010002/0571-88880001", purpose="谈判")
    a_busy_week(place, [two, a_visit(contact="江若岚", phone="１３９０００１０００２", purpose="售后")])
    forgetting.contact(place.tools, the_contact(place), OPERATOR)
    said = everything_said(place)
    assert [word for word in ("13900010002", "88880001", "１３９") if word in said] == []


def test_rows_that_were_not_taken_forget_a_contact_too(place: Place) -> None:
    a_busy_week(place, [CALLED])
    waits = a_visit(contact="江若岚", phone="13900010002", way="打球", content="江若岚来电")
    report = a_workbook([waits], cover={"rep_number": "E2"})
    place.feed(a_mail(report, sender="tom@corp.example", message_id="<w@w>"))
    send_all(place)
    assert place.select(sa.text("SELECT id FROM visits WHERE contact_id IS NULL AND content LIKE '%来电'"))
    forgetting.contact(place.tools, the_contact(place), OPERATOR)
    assert "江若岚" not in everything_said(place)


def test_amounts_stay_where_a_number_of_digits_goes(place: Place) -> None:
    listed(place, "1001,孙三,rep,s3@corp.example,no")
    with place.tools.database.writing() as connection:
        told = {"kind": "weekly", "first_on": TODAY, "last_on": TODAY, "person_id": 1, "made_at": place.clock.now}
        connection.execute(digest.insert().values(figures={"amount": "1001"}, **told))
    forgetting.person(place.tools, "1001", OPERATOR)
    assert place.select(sa.select(digest.c.figures)) == [({"amount": "1001"},)]


def test_a_customer_that_is_called_as_its_contact_keeps_its_name(place: Place) -> None:
    named = sa.select(customer.c.display_name, customer_alias.c.text).join(customer_alias)
    with place.tools.database.writing() as connection:
        connection.execute(customer.update().where(customer.c.id == 1).values(display_name="云杉"))
    before = place.select(named)
    a_busy_week(place, [a_visit(customer="云杉", contact="云杉", phone="13900010002")])
    forgetting.contact(place.tools, the_contact(place, "云杉"), OPERATOR)
    assert sorted(place.select(named)) == sorted(before)
    assert place.select(sa.select(contact.c.name).where(contact.c.name == "云杉")) == []


def test_a_number_that_is_taken_is_not_given_again(place: Place) -> None:
    listed(place, "#6,李一,rep,x@corp.example,yes", "E77,李二,rep,,no")
    assert forgetting.person(place.tools, "E77", OPERATOR).known_as == "##6"
    assert people_of(place)["#6"][0] == "李一"


def test_the_same_workbook_sent_once_more_goes_with_the_contact(place: Place) -> None:
    book = a_workbook([CALLED])
    place.feed(a_mail(book))
    again = place.feed(a_mail(book, message_id="<again@corp.example>", text="再发一次"))
    assert again.reason == "same-workbook"
    send_all(place)
    assert len(place.spool) == 2
    assert forgetting.contact(place.tools, the_contact(place), OPERATOR).mails == 2
    assert place.spool == set()
