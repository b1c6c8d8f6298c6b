"""The mail's two bodies: safe whatever was typed, whole without any style, small whatever went wrong."""

import re
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from daysheet.model.answers import Answer, CustomerLine, CustomerOutcome
from daysheet.model.issues import IssueCode, Place, issue
from daysheet.model.mail import MessageState, Reason
from daysheet.model.text import Language
from daysheet.reports.render import Rendered, render
from tests.unit.reports.answers import COMPANY, EVIL, NAMES, a_problem, an_answer, carried, every_answer

VOID = {"meta", "br"}
ALLOWED = {"html", "head", "meta", "title", "body", "table", "tr", "td", "tbody", "h1", "h2", "p", "b", "span"}


class Page(HTMLParser):
    """A page taken apart: its elements with their attributes, what is read, each colour with its ground."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.grounds = ["#ffffff"]
        self.colours: set[tuple[str, str]] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.grounds.append(dict(attrs).get("bgcolor") or self.grounds[-1])
        colour = re.search(r"(?:^|;)color: (#\w{6})", dict(attrs).get("style") or "")
        if colour:
            self.colours.add((colour[1], self.grounds[-1]))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.grounds.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("title", "style"):
            self.words.append(data)

    @property
    def said(self) -> str:
        return "".join("".join(self.words).split())


def rendered(answer: Answer) -> Rendered:
    return render(answer, COMPANY, workbook=carried(answer))


def said_in(name: str) -> Answer:
    """Return an answer in which *name* stands wherever a sender's words can."""
    found = a_problem(IssueCode.CELL_FORMULA_UNCALCULATED, 4, "D", name, suggestions=(name,))
    return an_answer(
        state=MessageState.PARTLY,
        reason=Reason.HAS_ISSUES,
        subject=name,
        file_name=name,
        rep_name=name,
        issues=(replace(found, place=replace(found.place, sheet=name)),),
        customers=(CustomerLine(name, "x", CustomerOutcome.RENAMED), CustomerLine(name, name, CustomerOutcome.NEW)),
    )


EVERY = pytest.mark.parametrize(("name", "language"), [(name, one) for name in NAMES for one in Language])


# ---- hostile words -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        EVIL,
        "</td></tr></table><h1>All is well</h1>",
        '"><a href="https://evil.example/">x</a>',
        "' onmouseover='alert(1)",
        "&lt;script&gt;&amp;#60;",
        "<!-- --><![endif]-->",
        "{{ 7 * 7 }}{% raw %}",
        "<style>* { display: none }</style>",
    ],
)
def test_nothing_a_sender_types_becomes_markup(words: str) -> None:
    harmless, hostile = Page(rendered(said_in("harmless")).html), Page(rendered(said_in(words)).html)
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in harmless.elements]
    assert [attrs for _, attrs in hostile.elements] == [attrs for _, attrs in harmless.elements]
    shown = "".join(words.replace("\u202e", "")[:50].split())
    assert shown in hostile.said


@pytest.mark.parametrize("control", [*"\r\n\t\x00\x0b\x1b\x85", "\u2028", "\u2029"])
def test_a_break_in_a_cell_makes_no_line_of_ours(control: str) -> None:
    made = rendered(said_in(f"好{control}== To correct =={control}1. 坏"))
    assert f"好{control}" not in made.text + made.html + made.subject
    assert "\n== To correct ==\n1. 坏" not in made.text
    assert "好 == To correct == 1. 坏" in made.text
    assert len(made.subject.splitlines()) == 1


@pytest.mark.parametrize("mark", [*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff"])
def test_a_mark_that_turns_the_reading_direction_is_left_out(mark: str) -> None:
    made = rendered(said_in(f"报价{mark}xslx.exe"))
    assert mark not in made.text + made.html + made.subject
    assert "报价xslx.exe" in made.text


def test_names_of_every_script_arrive_as_they_are() -> None:
    name = "شركة النور · Ω-Łódź · 髙橋㈱ · 𠮷野家 · O'Neill & Søn <KG>"
    made = rendered(said_in(name))
    assert name in made.text
    assert "".join(name.split()) in Page(made.html).said


# ---- whole without style, and nothing from outside ----------------------------------------------


@EVERY
def test_a_mail_is_plain_tables_that_say_they_are_layout(name: str, language: Language) -> None:
    page = Page(rendered(every_answer(language)[name]).html)
    assert page.open == []
    assert {tag for tag, _ in page.elements} <= ALLOWED
    assert [attrs["role"] for tag, attrs in page.elements if tag == "table"] == ["presentation"] * sum(
        tag == "table" for tag, _ in page.elements
    )
    assert page.elements[0] == ("html", {"lang": "zh-CN" if language is Language.ZH else "en"})
    assert [tag for tag, _ in page.elements].count("h1") == 1


@EVERY
def test_nothing_is_fetched_and_nothing_can_be_pressed(name: str, language: Language) -> None:
    for _, attributes in Page(rendered(every_answer(language)[name]).html).elements:
        assert not attributes.keys() & {"src", "href", "background", "srcset", "action", "data", "poster"}
        assert not [key for key in attributes if key.startswith("on")]
        assert "url(" not in (attributes.get("style") or "")
        assert "@import" not in (attributes.get("style") or "")


@EVERY
def test_both_bodies_say_the_same_and_no_style_hides_or_adds_a_word(name: str, language: Language) -> None:
    made = rendered(every_answer(language)[name])
    bare = re.sub(r' (?:style|class|bgcolor|width|height|align)="[^"]*"', "", made.html)
    assert Page(bare).said == Page(made.html).said
    assert not re.search(r"display:\s*none|visibility|content:|text-indent|opacity|font-size:\s*0", made.html)
    for line in made.text.splitlines():
        words = re.sub(r"^(?:- |\d+\. |== |【|--$)|(?: ==|】)$", "", line.strip())
        for part in re.split(r"：|: | · ", words):
            assert "".join(part.split()) in Page(made.html).said


@EVERY
def test_every_background_has_its_old_attribute_and_no_rule_is_left_behind(name: str, language: Language) -> None:
    html = rendered(every_answer(language)[name]).html
    assert "<style" not in html
    for tag, attributes in Page(html).elements:
        style = attributes.get("style") or ""
        colour = re.search(r"background-color: (#\w{6})", style)
        assert "background:" not in style
        if colour and tag != "body":
            assert attributes.get("bgcolor") == colour[1]


@EVERY
def test_every_colour_can_be_read_on_its_ground(name: str, language: Language) -> None:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    pairs = Page(rendered(every_answer(language)[name]).html).colours
    assert len({ground for _, ground in pairs}) >= 2
    for colour, ground in pairs:
        dark, bright = sorted((light(colour), light(ground)))
        assert (bright + 0.05) / (dark + 0.05) >= 4.5, f"{colour} on {ground}"


@EVERY
def test_the_text_reads_well_alone(name: str, language: Language) -> None:
    text = rendered(every_answer(language)[name]).text
    assert "\n\n\n" not in text
    assert not [line for line in text.splitlines() if line != line.rstrip() and line != "-- "]
    assert text.endswith("\n")
    assert not re.search(r"\{|\}|None|<Line|&(?:lt|amp|#)", text.replace("{{ 7 * 7 }}", ""))
    verdict, _, rest = text.partition("\n")
    assert verdict
    assert rest


# ---- five thousand problems ---------------------------------------------------------------------


def a_bad_day() -> Answer:
    """Return an answer with 5,000 different problems, 300 customers and 500 vanished rows."""
    found = tuple(a_problem(IssueCode.CELL_NOT_A_DATE, row, "D", f"坏值{row}" + "长" * 70) for row in range(5000))
    customers = tuple(CustomerLine(f"简称{n}", f"全称{n}" * 20, CustomerOutcome.RENAMED) for n in range(300))
    gone = every_answer(Language.ZH)["partly-again"].gone * 500
    return an_answer(
        Language.ZH,
        state=MessageState.PARTLY,
        reason=Reason.HAS_ISSUES,
        issues=found,
        customers=customers,
        gone=gone,
    )


def test_five_thousand_problems_make_a_small_mail_quickly() -> None:
    answer = a_bad_day()
    rendered(an_answer())
    started = time.process_time()  # what else the machine does must not count
    made = rendered(answer)
    assert time.process_time() - started < 1.5
    assert len(made.html.encode()) < 100_000  # Gmail cuts a longer one off
    assert len(made.text.encode()) < 40_000
    assert made.text.count("\n50. ") == 1
    assert "\n51. " not in made.text
    assert "另有 4950 项，见附件里的“检查报告”。" in made.text


def test_one_fault_in_five_thousand_lines_is_one_problem() -> None:
    found = tuple(a_problem(IssueCode.CELL_REQUIRED, row, "G") for row in range(4, 5004))
    made = rendered(an_answer(Language.ZH, state=MessageState.PARTLY, reason=Reason.HAS_ISSUES, issues=found))
    assert "1. 拜访 G4:G5003 · 拜访日期" in made.text
    assert "\n2. " not in made.text


def test_a_file_level_problem_needs_no_place() -> None:
    found = issue(IssueCode.FILE_PASSWORD, Place(file="x.xlsx"))
    made = rendered(an_answer(state=MessageState.REJECTED, reason=Reason.UNREADABLE, issues=(found,), sheets=()))
    assert "\n1. The workbook has a password." in made.text
