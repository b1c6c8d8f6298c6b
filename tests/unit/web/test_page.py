"""What templates make of values: markup of ours stays, a sender's signs are shown as what they are."""

from daysheet.web.page import environment


def test_what_a_macro_returns_is_not_escaped_once_more_and_what_a_sender_wrote_is() -> None:
    template = environment().from_string("{% macro bold(x) %}<b>{{ x }}</b>{% endmacro %}{{ bold(name) }}")
    assert template.render(name="<i>\u202eevil\x07") == "<b>&lt;i&gt;␣evil␣</b>"
