"""A template's YAML: what is read from it, and how every mistake in it is named."""

from pathlib import Path

import pytest

from daysheet.errors import ConfigError
from daysheet.model.issues import IssueCode
from daysheet.model.template import ColumnType, Meaning, RuleKind, SheetRole
from daysheet.model.text import Bilingual, Language
from daysheet.store import tables
from daysheet.store.sheets import FIXED
from daysheet.templates_xlsx import spec

SMALL = """\
id: small
version: 2
title: {zh: 小报表, en: Small report}
lists:
  way:
    - {code: visit, zh: 拜访, en: Visit, aliases: [上门]}
    - {code: phone, zh: 电话, en: Phone}
sheets:
  - key: cover
    role: cover
    label: {zh: 封面, en: Cover}
    columns:
      - {key: rep, label: {zh: 姓名, en: Rep}, type: text, meaning: rep.name}
  - key: trips
    label: {zh: 出差, en: Trips}
    row_key: [day, customer]
    columns:
      - {key: day, label: {zh: 日期, en: Day}, type: date, required: true}
      - {key: back, label: {zh: 返回, en: Back}, type: date}
      - {key: customer, label: {zh: 客户, en: Customer}, type: customer, max_length: 80}
      - {key: how, label: {zh: 方式, en: How}, type: enum, list: way}
      - {key: cost, label: {zh: 费用, en: Cost}, type: decimal, min: 0, max: 900, unit: 元}
      - {key: note, label: {zh: 备注, en: Note}, type: text, required_if: {column: how, in: [phone]}}
    row_rules:
      - {code: SD-R001, kind: not_before, columns: [back], other: day}
      - {code: SD-R007, kind: need_any, columns: [cost, note], when: {column: how, in: [visit]}}
"""


def refusal(text: str) -> str:
    """Return what the reader says of a broken template."""
    with pytest.raises(ConfigError) as caught:
        spec.parse(text, "mine.yaml")
    return str(caught.value)


def changed(old: str, new: str) -> str:
    """Return SMALL with one thing changed."""
    assert SMALL.count(old) == 1, old
    return SMALL.replace(old, new)


# ---- what is read --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", spec.PACKAGED)
def test_a_packaged_template_loads(name: str) -> None:
    loaded = spec.load(name)
    assert loaded.id == name
    assert loaded.data_sheets
    assert len(loaded.digest) == 64


def test_the_daily_report_has_the_sheets_and_meanings_the_program_works_with() -> None:
    daily = spec.load("daily_report")
    assert [sheet.key for sheet in daily.sheets] == ["cover", "visits", "opportunities", "plans", "service"]
    assert daily.data_sheets[0].key == "visits"
    assert max(len(sheet.columns) for sheet in daily.sheets) <= 15
    found = {column.meaning for sheet in daily.sheets for column in sheet.columns} - {None}
    assert found == set(Meaning) - {Meaning.CONTACT_EMAIL}
    stages = [item.code for item in daily.lists["stage"].items]
    assert {"agreed", "sold_not_booked", "lost", "won"} <= set(stages)


def test_the_phone_form_is_the_visits_sheet_cut_short() -> None:
    """Its rows land in the same table, so keys, types and codes must be the daily report's."""
    lite, daily = spec.load("lite"), spec.load("daily_report")
    assert [sheet.key for sheet in lite.sheets] == ["visits"]
    assert len(lite.sheets[0].columns) <= 8
    assert not lite.is_protected
    for column in lite.sheets[0].columns:
        whole = daily.sheet("visits").column(column.key)
        assert (column.type, column.list, column.required, column.meaning) == (
            whole.type,
            whole.list,
            whole.required,
            whole.meaning,
        )
    for key, choices in lite.lists.items():
        assert choices == daily.lists[key]


@pytest.mark.parametrize("name", spec.PACKAGED)
def test_a_packaged_template_says_everything_in_both_languages(name: str) -> None:
    loaded = spec.load(name)
    texts: list[Bilingual] = [loaded.title, *loaded.guide]
    texts += [item.label for choices in loaded.lists.values() for item in choices.items]
    for sheet in loaded.sheets:
        texts += [sheet.label, *([sheet.help] if sheet.help else [])]
        for column in sheet.columns:
            texts += [text for text in (column.label, column.help, column.example) if text is not None]
    assert all(text.zh.strip() and text.en.strip() for text in texts)
    assert not [text for text in texts if any("\u4e00" <= char <= "\u9fff" for char in text.en) and text.zh != text.en]


def test_every_field_of_the_small_template_is_read() -> None:
    small = spec.parse(SMALL, "mine.yaml")
    trips = small.sheet("trips")
    assert (small.version, small.min_accepted, small.is_protected, small.guide) == (2, 1, True, ())
    assert small.cover is not None
    assert small.cover.role is SheetRole.COVER
    assert trips.row_key == ("day", "customer")
    cost = trips.column("cost")
    assert (cost.type, cost.minimum, cost.maximum, cost.unit) == (ColumnType.DECIMAL, 0, 900, "元")
    assert trips.column("day").required
    condition = trips.column("note").required_if
    assert condition is not None
    assert (condition.column, condition.values) == ("how", frozenset({"phone"}))
    assert [rule.kind for rule in trips.row_rules] == [RuleKind.NOT_BEFORE, RuleKind.NEED_ANY]


def test_a_scalar_stays_what_was_written() -> None:
    """YAML would make a list code NO false and a version 1.10 a number."""
    text = changed("{code: phone, zh: 电话, en: Phone}", "{code: NO, zh: 1.10, en: 2026-01-01}")
    small = spec.parse(text.replace("in: [phone]", "in: [NO]"), "mine.yaml")
    assert small.lists["way"].items[1].code == "NO"
    assert small.lists["way"].items[1].label == Bilingual(zh="1.10", en="2026-01-01")


def test_an_example_is_written_once_or_in_both_languages() -> None:
    once = spec.parse(changed("max_length: 80", "max_length: 80, example: 甲公司"), "mine.yaml")
    both = spec.parse(changed("max_length: 80", "max_length: 80, example: {zh: 甲公司, en: Alpha}"), "mine.yaml")
    first, second = (it.sheet("trips").column("customer").example for it in (once, both))
    assert first == Bilingual(zh="甲公司", en="甲公司")
    assert second is not None
    assert second.in_(Language.EN) == "Alpha"


def test_the_digest_changes_with_the_content_and_not_with_the_layout() -> None:
    digest = spec.parse(SMALL, "a").digest
    assert spec.parse("# remark\n" + SMALL.replace("version: 2", "version:   2"), "b").digest == digest
    assert spec.parse(changed("max: 900", "max: 901"), "a").digest != digest


def test_a_template_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(SMALL, encoding="utf-8-sig")
    assert spec.load(path).id == "small"


# ---- what is refused -----------------------------------------------------------------------------

_TRIPS = "sheets[1]"
_COLUMNS = f"{_TRIPS}.columns"

BROKEN: dict[str, tuple[str, str, str]] = {
    # the file
    "an unknown key": ("id: small", "id: small\nverison: 2", "line 2: verison: unknown key; did you mean 'version'?"),
    "a missing key": ("version: 2\n", "", "line 1: the key 'version' is missing"),
    "a key given twice": ("id: small", "id: small\nid: other", "line 2: the key 'id' is given twice"),
    "an id that cannot be one": ("id: small", "id: Small form", "line 1: id: a key is a small letter"),
    "a version that is no number": (
        "version: 2",
        "version: two",
        "line 2: version: a whole number is expected, not 'two'",
    ),
    "a version beyond reason": ("version: 2", "version: 0", "line 2: version: must lie between 1 and 9999, not 0"),
    "accepting what is newer": (
        "version: 2",
        "version: 2\nmin_accepted: 3",
        "line 3: min_accepted: must lie between 1 and 2",
    ),
    "a title in one language": (
        "title: {zh: 小报表, en: Small report}",
        "title: {zh: 小报表}",
        "line 3: title: the key 'en' is missing",
    ),
    "a title as bare text": (
        "title: {zh: 小报表, en: Small report}",
        "title: 小报表",
        "line 3: title: a mapping (key: value)",
    ),
    "protection that is neither": (
        "version: 2",
        "version: 2\nprotected: maybe",
        "line 3: protected: true or false is expected, not 'maybe'",
    ),
    "broken YAML": ("title: {zh: 小报表,", "title: {zh: 小报表", "line 3: not valid YAML"),
    # lists
    "a list code given twice": (
        "{code: phone,",
        "{code: visit,",
        "line 7: lists.way[1].code: the code 'visit' is given twice",
    ),
    "a list label that means two items": (
        "en: Phone}",
        "en: Phone, aliases: [上 门]}",
        "line 7: lists.way[1]: '上 门' names the item 'visit' already",
    ),
    "a code with a blank": (
        "{code: phone,",
        "{code: on phone,",
        "line 7: lists.way[1].code: a code is made of letters",
    ),
    "an item without its English": ("zh: 电话, en: Phone", "zh: 电话", "line 7: lists.way[1]: the key 'en' is missing"),
    # sheets
    "an unknown role": (
        "role: cover",
        "role: covr",
        "line 10: sheets[0].role: unknown role 'covr'; did you mean 'cover'?",
    ),
    "two covers": ("  - key: trips\n", "  - key: trips\n    role: cover\n", "only one sheet may be the cover"),
    "a sheet named after a table": (
        "key: trips",
        "key: customer",
        "line 14: sheets[1].key: 'customer' is the name of a table of the program",
    ),
    "two sheets of one name": (
        "{zh: 出差, en: Trips}",
        "{zh: 封面, en: Trips}",
        "line 14: sheets[1]: '封面' is the sheet 'cover' already",
    ),
    "two sheets of one name but for width and blanks": (
        "{zh: 出差, en: Trips}",
        "{zh: 出差, en: ＣＯＶ er}",
        "line 14: sheets[1]: 'ＣＯＶ er' is the sheet 'cover' already",
    ),
    "a sheet name Excel refuses": (
        "{zh: 出差, en: Trips}",
        '{zh: 出差, en: "Trips/2"}',
        "line 15: sheets[1].label: 'Trips/2' cannot name a sheet",
    ),
    "a sheet name too long for Excel": (
        "{zh: 出差, en: Trips}",
        "{zh: 出差, en: Trips that were made in this very month}",
        "cannot name a sheet: at most 31 characters",
    ),
    "an unknown key of a sheet": (
        "row_key:",
        "rowkey:",
        "line 16: sheets[1].rowkey: unknown key; did you mean 'row_key'?",
    ),
    "a row key that is no column": (
        "row_key: [day, customer]",
        "row_key: [day, custmer]",
        "line 16: sheets[1].row_key[1]: unknown column 'custmer'; did you mean 'customer'?",
    ),
    # columns
    "an unknown type": (
        "type: decimal",
        "type: decimel",
        f"line 22: {_COLUMNS}[4].type: unknown type 'decimel'; did you mean 'decimal'?",
    ),
    "a type nothing is near": (
        "type: decimal",
        "type: zzz",
        "unknown type 'zzz'; one of: text, int, decimal, date, time, enum, bool, phone, email, customer",
    ),
    "an unknown list": (
        "list: way",
        "list: wey",
        f"line 21: {_COLUMNS}[3].list: unknown list 'wey'; did you mean 'way'?",
    ),
    "an enum without a list": ("type: enum, list: way", "type: enum", "a column of type enum needs the key 'list'"),
    "a bound the type would ignore": (
        "type: customer, max_length: 80",
        "type: customer, min: 3",
        f"line 20: {_COLUMNS}[2].min: only columns of type decimal or int have it, not customer",
    ),
    "min above max": ("min: 0, max: 900", "min: 901, max: 900", f"line 22: {_COLUMNS}[4].max: max 900 is less than"),
    "a number that is none": ("max: 900", "max: lots", f"line 22: {_COLUMNS}[4].max: a number is expected, not 'lots'"),
    "a number without end": ("max: 900", "max: .inf", "a number is expected, not '.inf'"),
    "infinity in plain letters": ("max: 900", "max: inf", "a finite number is expected, not 'inf'"),
    "an unknown meaning": (
        "meaning: rep.name",
        "meaning: rep.nam",
        "line 13: sheets[0].columns[0].meaning: unknown meaning 'rep.nam'; did you mean 'rep.name'?",
    ),
    "a column named by the program": (
        "key: note",
        "key: raw",
        f"line 23: {_COLUMNS}[5].key: 'raw' is kept for the program",
    ),
    "a column key with capitals": ("key: note", "key: Note", f"line 23: {_COLUMNS}[5].key: a key is a small letter"),
    "a column given twice": ("key: back", "key: day", f"line 19: {_COLUMNS}[1]: the column 'day' is given twice"),
    "a heading of two columns": (
        "{zh: 返回, en: Back}",
        "{zh: 日 期, en: Back}",
        f"line 19: {_COLUMNS}[1]: '日期' would mean both 'day' and 'back'",
    ),
    "required in two ways": (
        "required_if: {column: how, in: [phone]}",
        "required: true, required_if: {column: how, in: [phone]}",
        "keep one of required and required_if",
    ),
    "a condition on no column": (
        "{column: how, in: [phone]}",
        "{column: hwo, in: [phone]}",
        f"line 23: {_COLUMNS}[5].required_if.column: unknown column 'hwo'; did you mean 'how'?",
    ),
    "a condition on no item": (
        "{column: how, in: [phone]}",
        "{column: how, in: [fone]}",
        "unknown code of the list way 'fone'; did you mean 'phone'?",
    ),
    "a help longer than a prompt": (
        "max_length: 80",
        f"max_length: 80, help: {{zh: {'长' * 256}, en: short}}",
        f"line 20: {_COLUMNS}[2].help: is shown as an input prompt and may have 255 characters, not 256",
    ),
    "a pattern that is none": (
        "en: Rep}, type: text",
        'en: Rep}, type: text, pattern: "[a-"',
        "line 13: sheets[0].columns[0].pattern: not a regular expression",
    ),
    "a severity of no code": (
        "max_length: 80",
        "max_length: 80, severities: {SD-C999: warning}",
        "unknown issue code 'SD-C999'; did you mean",
    ),
    "a severity that is none": (
        "max_length: 80",
        "max_length: 80, severities: {SD-C001: warn}",
        "unknown severity 'warn'; did you mean 'warning'?",
    ),
    "a column dropped before it came": (
        "max_length: 80",
        "max_length: 80, since: 2, removed: 2",
        "the version that drops a column must come after the one that brought it",
    ),
    "an empty text": ("unit: 元", 'unit: ""', f"line 22: {_COLUMNS}[4].unit: must not be empty"),
    # rules
    "a rule of no kind": (
        "kind: not_before",
        "kind: notbefore",
        f"line 25: {_TRIPS}.row_rules[0].kind: unknown kind of rule 'notbefore'; did you mean 'not_before'?",
    ),
    "a rule of no code": (
        "code: SD-R007",
        "code: SD-R077",
        f"line 26: {_TRIPS}.row_rules[1].code: unknown issue code 'SD-R077'",
    ),
    "a rule without its other": (", other: day}", "}", "a rule of kind not_before needs the key 'other'"),
    "a rule with another it has no use for": (
        "columns: [cost, note],",
        "columns: [cost, note], other: day,",
        "a rule of kind need_any has no 'other'",
    ),
    "a rule of dates on no date": (
        "columns: [back]",
        "columns: [cost]",
        f"line 25: {_TRIPS}.row_rules[0].columns[0]: unknown date column 'cost'",
    ),
    "a rule that looks into no sheet": (
        "kind: not_before, columns: [back], other: day",
        "kind: need_row_in, columns: [customer], other: visits",
        f"line 25: {_TRIPS}.row_rules[0].other: unknown sheet 'visits'; one of: cover, trips",
    ),
    "a rule that looks for a column the other sheet has not": (
        "kind: not_before, columns: [back], other: day",
        "kind: need_row_in, columns: [customer], other: cover",
        "unknown column of the sheet cover 'customer'; one of: rep",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_is_named_with_file_line_and_the_nearest_word(name: str) -> None:
    old, new, expected = BROKEN[name]
    said = refusal(changed(old, new))
    assert said.startswith("mine.yaml, line ")
    assert expected in said


def test_a_template_without_a_data_sheet_is_refused() -> None:
    assert "at least one sheet with role data" in refusal(SMALL[: SMALL.index("  - key: trips")])


def test_an_empty_file_is_refused() -> None:
    assert refusal("# nothing yet\n") == "mine.yaml, line 1: the file is empty"


def test_a_file_that_is_no_mapping_is_refused() -> None:
    assert refusal("- id\n- version\n").startswith("mine.yaml, line 1: a mapping")


@pytest.mark.parametrize("text", ["a: !!python/object:os.system x", "a: &x [*x]", "\x00", "a: [" * 50])
def test_hostile_yaml_is_a_mistake_like_any_other(text: str) -> None:
    assert refusal(text).startswith("mine.yaml")


def test_too_many_columns_are_refused() -> None:
    more = "".join(f"      - {{key: c{n}, label: {{zh: 栏{n}, en: C{n}}}, type: text}}\n" for n in range(60))
    assert "a sheet has 1 to 60 columns, not 66" in refusal(changed("    row_rules:\n", f"{more}    row_rules:\n"))


def test_a_template_that_is_not_there_says_which_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="packaged: daily_report, lite"):
        spec.load(tmp_path / "none.yaml")


def test_a_template_in_another_encoding_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(SMALL.encode("gb18030"))
    with pytest.raises(ConfigError, match=r"mine\.yaml: the template must be saved as UTF-8"):
        spec.load(path)


def test_a_folder_is_no_template(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        spec.load(tmp_path)


# ---- what is reserved ----------------------------------------------------------------------------


def test_every_core_table_is_reserved() -> None:
    assert set(tables.metadata.tables) | {"alembic_version"} <= spec.RESERVED_SHEET_KEYS


def test_every_column_of_the_program_is_reserved() -> None:
    assert set(FIXED) <= spec.RESERVED_COLUMN_KEYS


def test_a_rule_may_raise_any_code() -> None:
    text = changed("code: SD-R007", f"code: {IssueCode.ROW_WON_NEEDS_AMOUNT}")
    assert spec.parse(text, "mine.yaml").sheet("trips").row_rules[1].code == IssueCode.ROW_WON_NEEDS_AMOUNT
