"""What counts of a name when it is compared, and how it is stored."""

import json
from collections.abc import Callable

import pytest

from daysheet.dedupe.profiles import Profile, from_document, plain, to_document
from daysheet.model.names import Kind

Read = Callable[[str], Profile]

NAMES = {
    Kind.ENTERPRISE: "杭州云帆建材有限公司",
    Kind.BANK: "中国工商银行股份有限公司",
    Kind.BANK_BRANCH: "中国工商银行杭州富阳支行",
    Kind.GOVERNMENT: "杭州市水利局",
    Kind.SCHOOL: "杭州市第二中学",
    Kind.HOSPITAL: "杭州市第一人民医院",
    Kind.FOREIGN: "Tavalor Marine Services Ltd",
    Kind.UNKNOWN: "云帆",
}


@pytest.mark.parametrize("kind", NAMES)
def test_every_kind_of_name_comes_back_as_it_was_stored(read: Read, kind: Kind) -> None:
    own = read(NAMES[kind])
    assert own.kind is kind
    assert from_document(to_document(own)) == own


@pytest.mark.parametrize(
    "name", ["交通银行第二支行", "招商银行信用卡中心", "中国银行杭州分行城西支行", "北京工行", "东海大学（南山校区）"]
)
def test_rare_shapes_come_back_as_they_were_stored(read: Read, name: str) -> None:
    own = read(name)
    assert from_document(to_document(own)) == own


def test_what_is_stored_is_compact_and_readable(read: Read) -> None:
    text = to_document(read(NAMES[Kind.ENTERPRISE]))
    assert "云帆" in text
    assert ", " not in text
    assert isinstance(json.loads(text), list)


@pytest.mark.parametrize("text", ["[]", "[1]", '["enterprise"]', "{}", "null", "no document"])
def test_what_another_version_stored_is_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        from_document(text)


def test_one_value_too_many_is_refused(read: Read) -> None:
    values = json.loads(to_document(read(NAMES[Kind.ENTERPRISE])))
    with pytest.raises((ValueError, TypeError)):
        from_document(json.dumps([*values, ""]))


def test_a_company_is_seen_in_its_parts(read: Read) -> None:
    own = read("杭州云帆建材有限公司")
    assert (own.flat, own.stem, own.core) == ("杭州云帆建材有限公司", "杭州云帆建材", "云帆建材")
    assert own.regions == ("330100",)
    assert own.form_class
    assert not own.is_latin
    assert own.unit is None


def test_brackets_width_and_script_count_for_nothing(read: Read) -> None:
    assert plain("雲帆（杭州） 建材") == "云帆杭州建材"
    assert read("云帆（杭州）建材有限公司").stem == read("雲帆(杭州)建材有限公司").stem


def test_a_latin_name_is_its_words(read: Read) -> None:
    own = read("Tavalor Marine Services Ltd")
    assert own.is_latin
    assert own.words == ("tavalor", "marine", "services")
    assert "tavalor|company" in own.hints


def test_a_chinese_name_hints_at_its_english_one(read: Read) -> None:
    assert "hangzhou|bureau" in read("杭州市水利局").hints


def test_a_short_hospital_stands_for_its_long_form(read: Read) -> None:
    assert read("东医二院").readings == ("东医第二医院",)
    assert read("东医二附院").readings == ("东医第二附属医院",)


def test_a_province_in_one_letter_stands_for_its_name(read: Read) -> None:
    assert "浙江云帆" in read("浙云帆").readings


def test_a_name_with_its_form_stands_for_nothing_else(read: Read) -> None:
    assert read("浙云帆有限公司").readings == ()


def test_a_branch_is_seen_as_one_unit_of_its_bank(read: Read) -> None:
    unit = read("中国工商银行杭州富阳支行").unit
    assert unit is not None
    assert (unit.head_id, unit.family, unit.prefecture, unit.counties) == ("ICBC", "支行", "330100", ("330111",))
    assert unit.is_region_branch
    assert not unit.is_family_open


def test_the_branch_it_is_written_under_is_kept(read: Read) -> None:
    unit = read("中国银行杭州分行城西支行").unit
    assert unit is not None
    assert (unit.anchors[0], unit.outer) == ("城西", "杭州")
    assert "杭州" in unit.places


def test_a_street_is_known_without_its_tail(read: Read) -> None:
    unit = read("中国建设银行杭州延安路支行").unit
    assert unit is not None
    assert (unit.anchors[0], unit.bare) == ("延安路", "延安")


def test_a_numbered_branch_and_a_centre_have_anchors_too(read: Read) -> None:
    second, centre = read("交通银行第二支行").unit, read("招商银行信用卡中心").unit
    assert second is not None
    assert centre is not None
    assert (second.ordinal, second.anchors) == (2, ("第2",))
    assert centre.centre == "信用卡中心"


def test_a_branch_without_a_type_is_open(read: Read) -> None:
    unit = read("北京工行").unit
    assert unit is not None
    assert unit.is_family_open
    assert unit.prefecture == "110000"
