"""What templates make of values: markup of ours stays, a sender's signs are shown as what they are."""

from daysheet.web.page import environment
from tests.unit.web.conftest import Console


def test_what_a_macro_returns_is_not_escaped_once_more_and_what_a_sender_wrote_is() -> None:
    template = environment().from_string("{% macro bold(x) %}<b>{{ x }}</b>{% endmacro %}{{ bold(name) }}")
    assert template.render(name="<i>\u202eevil\x07") == "<b>&lt;i&gt;␣evil␣</b>"


def test_an_address_with_a_nul_is_refused(console: Console) -> None:
    for path in ("/people/%00", "/people?q=%00"):
        assert console.client.get(path).status_code == 400


def test_an_id_larger_than_any_there_is_is_not_found(console: Console) -> None:
    console.browser("A1").get(f"/reviews/{2**70}", 404)


def test_who_may_not_is_told_so_in_the_pages_language_only(console: Console) -> None:
    page = console.browser("S1").get("/audit", 403)
    assert "may not" not in page
    assert "S1" not in page.split("<main")[1].split("</main>")[0]
