"""Which customer a name is: the strongest evidence that is clear decides."""

from dataclasses import replace
from typing import Any

import pytest

from daysheet.dedupe.decide import MOST_CANDIDATES, Customers, Found, NameQuery, Wanted, recognise, wanted
from daysheet.model.customers import Customer, CustomerStatus
from daysheet.model.decisions import Evidence, Matched, NeedsReview, NewCustomer
from daysheet.model.names import NameParse, Status, Verdict, VerdictCode

CODE = "91440300708461136T"
OTHER_CODE = "91110000100017707H"
ERP_ID = ("erp", "C-1")


def a_customer(number: int, name: str = "", *, root: int | None = None, code: str | None = None) -> Customer:
    return Customer(number, name or f"客户{number}", CustomerStatus.CONFIRMED, root or number, credit_code=code)


def a_parse(raw: str = "华信", canonical: str = "", key: str = "华信|LTD", uscc: str = "") -> NameParse:
    verdict = Verdict(Status.CONFORMANT, (VerdictCode("OK"),))
    return NameParse(raw=raw, canonical=canonical or raw, key=key, verdict=verdict, uscc=uscc)


def a_query(parse: NameParse | None = None, **more: Any) -> NameQuery:
    return NameQuery(parse or a_parse(), **more)


A, B, C = (a_customer(number) for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("found", "evidence"),
    [
        (Found(external_ids={ERP_ID: (A,)}), Evidence.EXTERNAL_ID),
        (Found(credit_codes={CODE: (A,)}), Evidence.CREDIT_CODE),
        (Found(aliases={"华信": (A,)}), Evidence.ALIAS),
        (Found(aliases={"华信有限公司": (A,)}), Evidence.ALIAS),
        (Found(keys={"华信|LTD": (A,)}), Evidence.KEY),
    ],
)
def test_each_kind_of_evidence_is_enough_by_itself(found: Found, evidence: Evidence) -> None:
    query = a_query(a_parse("华信", "华信有限公司"), external_id=ERP_ID, credit_code=CODE)
    decision = recognise(query, found)
    assert isinstance(decision, Matched)
    assert decision.evidence is evidence
    assert decision.candidate.customer_id == A.id
    assert decision.candidate.display_name == A.display_name
    assert decision.candidate.reasons == (str(evidence),)
    assert decision.candidate.score == 1.0


def test_a_name_nothing_is_known_of_is_a_new_customer() -> None:
    assert recognise(a_query(external_id=ERP_ID, credit_code=CODE), Found()) == NewCustomer()


@pytest.mark.parametrize("stronger", [0, 1, 2, 3])
def test_stronger_evidence_overrules_weaker(stronger: int) -> None:
    kinds: list[dict[str, dict[Any, Customers]]] = [
        {"external_ids": {ERP_ID: (A,)}},
        {"credit_codes": {CODE: (A,)}},
        {"aliases": {"华信": (A,)}},
        {"keys": {"华信|LTD": (A,)}},
    ]
    weaker: dict[str, dict[Any, Customers]] = {}
    for kind in kinds[stronger + 1 :]:
        weaker |= {name: dict.fromkeys(answers, (B,)) for name, answers in kind.items()}
    decision = recognise(a_query(external_id=ERP_ID, credit_code=CODE), Found(**kinds[stronger], **weaker))
    assert isinstance(decision, Matched)
    assert decision.candidate.customer_id == A.id


def test_what_was_typed_goes_before_what_it_was_made_into() -> None:
    found = Found(aliases={"华信": (A,), "华信有限公司": (B,)})
    decision = recognise(a_query(a_parse("华信", "华信有限公司")), found)
    assert isinstance(decision, Matched)
    assert decision.candidate.customer_id == A.id


def test_several_customers_of_one_name_are_a_question() -> None:
    decision = recognise(a_query(), Found(aliases={"华信": (A, B)}))
    assert isinstance(decision, NeedsReview)
    assert [candidate.customer_id for candidate in decision.candidates] == [1, 2]
    assert all(candidate.reasons == ("alias",) for candidate in decision.candidates)
    assert all(0.0 < candidate.score < 1.0 for candidate in decision.candidates)


def test_weaker_evidence_may_choose_among_the_doubtful() -> None:
    decision = recognise(a_query(), Found(aliases={"华信": (A, B)}, keys={"华信|LTD": (B, C)}))
    assert isinstance(decision, Matched)
    assert decision.candidate.customer_id == B.id
    assert decision.evidence is Evidence.KEY


def test_weaker_evidence_may_not_bring_in_another() -> None:
    decision = recognise(a_query(), Found(aliases={"华信": (A, B)}, keys={"华信|LTD": (C,)}))
    assert isinstance(decision, NeedsReview)
    assert {candidate.customer_id for candidate in decision.candidates} == {1, 2}


def test_merged_customers_count_as_what_they_became() -> None:
    merged = replace(B, root_id=A.id, merged_into=A.id)
    decision = recognise(a_query(), Found(aliases={"华信": (merged, A)}))
    assert isinstance(decision, Matched)
    assert decision.candidate.customer_id == A.id


def test_a_steward_is_not_asked_about_a_crowd() -> None:
    crowd = tuple(a_customer(number) for number in range(1, 30))
    decision = recognise(a_query(), Found(keys={"华信|LTD": crowd}))
    assert isinstance(decision, NeedsReview)
    assert len(decision.candidates) == MOST_CANDIDATES


def test_one_name_with_two_credit_codes_is_a_question() -> None:
    known = a_customer(1, code=OTHER_CODE)
    for found in (Found(aliases={"华信": (known,)}), Found(keys={"华信|LTD": (known,)})):
        assert isinstance(recognise(a_query(credit_code=CODE), found), NeedsReview)


@pytest.mark.parametrize(
    ("known", "asked"), [(CODE, CODE), (None, CODE), (CODE, None), (CODE, "12345"), ("12345", CODE)]
)
def test_credit_codes_that_do_not_contradict_leave_the_name_to_decide(known: str | None, asked: str | None) -> None:
    decision = recognise(a_query(credit_code=asked), Found(aliases={"华信": (a_customer(1, code=known),)}))
    assert isinstance(decision, Matched)


def test_a_list_may_correct_the_credit_code_of_its_own_customer() -> None:
    found = Found(external_ids={ERP_ID: (a_customer(1, code=OTHER_CODE),)})
    assert isinstance(recognise(a_query(external_id=ERP_ID, credit_code=CODE), found), Matched)


def test_a_credit_code_typed_as_the_name_is_looked_for() -> None:
    assert a_query(a_parse(CODE, uscc=CODE)).code == CODE
    assert a_query(a_parse(CODE, uscc=CODE), credit_code=OTHER_CODE).code == OTHER_CODE


def test_everything_is_asked_for_at_once_and_once() -> None:
    queries = [
        a_query(a_parse("华信", "华信有限公司"), external_id=ERP_ID),
        a_query(a_parse("华信", "华信有限公司"), credit_code=CODE),
        a_query(a_parse("", "", key="")),
    ]
    assert wanted(queries) == Wanted(
        external_ids=frozenset({ERP_ID}),
        credit_codes=frozenset({CODE}),
        texts=frozenset({"华信", "华信有限公司"}),
        keys=frozenset({"华信|LTD"}),
    )


def test_nothing_is_asked_for_where_there_is_no_name() -> None:
    assert wanted([]) == Wanted(frozenset(), frozenset(), frozenset(), frozenset())
