"""What no log may hold is taken out; what an operator needs to read stays."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric

from daysheet.model.redaction import STARS, Redaction, is_id_number, redacted


def an_id_number(first: str) -> str:
    return first + ric.calc_check_digit(first + "0")


ID = an_id_number("11010119900307123")
CARD = "622202020011223" + luhn.calc_check_digit("622202020011223")


@given(st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True))
def test_an_id_number_is_one_by_its_check_digit(digits: str) -> None:
    assert is_id_number(digits) == (ric.calc_check_digit(digits) == digits[-1])


@pytest.mark.parametrize(
    "text",
    [
        ID,
        f"ValueError: could not read '{ID}'",
        f"身份证{ID}。",
        ID.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        f"{ID[:6]} {ID[6:14]} {ID[14:]}",
        f"no={ID},",
        f"rows 3 {ID} 4",
        f"{ID}.",
        f"/a/日报.{ID}.xlsx",
        f"\x1b[35m{ID}\x1b[0m",
    ],
)
def test_no_id_number_is_left(text: str) -> None:
    said = redacted(text)
    assert sum(one.isdigit() for one in said) < 8, said
    assert "***" in said


@pytest.mark.parametrize("text", [CARD, f"卡号{CARD}", f"{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}"])
def test_of_a_bank_card_four_digits_are_left(text: str) -> None:
    assert redacted(text).endswith("*" + CARD[-4:])


@pytest.mark.parametrize(
    "text",
    ["13812345678", "+86 138-1234-5678", "电话13812345678联系", "<13812345678@corp.example>", "日报.13812345678.xlsx"],
)
def test_of_a_mobile_number_the_ends_are_left(text: str) -> None:
    assert "138******78" in redacted(text)
    assert "1234" not in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://u:geheim@h.example/x",
        "postgresql+psycopg://daysheet:ge/heim@db/daysheet",
        "connection failed: host=db password=geheim dbname=x",
        "{'password': 'geheim', 'user': 'u'}",
        '{"client_secret":"geheim"}',
        "refresh_token=geheim&grant_type=x",
        "DAYSHEET_SMTP__PASSWORD=geheim",
        "AUTH PLAIN AGRheXNoZWV0AGdlaGVpbQ==",
        "Authorization: Bearer geheim-geheim-geheim",
        "eyJhbGciOiJSUzI1NiJ9.geheim.heim",
        "/links/aB3geheim-heim_0123456789abcdefghijklmnopqr",
    ],
)
def test_what_has_the_form_of_a_secret_is_taken_out(text: str) -> None:
    said = redacted(text)
    assert STARS in said
    assert "heim" not in said
    assert "AGdlaGVpbQ" not in said


@pytest.mark.parametrize(
    "text",
    [
        "message 42 of E1 set aside: unauthenticated",
        "2026-11-25T04:47:13.123456Z",
        "91330106MA27XXXX0A",  # a company's credit code is no person's number
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "<8f14e45fceea167a5a36dedd4bea2543.answer@corp.example>",
        "1764046033.1380013800",
        "10.138.123.45678",
        "the password was refused",
        "smtp password_file: cannot read /etc/x: No such file",
        "no login on port 993 in 30 seconds",
        "11010119900307123",  # a digit short
        "UIDVALIDITY 1764046033, UID 123456",
        "010-65123456",
    ],
)
def test_what_an_operator_reads_stays(text: str) -> None:
    assert redacted(text) == text


@given(st.text(st.sampled_from("019X -a:@/=\"'password")))
def test_twice_takes_out_no_more_than_once(text: str) -> None:
    assert redacted(redacted(text)) == redacted(text)


def test_a_secret_in_force_is_taken_out_wherever_it_stands() -> None:
    redaction = Redaction(["correct horse", "horse", "abc", ""])
    assert redaction.text("535 correct horse is wrong, abc too") == f"535 {STARS} is wrong, abc too"
    value = redaction.value({"error": ("a horse", {"x": ValueError(f"{ID} horse")}), "inbound": 3, "none": None})
    assert value == {"error": [f"a {STARS}", {"x": redacted(f"{ID} {STARS}")}], "inbound": 3, "none": None}


@pytest.mark.parametrize("text", ["://a:", "password", "password=", "bearer ", "eyJ", "aZ", "1234 ", "86 "])
def test_a_text_of_whatever_length_takes_no_time(text: str) -> None:
    began = time.perf_counter()
    redacted(text * (100_000 // len(text)))
    assert time.perf_counter() - began < 1.5
