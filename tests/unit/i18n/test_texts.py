"""Every text exists in both languages, takes the same parameters and can be filled."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import daysheet
from daysheet.i18n import DOMAINS, format_date, issue_text, keys, parameters, refusal_text, text
from daysheet.model.issues import IssueCode, Place, issue
from daysheet.model.memory import Refusal, RefusalCode
from daysheet.model.text import Language

EVERY_KEY = sorted({(domain, key) for domain in DOMAINS for language in Language for key in keys(language, domain)})
PLACE = Place(file="日报.xlsx", sheet="拜访", row=4, column="D", field="visit_date")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", IssueCode)
def test_every_issue_has_a_text(code: IssueCode, language: Language) -> None:
    said = issue_text(issue(code, PLACE, "十二万", label_zh="拜访日期", label_en="Visit date"), language)
    assert said
    assert "{" not in said


def test_every_issue_text_belongs_to_an_issue() -> None:
    for language in Language:
        assert keys(language, "issues") == set(IssueCode)


@pytest.mark.parametrize("number", range(1, 9))
def test_every_rejection_has_a_text(number: int) -> None:
    for language in Language:
        assert text(f"X0{number}", language, list="A、B")


@pytest.mark.parametrize(("domain", "key"), EVERY_KEY)
def test_a_key_exists_in_both_languages_with_the_same_parameters(domain: str, key: str) -> None:
    assert key in keys(Language.ZH, domain)
    assert key in keys(Language.EN, domain)
    assert parameters(key, Language.ZH) - {"n"} == parameters(key, Language.EN) - {"n"}


@pytest.mark.parametrize(("domain", "key"), EVERY_KEY)
def test_a_text_can_be_filled_and_is_not_empty(domain: str, key: str) -> None:
    for language in Language:
        given = dict.fromkeys(parameters(key, language) - {"n"}, "?")
        for number in (0, 1, 2):
            said = text(key, language, n=number, **given)
            assert said.strip()
            assert "{" not in said


def test_a_refusal_dates_what_happened_where_its_reader_is() -> None:
    at = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)  # the next morning in Shanghai
    refusal = Refusal(RefusalCode.MERGE_UNDONE, {"merge": 7, "on": at})
    assert "2026-03-04" in refusal_text(refusal, Language.ZH, ZoneInfo("Asia/Shanghai"))
    assert "2026-03-03" in refusal_text(refusal, Language.EN, ZoneInfo("UTC"))


def test_no_key_is_in_two_catalogues() -> None:
    found = [key for domain in DOMAINS for key in keys(Language.ZH, domain)]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("domain", DOMAINS)
def test_every_form_of_a_plural_is_there_and_none_twice(domain: str, language: Language) -> None:
    content = (Path(daysheet.__file__).parent / "i18n" / "locale" / language / f"{domain}.po").read_text("utf-8")
    written = re.findall(r'^msgid "(.+)"$', content, re.MULTILINE)
    assert len(written) == len(set(written))
    for entry in content.split("\n\n"):
        forms = re.findall(r"^msgstr\[(\d)\]", entry, re.MULTILINE)
        assert forms in ([], ["0", "1"] if language is Language.EN else ["0"])
    assert "fuzzy" not in content


@pytest.mark.parametrize(
    ("number", "english", "chinese"),
    [
        (0, "all 0 rows accepted", "已收下 0 行"),
        (1, "1 row accepted", "已收下 1 行"),
        (2, "all 2 rows accepted", "已收下 2 行"),
        (21, "all 21 rows accepted", "已收下 21 行"),
    ],
)
def test_a_plural_goes_by_the_number(number: int, english: str, chinese: str) -> None:
    assert text("subject.accepted", Language.EN, n=number) == english
    assert text("subject.accepted", Language.ZH, n=number) == chinese


@pytest.mark.parametrize("key", ["headline.waiting", "headline.none", "revision.settled", "rows.landed", "more.issues"])
def test_one_and_many_are_told_apart_in_english(key: str) -> None:
    assert text(key, Language.EN, n=1).replace("1", "2") != text(key, Language.EN, n=2)


def test_an_unknown_key_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="nothing"):
        text("nothing", Language.ZH)
    with pytest.raises(KeyError, match="nothing"):
        parameters("nothing", Language.ZH)


def test_a_parameter_that_is_not_given_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="company"):
        text("footer.auto", Language.ZH)


def test_an_issue_without_its_parameters_is_told_all_the_same() -> None:
    assert issue_text(issue(IssueCode.CELL_OUT_OF_RANGE, Place()), Language.EN)


def test_what_was_typed_is_never_taken_for_a_parameter() -> None:
    said = issue_text(issue(IssueCode.CELL_NOT_A_NUMBER, PLACE, "{company} {0} {", label_en="Sum"), Language.EN)
    assert '"{company} {0} {" is not a number. For "Sum"' in said


def test_an_issue_uses_the_words_of_its_language() -> None:
    labels = {"label_zh": "计划日期", "label_en": "Planned on", "other_zh": "拜访日期", "other_en": "Visited on"}
    found = issue(IssueCode.ROW_DATE_ORDER, PLACE, "x", params=labels)
    assert "计划日期" in issue_text(found, Language.ZH)
    assert "拜访日期" in issue_text(found, Language.ZH)
    assert "Planned on" in issue_text(found, Language.EN)
    assert "Visited on" in issue_text(found, Language.EN)


def test_dates_are_written_as_people_do() -> None:
    assert format_date(date(2026, 3, 2), Language.ZH) == "2026年3月2日 周一"
    assert format_date(date(2026, 3, 2), Language.EN) == "Mon 2 Mar 2026"


# ---- the program and the catalogue agree ---------------------------------------------------------


def calls_of_text() -> Iterator[tuple[str, str]]:
    """Yield where, and each key, or its beginning, given to ``text(...)`` in the program."""
    for path in (Path(daysheet.__file__).parent / "reports").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "text":
                for argument in ast.walk(node.args[0]):
                    if isinstance(argument, ast.Constant) and "." in str(argument.value)[1:-1]:
                        yield path.name, str(argument.value)


@pytest.mark.parametrize(("path", "key"), sorted(set(calls_of_text())))
def test_every_key_the_program_asks_for_exists(path: str, key: str) -> None:
    mailed = ("answers", "digests", "returns", "spot_checks", "alarms")
    known = {one for domain in mailed for one in keys(Language.ZH, domain)}
    begun = key.endswith(".")  # the rest of it is put in by the program
    assert any(one.startswith(key) for one in known) if begun else key in known, f"{path} asks for {key}"
