"""What the mails by the clock say: each thing once, nothing typed becomes ours, and nothing is too long."""

import re
import time
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from daysheet.model.digests import REST, Digest, DigestKind, Item, Restated, Topic, Unit
from daysheet.model.figures import Number
from daysheet.model.text import Language
from daysheet.reports.blocks import Fact
from daysheet.reports.digest_work import MOST_NAMES, MOST_UNITS
from daysheet.reports.entries import LONGEST
from daysheet.reports.periodic import Content, render, view
from daysheet.reports.render import Rendered
from tests.unit.reports.periodic_mails import (
    COMPANY,
    EVIL,
    FIGURES,
    FORMER,
    NAMES,
    WEEK,
    a_digest,
    a_morning,
    a_quiet_week,
    a_reminder,
    a_steward_digest,
    an_escalation,
    every_mail,
    items,
    reports,
)

VISITS = "Visits against what was promised"
EN, ZH = Language.EN, Language.ZH
EVERY = pytest.mark.parametrize(("name", "language"), [(name, one) for name in NAMES for one in Language])


class Page(HTMLParser):
    """A page taken apart: elements and words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.depth = self.deepest = 0
        self.is_read = True
        self.feed(re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.is_read = tag not in ("title", "style")
        self.depth += tag == "table"
        self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "table"
        self.is_read = True

    def handle_data(self, data: str) -> None:
        if self.is_read:
            self.words.append(data)

    @property
    def said(self) -> str:
        return "".join("".join(self.words).split())


def rendered(content: Content, *, unsubscribe: bool = True) -> Rendered:
    return render(content, COMPANY, unsubscribe=unsubscribe)


def section(digest: Digest, title: str) -> list[str]:
    """Return the lines of a section of the text."""
    found = rendered(digest).text.split(f"== {title} ==\n")
    return found[1].partition("\n\n")[0].splitlines() if len(found) > 1 else []


# ---- the verdict -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figures", "english", "chinese"),
    [
        (
            FIGURES,
            "122 of 130 reports on time; 9 customers of level A not visited",
            "应交 130 份日报，122 份按时，9 家 A 级客户没有拜访",
        ),
        (reports(7), "All 7 reports on time", "7 份日报全部按时"),
        (reports(1), "The only report is on time", "1 份日报全部按时"),
        (reports(0, 0, 1), "0 of 1 report on time", "应交 1 份日报，0 份按时"),
        (reports(1200, 0, 1), "1,200 of 1,201 reports on time", "应交 1,201 份日报，1,200 份按时"),
        (
            {"visits.done": 2, "level.A.promised": 1, "level.A.neglected": 1},
            "No reports were due that week; 1 customer of level A not visited",
            "这一周没有应交的日报，1 家 A 级客户没有拜访",
        ),
        ({**reports(0, leave=9), "deals.lead.count": 4}, "A quiet week", "这一周没有新的动静"),
        ({}, "A quiet week", "这一周没有新的动静"),
    ],
)
def test_the_headline_is_the_verdict(figures: dict[str, int], english: str, chinese: str) -> None:
    for language, said in ((EN, english), (ZH, chinese)):
        assert (
            view(a_digest(language, figures=figures), COMPANY, unsubscribe=True).headline.replace("\xa0", " ") == said
        )


@pytest.mark.parametrize(
    ("figures", "tone"),
    [
        (reports(95, 5), "good"),
        (reports(94, 6), "mixed"),
        (reports(80, 20), "mixed"),
        (reports(79, 21), "bad"),
        ({**reports(100), "level.A.promised": 3, "level.A.neglected": 1}, "mixed"),
        (
            {
                **reports(100),
                "level.B.promised": 3,
                "level.B.neglected": 0,
                "level.C.promised": 1,
                "level.C.neglected": 9,
            },
            "good",
        ),
        ({}, "good"),
    ],
)
def test_the_tone_goes_by_reports_and_key_accounts(figures: dict[str, int], tone: str) -> None:
    assert view(a_digest(figures=figures), COMPANY, unsubscribe=True).tone == tone


def test_leave_is_not_owed() -> None:
    assert "All 5 reports on time" in rendered(a_digest(figures=reports(5, leave=3))).text


# ---- sections ----------------------------------------------------------------------------------


def test_a_quiet_week_says_so_and_shows_only_what_stands() -> None:
    text = rendered(a_quiet_week(EN)).text
    assert text.startswith("A quiet week\n")
    assert "No reports were due, and nothing changed" in text
    assert "CNY 62.36M" in text
    assert "==" not in text
    assert "week before" not in text


def test_what_needs_the_manager_comes_first_and_is_not_told_again() -> None:
    text = rendered(a_digest()).text
    assert text.index("== Needs you ==") < text.index("== Reporting discipline ==")
    assert text.count("last visited 32 days ago") == 1
    assert text.count("Spectrometer") == 1


def test_each_figure_says_how_it_changed() -> None:
    facts = {fact.label: fact for fact in view(a_digest(), COMPANY, unsubscribe=True).facts}
    assert (facts["Visits"].values, facts["Visits"].change, facts["Visits"].tone) == (
        ("412",),
        "+24 on the week before",
        "good",
    )
    assert facts["Reports on time"].change == "+4 points on the week before"
    assert facts["Open deals"].change == "+CNY 1.68M on the week before"
    assert (facts["New customers"].change, facts["New customers"].tone) == ("−2 on the week before", "bad")
    same = {fact.label: fact for fact in view(a_digest(former=FIGURES), COMPANY, unsubscribe=True).facts}
    assert {fact.change for fact in same.values()} == {"as the week before"}
    assert {fact.tone for fact in same.values()} == {""}


def test_the_first_digest_compares_with_nothing() -> None:
    text = rendered(a_digest(former={}, trend=())).text
    assert "week before" not in text
    assert "Change" not in text


def test_the_worst_units_have_bars_and_the_punctual_are_named() -> None:
    late = tuple(Unit("rep", f"late {number:02}", reports(20 - number, number)) for number in range(1, MOST_UNITS + 4))
    well = tuple(Unit("rep", f"well {number:02}", reports(3)) for number in range(MOST_NAMES + 2))
    idle = (Unit("rep", "on leave", reports(0, leave=5)),)
    lines = section(a_digest(units=(*idle, *well, *late)), "Reporting discipline")
    assert lines[1].startswith(f"- late {MOST_UNITS + 3:02}: ")
    assert sum(line.startswith("- late") for line in lines) == MOST_UNITS
    assert "3 more\xa0· All on time: well 00, well 01" in "\n".join(lines)
    assert "well 29 and 2 more" in "\n".join(lines)
    assert "on leave:" not in "\n".join(lines)


def test_the_change_in_points_is_that_of_the_shares_that_are_shown() -> None:
    def fact(now: dict[str, Number], before: dict[str, Number]) -> Fact:
        return view(a_digest(figures=now, former=before), COMPANY, unsubscribe=True).facts[0]

    almost = fact(reports(299, 1), reports(300))
    assert (almost.values, almost.change, almost.tone) == (("99%",), "−1 point on the week before", "bad")
    assert fact(reports(9, 1), reports(89, 11)).change == "+1 point on the week before"


def test_what_has_no_team_and_what_is_beyond_the_lines_have_a_name() -> None:
    odd = (Unit("team", "", reports(4, 1)), Unit("team", REST, reports(8, 2)), Unit("team", "Team 1", reports(3)))
    lines = section(a_digest(units=odd), "Reporting discipline")
    assert "- Without a team: 80%" in "\n".join(lines)
    assert "- The others together: 80%" in "\n".join(lines)
    well = (Unit("region", "", reports(4)), Unit("region", "North", reports(8)), Unit("rep", "", reports(1)))
    assert "All on time: Without a region, North, Nobody's" in "\n".join(
        section(a_digest(units=well), "Reporting discipline")
    )


def test_a_customer_that_was_not_visited_is_not_short_of_visits_as_well() -> None:
    figures = {**FIGURES, "level.A.short": 14, "level.A.neglected": 9}
    told = "\n".join(section(a_digest(figures=figures), VISITS))
    assert "5 short of it\xa0· 9 not visited" in told
    told = "\n".join(section(a_digest(figures={**figures, "level.A.short": 9}), VISITS))
    assert "0 short" not in told


def test_a_level_is_measured_by_its_customers_and_not_by_the_visits_of_the_busiest() -> None:
    figures = {
        **reports(5),
        "level.A.customers": 10,
        "level.A.promised": 30,
        "level.A.done": 40,  # most of them to one customer
        "level.A.short": 6,
        "level.A.neglected": 2,
    }
    (line,) = (one for one in section(a_digest(figures=figures), VISITS) if one.startswith("- Level A"))
    assert line.replace("\xa0", " ") == (
        "- Level A · 10 customers: 40% · 40 of 30 visits · 4 as promised · 4 short of it · 2 not visited"
    )


def test_a_window_longer_than_the_period_is_said() -> None:
    told = "\n".join(section(a_digest(), VISITS)).replace("\xa0", " ")
    assert "Level C · 310 customers · last 28 days: 100%" in told
    assert "Level A · 60 customers: 77%" in told


def test_a_level_to_which_holidays_left_no_visit_promised_says_so_and_is_not_in_the_headline() -> None:
    figures = {
        **reports(5),
        "level.A.customers": 60,
        "level.A.done": 2,
        "level.B.customers": 9,
        "level.B.promised": 9,
        "level.B.short": 3,
        "level.B.neglected": 3,
    }
    made = rendered(a_digest(figures=figures))
    assert made.text.startswith("All 5 reports on time; 3 customers of level B not visited")
    assert "Level A\xa0· 60 customers: –\xa0· no visits promised".replace("\xa0", " ") in made.text.replace("\xa0", " ")


def test_one_line_per_currency_and_a_total_only_where_every_rate_is_known() -> None:
    abroad = {**FIGURES, "deals.lead.amount.USD": 100_000}
    plain = rendered(a_digest(figures=abroad)).text
    assert "CNY 62.36M, USD 100K" in plain
    assert "≈" not in plain
    known = rendered(a_digest(figures=abroad, rates={"CNY": "1", "USD": "7"})).text
    assert "≈ CNY 63.06M" in known
    assert "≈" not in rendered(a_digest(figures=abroad, rates={"CNY": "1", "EUR": "8"})).text


def test_a_change_over_several_currencies_is_told_only_where_they_can_be_added() -> None:
    abroad = {**FIGURES, "deals.lead.amount.USD": 100_000}
    facts = {fact.label: fact for fact in view(a_digest(figures=abroad), COMPANY, unsubscribe=True).facts}
    assert facts["Open deals"].values == ("CNY 62.36M", "USD 100K")
    assert facts["Open deals"].change == ""


def test_the_forecast_names_the_days_of_each_two_weeks() -> None:
    lines = section(a_digest(), "Forecast by two weeks")
    assert [line.partition(":")[0] for line in lines] == [
        "- overdue",
        "- 30 Nov – 13 Dec",
        "- 14–27 Dec",
        "- 28 Dec – 10 Jan",
        "- later",
        "- no date",
    ]


def test_industries_are_for_those_who_see_the_whole_company() -> None:
    figures = {**FIGURES, "industry.visits.x": 3}
    assert section(a_digest(figures=figures), "By industry") == []
    assert section(a_digest(figures=figures, sees_all=True), "By industry") != []


def test_a_spot_check_says_how_sure_it_is() -> None:
    lines = "\n".join(section(a_digest(), "Data quality"))
    assert "94 checked, 19 with a fault; 95% sure between 70.6% and 86.7%" in lines


def test_a_restated_figure_says_what_it_was_and_one_nobody_knows_is_left_out() -> None:
    told = (Restated("discipline.on_time", 115, 117), Restated("won.amount.USD", 1000, 2500), Restated("x.y", 1, 2))
    lines = section(a_digest(restated=told), "Restated")
    assert lines[1:] == ["- Reports on time: was 115, now 117", "- Amount won: was USD 1K, now USD 2.5K"]


def test_a_link_needs_a_console() -> None:
    assert "href" not in rendered(a_digest()).html
    linked = Page(rendered(a_digest(console="https://d.example/")).html)
    addresses = {attributes["href"] for tag, attributes in linked.elements if tag == "a"}
    assert "https://d.example/customers/101" in addresses
    assert all(str(one).startswith("https://d.example/") for one in addresses)


def test_the_queue_is_linked_for_stewards_alone() -> None:
    console = "https://d.example"
    assert f"{console}/queue" in rendered(a_steward_digest(EN, console=console)).html
    managers = rendered(a_digest(console=console))
    assert "/queue" not in managers.html + managers.text


def test_the_questions_that_are_not_named_are_counted_as_questions() -> None:
    assert "15 more questions" in rendered(a_steward_digest(EN)).text
    assert "其余 15 个问题" in rendered(a_steward_digest(ZH)).text


def test_questions_of_a_kind_about_one_customer_are_named_once() -> None:
    asked = Item(Topic.QUESTION, 1, 2.0, "Northstar", customer_id=7, detail={"kind": "duplicate", "days": 4})
    other = replace(asked, detail={"kind": "name", "days": 4})
    text = rendered(
        a_steward_digest(EN, items=(asked, replace(asked, weight=1.0), other), counts={Topic.QUESTION: 4})
    ).text
    assert text.count("Northstar: ") == 2
    assert "2 more questions" in text


def test_a_line_of_nothing_is_left_out_unless_it_was_to_be_cleared() -> None:
    figures = {**FIGURES, "beyond.count": 0, "won.count": 0, "agreed.count": 0, "agreed.amount.CNY": 0}
    digest = a_digest(figures=figures, items=())
    assert [line.partition(":")[0] for line in section(digest, "Deals to watch")] == [
        "- Sold, not booked",
        "- Agreed, not ordered",
    ]
    assert not [line for line in section(digest, "Won and lost") if line.startswith("- Won")]


def test_a_column_in_which_nothing_stands_is_left_out() -> None:
    figures = {name: number for name, number in FIGURES.items() if not name.startswith("entered.")}
    lines = section(a_digest(figures=figures, items=()), "Open deals by stage")
    assert "- Lead: Deals 31 · Amount CNY 8.65M" in [line.replace("\xa0", " ") for line in lines]


def test_cells_filled_are_not_graded_for_optional_columns_count_too() -> None:
    html = rendered(a_digest(figures={**FIGURES, "cells.filled": 3900})).html
    row = html.partition("Cells filled, optional ones too")[2].partition("Standard names")[0]
    assert "#f7d9d3" not in row
    assert "#eef1f2" in row


def test_who_sees_all_is_told_of_the_whole_company() -> None:
    assert "销售周报 全公司" in rendered(a_digest(ZH, scope="", sees_all=True)).subject
    assert "您负责的范围" in rendered(a_digest(ZH, scope="")).subject


def test_what_is_left_out_is_counted() -> None:
    assert "13 more" in rendered(a_digest(counts={Topic.NEGLECTED: 16})).text
    assert "more" not in section(a_digest(counts={}), "Customers")[-1]


def test_a_detail_that_is_not_there_is_not_said() -> None:
    for topic in Topic:
        bare = (Item(topic, 1, 1.0, "Somebody", "Rep"),)
        for digest in (a_digest(items=bare, counts={}), a_steward_digest(EN, items=bare)):
            text = rendered(digest).text
            assert "None" not in text
            assert " ·  ·" not in text


def test_a_long_text_is_cut() -> None:
    asked = (Item(Topic.HELP, 1, 1.0, "Somebody", "Rep", detail={"text": "x" * 500}),)
    text = rendered(a_digest(items=asked, counts={})).text
    assert "x" * (LONGEST - 1) + "…" in text
    assert "x" * LONGEST not in text


# ---- the other mails ---------------------------------------------------------------------------


def test_the_morning_mail_names_the_workbook_only_where_it_brings_one() -> None:
    assert "attached" in rendered(a_morning(EN)).text
    assert "attached" not in rendered(a_morning(EN, has_workbook=False)).text
    assert "Filled in for you: 23 customers to choose from, 5 open deals, 4 plans." in rendered(a_morning(EN)).text


def test_a_reminder_says_until_when_a_report_is_in_time() -> None:
    assert "Sent before 09:00 on Fri 27 Nov 2026 it is on time." in rendered(a_reminder(EN)).text


def test_an_escalation_counts_those_it_does_not_name() -> None:
    made = rendered(an_escalation(EN, more=9))
    assert made.subject == "11 reps are behind with reports"
    assert "9 more" in made.text


def test_a_date_of_another_year_has_its_year() -> None:
    text = rendered(an_escalation(EN, day=date(2027, 1, 4))).text
    assert "last report 20 Nov 2026" in text


def test_only_what_may_be_left_says_how() -> None:
    for content in (a_digest(), a_steward_digest(EN), a_morning(EN)):
        assert "UNSUBSCRIBE" in rendered(content).text
        assert "UNSUBSCRIBE" not in rendered(content, unsubscribe=False).text
    for content in (a_reminder(EN), an_escalation(EN)):
        assert "UNSUBSCRIBE" not in rendered(content).text


def test_every_kind_has_words() -> None:
    for kind in DigestKind:
        for language in Language:
            shown = (
                view(replace(a_digest(language), kind=kind), COMPANY, unsubscribe=True)
                if kind
                in (
                    DigestKind.WEEKLY,
                    DigestKind.MONTHLY,
                    DigestKind.STEWARD,
                )
                else None
            )
            assert shown is None or all((shown.subject, shown.headline, shown.footer))


# ---- whatever is typed -------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", ["weekly-hostile", "morning-hostile"])
def test_nothing_typed_becomes_markup_a_line_or_a_turn(name: str, language: Language) -> None:
    made = rendered(every_mail(language)[name])
    page = Page(made.html)
    assert {tag for tag, _ in page.elements if tag not in ("b", "span")} <= ALLOWED
    assert not [attributes for _, attributes in page.elements if "onload" in attributes]
    assert '<bonload="x">甲</b>==All=="&' in page.said
    assert "\u202e" not in made.html + made.text + made.subject
    assert "\n== All ==" not in made.text
    assert len(made.subject.splitlines()) == 1


ALLOWED = {
    "html",
    "head",
    "meta",
    "title",
    "body",
    "table",
    "tbody",
    "tr",
    "td",
    "th",
    "h1",
    "h2",
    "p",
    "br",
    "a",
    "img",
}


@EVERY
def test_a_mail_is_plain_and_no_deeper_than_an_answer(name: str, language: Language) -> None:
    made = rendered(every_mail(language)[name])
    page = Page(made.html)
    assert {tag for tag, _ in page.elements} <= ALLOWED | {"b", "span"}
    assert page.deepest <= 3  # page, card, list: as in the answers
    assert [tag for tag, _ in page.elements].count("h1") == 1
    roles = [attributes.get("role") for tag, attributes in page.elements if tag == "table"]
    heads = [tag for tag, attributes in page.elements if tag == "th" and attributes.get("align") == "left"]
    assert roles.count(None) <= len(heads)  # what is no layout is a table of figures, with heads
    assert EVIL not in made.html


@EVERY
def test_both_bodies_say_the_same(name: str, language: Language) -> None:
    made = rendered(every_mail(language)[name])
    said = Page(made.html).said
    for line in made.text.splitlines():
        words = re.sub(r"^(?:- |== |【|--$)|(?: ==|】)$|<https://.*>$|https://.*$", "", line.strip())
        for part in re.split(r"：|: |、|, |\s+", words):
            assert part.strip("·") in said, line


@EVERY
def test_the_text_reads_well_alone(name: str, language: Language) -> None:
    text = rendered(every_mail(language)[name]).text
    assert "\n\n\n" not in text
    assert not [line for line in text.splitlines() if line != line.rstrip() and line != "-- "]
    assert not re.search(r"\{|\}|None|<Line|&(?:lt|amp|#)", text)


def test_a_rate_in_english_is_one_point_or_several() -> None:
    one = a_digest(figures=reports(50, 50), former=reports(49, 51))
    assert "+1 point on the week before" in rendered(one).text


# ---- size and speed ----------------------------------------------------------------------------


def test_the_longest_digest_stays_below_what_gmail_shows() -> None:
    five = tuple(replace(item, name="东海市第一人民医院检验科改造项目部") for item in items(ZH) for _ in range(5))
    late = tuple(Unit("team", f"第 {number} 大区销售队", reports(20, 3, 2, 1)) for number in range(40))
    many: dict[str, int] = {f"competitor.竞争对手{number}": number for number in range(1, 30)}
    figures = {**FIGURES, **many, **{f"industry.visits.行业{number}": number for number in range(1, 30)}}
    most: list[Item] = []
    for topic in Topic:
        most += [item for item in five if item.topic is topic][:5]
    digest = a_digest(ZH, items=tuple(most), units=late, figures=figures, sees_all=True, console="https://d.example")
    made = rendered(digest)
    assert len(made.html.encode()) < 102_000


def test_a_digest_takes_a_moment() -> None:
    digest = a_digest(ZH)
    rendered(digest)
    started = time.process_time()
    for _ in range(5):
        rendered(digest)
    assert (time.process_time() - started) / 5 < 0.25


def test_the_same_digest_is_the_same_mail() -> None:
    assert rendered(a_digest()) == rendered(a_digest(former=dict(reversed(FORMER.items())), period=WEEK))
