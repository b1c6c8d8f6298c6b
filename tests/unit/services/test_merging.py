from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from daysheet.errors import NotAllowed, UsageError
from daysheet.model.customers import CustomerStatus
from daysheet.model.memory import RefusalCode
from daysheet.services import customers, linking, merging, reviews
from daysheet.services.merging import Merged, Request, Unmerged
from daysheet.services.reviews import Answer, Says
from daysheet.store import assignments, contacts, lookup, merges, opportunities, tables
from daysheet.templates_xlsx.layout import ref_letter
from tests.builders import a_deal, a_mail, a_visit, a_workbook, daily
from tests.unit.services.conftest import Pipeline
from tests.unit.services.memory import CODE, OTHER_CODE, add, ask, everything, merge, refused, unmerge

BANK, SHORT, THIRD = "北京云杉银行", "云杉银行北京", "云杉京行"
REP = "wang.li@corp.example"
OTHER_REP = "tom@corp.example"


def report(
    pipeline: Pipeline, *names: str, sender: str = REP, day: int = 0, city: str | None = None, **sheets: Any
) -> None:
    """Mail a report that visits each of *names*, all in *city*, and let it land."""
    number = "E1" if sender == REP else "E2"
    on = date(2026, 3, 4) - timedelta(days=day)
    content = a_workbook(
        [a_visit(name, visit_date=on, contact=f"周{n}", city=city) for n, name in enumerate(names)],
        cover={"rep_number": number, "report_date": on},
        **sheets,
    )
    line = pipeline.feed(a_mail(content, sender=sender, text=f"{number} {day} {names}"))
    assert line.state == "accepted", line


def shown(pipeline: Pipeline, customer_id: int) -> Any:
    found = customers.show(pipeline.tools, customer_id)
    assert found is not None
    return found


def test_a_merged_customers_id_names_and_rows_lead_to_what_it_became(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, BANK, SHORT)
    report(pipeline, SHORT)
    merge(pipeline.tools, a, b)
    assert shown(pipeline, b).customer.id == a
    assert {alias.text for alias in shown(pipeline, a).aliases} == {BANK, SHORT}
    assert shown(pipeline, a).merged_ids == (b,)
    for text in (SHORT, str(b)):
        assert [one.id for one in customers.search(pipeline.tools, text, 5)] == [a]
    exported = {row["id"]: row for row in customers.export_rows(pipeline.tools)}
    assert b not in exported
    assert exported[a]["merged_ids"] == str(b)


def test_rows_that_arrive_in_between_go_to_the_side_whose_name_they_bear(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, BANK, SHORT)
    done = merge(pipeline.tools, a, b)
    report(pipeline, SHORT, BANK)
    assert [row["customer_id"] for row in pipeline.rows("visits")] == [b, a]
    [answer] = pipeline.answers()
    assert {line.canonical for line in answer.customers} == {BANK}, "the rep is told the one name it goes by"
    unmerge(pipeline.tools, done)
    assert shown(pipeline, b).customer.id == b


def test_merging_and_taking_it_back_leaves_everything_as_if_there_had_been_no_merge(
    pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def story(tools_merge: bool) -> Any:
        a, b, c = ids
        report(pipeline, SHORT, THIRD, day=3)
        done = [merge(pipeline.tools, a, b), merge(pipeline.tools, c, a)] if tools_merge else []
        report(pipeline, BANK, SHORT, sender=OTHER_REP, day=2, opportunities=[a_deal(SHORT), a_deal(BANK)])
        report(pipeline, SHORT, BANK, day=1, city="无锡市", opportunities=[a_deal(SHORT)])
        for one in reversed(done):
            unmerge(pipeline.tools, one)
        return everything(pipeline.tools)

    saved = (pipeline.folder / "daysheet.db").read_bytes()
    ids = add(pipeline.tools, BANK, SHORT, THIRD, status=CustomerStatus.PROVISIONAL)
    merged = story(True)
    pipeline.tools.database.close()
    for file in pipeline.folder.glob("daysheet.db*"):
        file.unlink()
    (pipeline.folder / "daysheet.db").write_bytes(saved)
    assert ids == add(pipeline.tools, BANK, SHORT, THIRD, status=CustomerStatus.PROVISIONAL)
    assert merged == story(False)


def test_a_later_merge_has_to_be_undone_first_and_is_named(pipeline: Pipeline) -> None:
    a, b, c, d = add(pipeline.tools, BANK, SHORT, THIRD, "云杉行")
    first = merge(pipeline.tools, a, b)
    second = merge(pipeline.tools, c, a)
    third = merge(pipeline.tools, d, c)
    assert first.event
    assert third.event
    refusal = refused(merging.unmerge(pipeline.tools, event_id=first.event.id))
    assert refusal.code is RefusalCode.LATER_MERGE
    assert refusal.params["later"] == third.event.id, "the one that can be undone now"
    for done in (third, second, first):
        unmerge(pipeline.tools, done)
    assert shown(pipeline, b).customer.id == b


def test_later_merges_into_the_same_customer_do_not_stand_in_the_way(pipeline: Pipeline) -> None:
    a, b, c = add(pipeline.tools, BANK, SHORT, THIRD)
    first = merge(pipeline.tools, a, b)
    merge(pipeline.tools, a, c)
    unmerge(pipeline.tools, first)
    assert [shown(pipeline, one).customer.id for one in (a, b, c)] == [a, b, a]


def test_a_merge_that_was_decided_on_what_the_earlier_brought_in_does(pipeline: Pipeline) -> None:
    a, b, c = add(pipeline.tools, BANK, SHORT, THIRD)
    first = merge(pipeline.tools, a, b)
    second = merge(pipeline.tools, b, c)  # c is what b is, whatever a is
    assert first.event
    assert second.event
    assert second.event.winner_id == a
    refusal = refused(merging.unmerge(pipeline.tools, event_id=first.event.id))
    assert refusal.params["later"] == second.event.id


def test_different_binds_whole_clusters(pipeline: Pipeline) -> None:
    a, b, c = add(pipeline.tools, BANK, SHORT, THIRD)
    review = ask(pipeline.tools, c, a)
    reviews.decide(pipeline.tools, review, Answer(Says.DIFFERENT, reason="另一家"))
    merge(pipeline.tools, a, b)
    refusal = refused(merging.merge(pipeline.tools, Request(b, c, {})))
    assert refusal.code is RefusalCode.JUDGED_DIFFERENT
    assert {refusal.params["left"], refusal.params["right"]} == {a, c}
    assert refusal.params["actor"] == "operator"
    assert refusal.params["reason"] == "另一家"


def test_a_chain_of_sames_does_not_pull_together_what_was_judged_different(pipeline: Pipeline) -> None:
    a, b, c = add(pipeline.tools, BANK, SHORT, THIRD)
    reviews.decide(pipeline.tools, ask(pipeline.tools, c, a), Answer(Says.DIFFERENT))
    merge(pipeline.tools, b, c)
    assert refused(merging.merge(pipeline.tools, Request(a, b, {}))).code is RefusalCode.JUDGED_DIFFERENT


def test_two_valid_credit_codes_are_two_legal_persons_unless_somebody_says_which_is_wrong(pipeline: Pipeline) -> None:
    [a] = add(pipeline.tools, BANK, credit_code=CODE)
    [b] = add(pipeline.tools, SHORT, credit_code=OTHER_CODE)
    assert refused(merging.merge(pipeline.tools, Request(a, b, {}))).code is RefusalCode.TWO_CREDIT_CODES
    done = merge(pipeline.tools, a, b, credit_code="loser")
    assert shown(pipeline, a).customer.credit_code == OTHER_CODE
    unmerge(pipeline.tools, done)
    assert shown(pipeline, a).customer.credit_code == CODE


def test_an_invalid_code_gives_way_to_a_valid_one(pipeline: Pipeline) -> None:
    [a] = add(pipeline.tools, BANK, credit_code="91350100M000100Y4Z")
    [b] = add(pipeline.tools, SHORT, credit_code=CODE)
    merge(pipeline.tools, a, b)
    assert shown(pipeline, a).customer.credit_code == CODE


def test_the_best_values_survive_and_the_records_stay_as_they_are(pipeline: Pipeline) -> None:
    [a] = add(pipeline.tools, "云杉", city="杭州", note="年度框架")
    [b] = add(pipeline.tools, "杭州云杉电子有限公司", city="杭州市", phone="0571-88880000", note="先款后货")
    done = merge(pipeline.tools, a, b)
    now = shown(pipeline, a).customer
    assert (now.id, now.display_name, now.city, now.phone) == (a, "杭州云杉电子有限公司", "杭州市", "0571-88880000")
    assert now.note == "年度框架\n先款后货"
    [stored] = pipeline.select(sa.select(tables.customer.c.display_name).where(tables.customer.c.id == a))
    assert stored.display_name == "云杉"
    unmerge(pipeline.tools, done)
    again = shown(pipeline, a).customer
    assert (again.display_name, again.city, again.phone, again.note) == ("云杉", "杭州", None, "年度框架")


def test_a_value_can_be_kept_by_hand_and_stays_kept(pipeline: Pipeline) -> None:
    [a] = add(pipeline.tools, BANK, city="杭州")
    [b] = add(pipeline.tools, SHORT, city="杭州市")
    [c] = add(pipeline.tools, THIRD, city="浙江省杭州市")
    merge(pipeline.tools, a, b, city="winner")
    assert shown(pipeline, a).customer.city == "杭州"
    merge(pipeline.tools, a, c)
    assert shown(pipeline, a).customer.city == "杭州"


def test_what_is_not_there_cannot_be_kept(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, BANK, SHORT)
    refusal = refused(merging.merge(pipeline.tools, Request(a, b, {"city": "loser"})))
    assert refusal.code is RefusalCode.NOTHING_TO_KEEP


def test_a_merged_customer_is_confirmed_if_one_of_them_is(pipeline: Pipeline) -> None:
    [a] = add(pipeline.tools, BANK, status=CustomerStatus.PROVISIONAL)
    [b] = add(pipeline.tools, SHORT)
    done = merge(pipeline.tools, a, b)
    assert shown(pipeline, a).customer.status is CustomerStatus.CONFIRMED
    assert a in {row["id"] for row in customers.export_rows(pipeline.tools)}
    unmerge(pipeline.tools, done)
    assert shown(pipeline, a).customer.status is CustomerStatus.PROVISIONAL


def test_what_a_report_says_of_the_loser_is_shown_at_the_winner(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, BANK, SHORT)
    done = merge(pipeline.tools, a, b)
    report(pipeline, SHORT, city="无锡市")
    assert shown(pipeline, a).customer.city == "无锡市"
    unmerge(pipeline.tools, done)
    assert [shown(pipeline, one).customer.city for one in (a, b)] == [None, "无锡市"]


def test_a_dry_run_shows_the_record_and_merges_nothing(pipeline: Pipeline) -> None:
    [a] = add(pipeline.tools, BANK, city="杭州")
    [b] = add(pipeline.tools, SHORT, city="杭州市")
    before = everything(pipeline.tools)
    done = merging.merge(pipeline.tools, Request(a, b, {}), dry_run=True)
    assert isinstance(done, Merged)
    assert done.event is None
    [city] = [line for line in done.plan.lines if line.field == "city"]
    assert (city.winner, city.loser, city.result.text, city.result.why) == ("杭州", "杭州市", "杭州市", "longest")
    assert everything(pipeline.tools) == before


def test_who_decides_is_recorded_and_must_be_a_steward(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, BANK, SHORT)
    with pytest.raises(UsageError, match="nobody has the employee number"):
        merging.merge(pipeline.tools, Request(a, b, {}), by="E404")
    with pytest.raises(NotAllowed, match=r"王丽 \(E1\) is rep; only stewards"):
        merging.merge(pipeline.tools, Request(a, b, {}), by="E1")
    with pipeline.tools.database.writing() as connection:
        connection.execute(tables.person.update().where(tables.person.c.number == "E9").values(role="steward"))
    done = merging.merge(pipeline.tools, Request(a, b, {}, "同一家"), by="E9")
    assert isinstance(done, Merged)
    [entry] = pipeline.select(sa.select(tables.audit).where(tables.audit.c.action == "customer.merged"))
    assert (entry.actor, entry.entity_id, entry.after["reason"]) == ("E9", b, "同一家")
    [said] = pipeline.select(sa.select(tables.judgement))
    assert (said.says, said.actor, said.reason) == ("same", "E9", "同一家")
    assert said.person_id is not None


def test_undoing_a_merge_revokes_its_judgement_and_only_adds_to_the_log(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, BANK, SHORT)
    unmerge(pipeline.tools, merge(pipeline.tools, a, b))
    [said] = pipeline.select(sa.select(tables.judgement))
    assert said.revoked_at is not None
    actions = [row.action for row in pipeline.select(sa.select(tables.audit).order_by(tables.audit.c.id))]
    assert actions[-2:] == ["customer.merged", "customer.unmerged"]
    [event] = pipeline.select(sa.select(tables.merge_event))
    assert event.undone_at is not None
    assert event.before["moved"][0]["id"] == b


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"event_id": 404}, RefusalCode.UNKNOWN_MERGE),
        ({"customer_id": 404}, RefusalCode.UNKNOWN_CUSTOMER),
        ({"customer_id": 1}, RefusalCode.NOT_MERGED),
    ],
)
def test_what_was_not_merged_cannot_be_undone(pipeline: Pipeline, asked: dict[str, int], code: RefusalCode) -> None:
    assert refused(merging.unmerge(pipeline.tools, **asked)).code is code


def test_a_merge_is_undone_once(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, BANK, SHORT)
    done = merge(pipeline.tools, a, b)
    assert isinstance(merging.unmerge(pipeline.tools, customer_id=b), Unmerged)
    assert done.event
    refusal = refused(merging.unmerge(pipeline.tools, event_id=done.event.id))
    assert refusal.code is RefusalCode.MERGE_UNDONE


def test_one_customer_is_not_merged_with_itself_nor_with_nobody(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, BANK, SHORT)
    merge(pipeline.tools, a, b)
    assert refused(merging.merge(pipeline.tools, Request(b, a, {}))).code is RefusalCode.ALREADY_ONE
    assert refused(merging.merge(pipeline.tools, Request(a, 404, {}))).code is RefusalCode.UNKNOWN_CUSTOMER


def test_a_child_merged_with_its_parent_is_a_link_that_says_nothing(pipeline: Pipeline) -> None:
    a, b, c = add(pipeline.tools, BANK, SHORT, THIRD)
    linking.link(pipeline.tools, c, a)
    with pipeline.tools.database.writing() as connection:  # as a rule made it, for what was judged related stays two
        connection.execute(tables.judgement.delete())
    done = merge(pipeline.tools, a, c)
    assert shown(pipeline, a).parents == ()
    assert shown(pipeline, a).children == ()
    assert [link.child_id for link in done.plan.silent] == [c]
    linking.link(pipeline.tools, b, a)
    assert [one.id for one in shown(pipeline, a).children] == [b]
    unmerge(pipeline.tools, done)
    assert [one.id for one in shown(pipeline, a).children] == [b, c]


def test_a_merge_over_a_customer_in_between_is_refused(pipeline: Pipeline) -> None:
    a, b, c = add(pipeline.tools, BANK, SHORT, THIRD)
    linking.link(pipeline.tools, b, a)
    linking.link(pipeline.tools, c, b)
    refusal = refused(merging.merge(pipeline.tools, Request(a, c, {})))
    assert (refusal.code, refusal.params["between"]) == (RefusalCode.MERGE_MAKES_CYCLE, b)


def test_of_two_parents_one_is_shown_and_may_be_chosen(pipeline: Pipeline) -> None:
    a, b, p, q = add(pipeline.tools, BANK, SHORT, THIRD, "云杉总行")
    linking.link(pipeline.tools, a, p)
    linking.link(pipeline.tools, b, q)
    done = merge(pipeline.tools, a, b)
    assert [one.id for one in shown(pipeline, a).parents] == [p]
    assert shown(pipeline, q).children == ()
    unmerge(pipeline.tools, done)
    merge(pipeline.tools, a, b, parent="loser")
    assert [one.id for one in shown(pipeline, b).parents] == [q]
    assert [one.id for one in shown(pipeline, q).children] == [a]


def test_contacts_are_one_while_their_customers_are(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, BANK, SHORT)
    report(pipeline, BANK, day=1)
    done = merge(pipeline.tools, a, b)
    report(pipeline, SHORT)

    def names(customer_id: int) -> list[tuple[str, int]]:
        with pipeline.tools.database.reading() as connection:
            return [(view.name, len(view.ids)) for view in contacts.of(connection, customer_id)]

    assert names(a) == [("周0", 2)]
    unmerge(pipeline.tools, done)
    assert names(a) == names(b) == [("周0", 1)]


def test_a_deal_of_both_is_one_deal_while_they_are_one(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, BANK, SHORT)
    report(pipeline, BANK, day=1, opportunities=[a_deal(BANK, stage="已报价")])
    done = merge(pipeline.tools, a, b)
    content = a_workbook(
        [a_visit(SHORT)],
        cover={"rep_number": "E1", "report_date": date(2026, 3, 4)},
        opportunities=[a_deal(SHORT, stage="线索")],
    )
    assert "SD-X003" in pipeline.feed(a_mail(content)).codes, "its stage moved back, seen over both"
    first, second = (row["opportunity_id"] for row in pipeline.rows("opportunities"))

    def shown_as() -> dict[int, int]:
        with pipeline.tools.database.reading() as connection:
            return opportunities.twins(connection, [first, second])

    assert shown_as() == {first: first, second: first}
    unmerge(pipeline.tools, done)
    assert shown_as() == {first: first, second: second}


def test_a_prefilled_deal_stays_with_the_customer_whose_deal_it_is(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, BANK, SHORT)
    report(pipeline, SHORT, day=1, opportunities=[a_deal(SHORT)])
    [deal] = pipeline.rows("opportunities")
    merge(pipeline.tools, a, b)
    content = a_workbook([a_visit(BANK)], opportunities=[a_deal(BANK)])
    book = load_workbook(BytesIO(content))
    sheet = daily().sheet("opportunities")
    book[sheet.label.zh][f"{ref_letter(sheet)}3"] = f"o:{deal['opportunity_id']}"
    with_ref = BytesIO()
    book.save(with_ref)
    assert pipeline.feed(a_mail(with_ref.getvalue())).state == "accepted"
    *_, row = pipeline.rows("opportunities")
    assert (row["customer_id"], row["opportunity_id"]) == (b, deal["opportunity_id"])


def test_the_earliest_owner_owns_the_merged_customer(pipeline: Pipeline) -> None:
    a, b = add(pipeline.tools, BANK, SHORT)
    report(pipeline, SHORT, sender=OTHER_REP, day=2)
    report(pipeline, BANK, day=1)

    def owned(number: int, today: date) -> list[int]:
        with pipeline.tools.database.reading() as connection:
            return [one.id for one in assignments.own_customers(connection, number, today)]

    [(mine,), (theirs,)] = [
        pipeline.select(sa.select(tables.person.c.id).where(tables.person.c.number == number))
        for number in ("E1", "E2")
    ]
    years_later = date(2028, 1, 1)
    assert (owned(mine[0], years_later), owned(theirs[0], years_later)) == ([a], [b])
    done = merge(pipeline.tools, a, b)
    assert (owned(mine[0], years_later), owned(theirs[0], years_later)) == ([], [a])
    assert owned(mine[0], date(2026, 3, 4)) == [a], "who took part lately keeps it among their own"
    exported = {row["id"]: row for row in customers.export_rows(pipeline.tools)}
    assert exported[a]["owner"] == "E2"
    unmerge(pipeline.tools, done)
    assert (owned(mine[0], years_later), owned(theirs[0], years_later)) == ([a], [b])


def test_a_name_that_both_have_stays_with_the_one_that_is_shown(pipeline: Pipeline) -> None:
    [a] = add(pipeline.tools, BANK, aliases=["云杉行"])
    [b] = add(pipeline.tools, SHORT, aliases=["云杉行"])
    merge(pipeline.tools, a, b)
    named = {name: lookup.Named(a, (name,)) for name in ("云杉行", SHORT, "没有的名字")}
    with pipeline.tools.database.reading() as connection:
        assert lookup.owners(connection, named) == {"云杉行": a, SHORT: b, "没有的名字": a}


def test_the_events_that_made_a_customer_can_be_listed(pipeline: Pipeline) -> None:
    a, b, c = add(pipeline.tools, BANK, SHORT, THIRD)
    first, second = merge(pipeline.tools, b, c), merge(pipeline.tools, a, b)
    assert [event.id for event in merging.history(pipeline.tools, c)] == [
        done.event.id for done in (first, second) if done.event
    ]
    with pipeline.tools.database.reading() as connection:
        assert merges.roots_of(connection, [c]) == {c: a}
