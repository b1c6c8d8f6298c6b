"""How two names are alike: each veto and each cap of the naming rules, section 7."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daysheet.dedupe import likeness
from daysheet.dedupe.judge import NEAR
from daysheet.dedupe.likeness import ANY, Alike, Likeness, nested
from daysheet.dedupe.profiles import Profile
from daysheet.dedupe.texts import Slip
from daysheet.naming.lexicon import Lexicon, load

Compare = Callable[[str, str], Alike]


@pytest.fixture
def alike(read: Callable[[str], Profile], lexicon: Lexicon) -> Compare:
    """Compare a typed name with a known one, in whichever languages they are."""
    common = lexicon.grammar.translator.common

    def compare(typed: str, known: str) -> Alike:
        left, right = read(typed), read(known)
        if left.is_latin and right.is_latin:
            return likeness.latin(left, right, (), common, lexicon.grammar.english.nations)
        if left.is_latin or right.is_latin:
            latin, chinese = (left, right) if left.is_latin else (right, left)
            return likeness.translated(latin, chinese, common)
        return likeness.chinese(left, right, lexicon.regions)

    return compare


@pytest.mark.parametrize(
    ("typed", "known", "veto"),
    [
        ("苏州云帆建材有限公司", "杭州云帆建材有限公司", "V1"),
        ("苏州市第一人民医院", "杭州市第一人民医院", "V1"),
        ("中铁十局集团有限公司", "中铁十一局集团有限公司", "V2"),
        ("杭州市第一人民医院", "杭州市第二人民医院", "V2"),
        ("东海大学（南山校区）", "东海大学（北岭校区）", "V4"),
        ("杭州市人民医院", "杭州市人民小学", "V6"),
        ("杭州市农业局", "中国农业银行", "V6"),
        ("东海大学附属第一医院", "南山大学附属第一医院", "V8"),
        ("杭州云帆集团有限公司", "杭州云帆有限公司", "V9"),
    ],
)
def test_a_veto_keeps_two_names_apart(alike: Compare, typed: str, known: str, veto: str) -> None:
    for left, right in ((typed, known), (known, typed)):
        found = alike(left, right)
        assert (found.likeness, found.score, found.why) == (Likeness.NONE, 0.0, veto)


@pytest.mark.parametrize(
    ("typed", "known", "kind", "cap"),
    [
        ("杭州云翻建材有限公司", "杭州云帆建材有限公司", Likeness.SLIP, "A1"),
        ("云帆建材有限公司", "杭州云帆建材有限公司", Likeness.UNPLACED, "A2"),
        ("杭州云帆建材有限公司", "云帆建材有限公司", Likeness.PLACED, "A2"),
        ("浙江云帆建材有限公司", "杭州云帆建材有限公司", Likeness.LEVEL, "A2"),
        ("杭州云帆建材股份有限公司", "杭州云帆建材有限公司", Likeness.FORM, "A3"),
        ("云帆", "杭州云帆建材有限公司", Likeness.SHORT, "A4"),
        ("云建", "杭州云帆建材有限公司", Likeness.SHORT, "A4"),
        ("云帆（杭州）建材有限公司", "杭州云帆建材有限公司", Likeness.MOVED, "A6"),
        ("人民医院", "杭州市人民医院", Likeness.LEVEL, "C06"),
    ],
)
def test_a_cap_names_what_is_missing_or_doubtful(
    alike: Compare, typed: str, known: str, kind: Likeness, cap: str
) -> None:
    found = alike(typed, known)
    assert (found.likeness, found.why) == (kind, cap)
    assert 0.5 < found.score <= 1.0


def test_a_name_without_its_form_is_the_same_name(alike: Compare) -> None:
    assert alike("杭州云帆建材", "杭州云帆建材有限公司") == Alike(Likeness.SAME, 1.0)


def test_of_a_region_that_may_be_several_nothing_is_moved(alike: Compare) -> None:
    # A5: 朝阳 is a town in Liaoning and a district of Beijing
    found = alike("朝阳云帆建材有限公司", "北京云帆建材有限公司")
    assert found.likeness not in (Likeness.SAME, Likeness.MOVED, Likeness.UNPLACED)


def test_a_homophone_never_overrules_the_region(alike: Compare) -> None:
    for left, right in (("陕西云帆建材有限公司", "山西云帆建材有限公司"), ("宿州云帆建材厂", "苏州云帆建材厂")):
        assert alike(left, right).why == "V1"


def test_a_numeral_heard_for_another_word_is_a_slip_and_no_ordinal(alike: Compare) -> None:
    assert alike("杭州市中医一院", "杭州市中医医院").likeness is not Likeness.NONE


def test_another_brand_character_in_a_short_name_is_no_slip(alike: Compare) -> None:
    assert alike("云舟商贸有限公司", "云帆商贸有限公司").likeness is Likeness.NEAR
    assert alike("云舟国际货运代理有限公司", "云帆国际货运代理有限公司").slip is Slip.OTHER


def test_a_name_at_the_end_of_a_longer_one_goes_before_other_brands(alike: Compare) -> None:
    behind = alike("云帆园林绿化有限公司", "左权云帆园林绿化有限公司")
    assert behind.likeness is Likeness.SHORT
    assert behind.score > alike("云帆园林绿化有限公司", "云舟园林绿化有限公司").score


@pytest.mark.parametrize(
    ("typed", "known", "kind"),
    [
        ("Tavalor Optics", "Tavalor Optics Ltd", Likeness.SAME),
        ("TAVALOR OPTICS LIMITED", "Tavalor Optics Ltd", Likeness.SAME),
        ("Tavalor Optics Inc", "Tavalor Optics GmbH", Likeness.FORM),
        ("Tavalor Optics Ltd", "Tavalor Optics", Likeness.FORM),
        ("Tavalor Optics", "Tavalor Optics (China) Co., Ltd.", Likeness.FORM),
        ("Tavalor Optics", "Tavalor Optics GmbH", Likeness.SAME),
        ("Tavalor Optics", "Tavalor Optics GmbH & Co. KG", Likeness.SAME),
        ("Tavalor Optics KG", "Tavalor Optics GmbH", Likeness.FORM),
        ("Optics Tavalor", "Tavalor Optics", Likeness.ORDER),
        ("Tavelor Marine Services", "Tavalor Marine Services", Likeness.SLIP),
        ("TMS", "Tavalor Marine Services Ltd", Likeness.ACRONYM),
        ("Tavalor", "Tavalor Marine Services Ltd", Likeness.ACRONYM),
        ("Tavalor Marine Service Group", "Tavalor Marine Services Ltd", Likeness.NEAR),
        ("Tavalor Optics (China)", "Tavalor Optics (Japan)", Likeness.NONE),
    ],
)
def test_latin_names_are_compared_word_by_word(alike: Compare, typed: str, known: str, kind: Likeness) -> None:
    assert alike(typed, known).likeness is kind


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("Norvel University", "Universidad Norvel"),
        ("Universidad de Norvel", "Université Norvel"),
        ("Gruppo Tavalor", "Tavalor Group"),
        ("Tavalor Foundation", "Tavalor Stiftung"),
        ("Norwegian Institute of Glaciology", "Glaciology Institute of Norway"),
        ("Norvel Geological Museum", "Museum of Geology Norvel"),
        ("U.S. Bureau of Lanterns", "United States Bureau of Lanterns"),
        ("US Bureau of Lanterns", "Bureau of Lanterns, United States Bureau"),
        ("UK Lantern Council", "United Kingdom Lantern Council"),
        ("ND Lantern Office", "North Dakota Lantern Office"),
    ],
)
def test_the_same_words_of_two_languages_are_a_question_and_never_the_same(
    alike: Compare, typed: str, known: str
) -> None:
    for left, right in ((typed, known), (known, typed)):
        assert alike(left, right).likeness in (Likeness.ORDER, Likeness.NEAR)
        assert alike(left, right).score > NEAR


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("Institute of Glaciology NAL", "Norvel Academy of Lanterns, Institute of Glaciology"),
        ("Institute of Norvel Lanterns NAL", "Norvel Academy of Lanterns, Institute of Norvel Lanterns"),
        ("Tavalor Bay LTOS", "Tavalor Bay Long Term Ocean Study"),
        ("TNS Lantern Centre", "Tavalor of Norvel State Lantern Centre"),
        ("NT Lantern Survey Office", "Norvel Tavalor Lantern Survey Office"),
        ("TIM - Tavalor Institute of Management", "Tavalor Institute of Management"),
        ("Tavalor Marine Services (TMS)", "Tavalor Marine Services Ltd"),
        ("KTQ Tavalor Institute of Technology", "Tavalor Institute of Technology"),
    ],
)
def test_initials_stand_for_the_words_of_the_other_name_as_a_question(alike: Compare, typed: str, known: str) -> None:
    for left, right in ((typed, known), (known, typed)):
        assert alike(left, right).likeness in (Likeness.ORDER, Likeness.NEAR)
        assert alike(left, right).score > NEAR


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("NT Lanterns", "Norvel Tavalor"),  # initials and nothing else in common
        ("Institute of Glaciology NAX", "Norvel Academy of Lanterns, Institute of Oceans"),
        ("KTQ Tavalor Institute", "Norvel Institute"),
    ],
)
def test_other_initials_stand_for_nothing(alike: Compare, typed: str, known: str) -> None:
    assert alike(typed, known).score < NEAR


def test_us_and_uk_are_countries_at_the_beginning_only(alike: Compare) -> None:
    assert alike("Bring Us Lanterns", "Bring United States Lanterns").likeness is not Likeness.ORDER


def test_bodies_of_two_countries_are_less_alike_than_of_one(alike: Compare) -> None:
    apart = alike("Norwegian Lantern Registry of Trade", "Finnish Lantern Registry of Trade")
    unnamed = alike("Norwegian Lantern Registry of Trade", "Tavalor Lantern Registry of Trade")
    assert apart.score < NEAR < unnamed.score


def test_a_word_that_others_have_is_no_slip(read: Callable[[str], Profile]) -> None:
    typed, known = read("Tavelor Marine Services"), read("Tavalor Marine Services")
    assert likeness.latin(typed, known, (), ()).why == "A1"
    assert likeness.latin(typed, known, {"tavelor"}, ()).why == "A1 word"


def test_one_other_letter_makes_another_short_name(alike: Compare) -> None:
    assert alike("Unitec", "United").why != "A1"
    assert alike("Tavaloriqn", "Tavaloriun").why == "A1"  # of a long word it is a slip


def test_three_letters_are_never_the_same_with_a_form(alike: Compare) -> None:
    assert alike("TMS", "TMS Ltd").why == "acronym"


def test_a_translated_name_is_a_hint_and_more_so_the_more_words_meet(alike: Compare) -> None:
    much = alike("Hangzhou Water Resources Bureau", "杭州市水利局")
    little = alike("Hangzhou Culture Center", "杭州市水利局")
    assert much.likeness is Likeness.TRANSLATED
    assert 0 < little.score < much.score < 1


def test_a_region_lies_in_itself_and_in_what_is_around_it(lexicon: Lexicon) -> None:
    regions = lexicon.regions
    assert nested(regions, "330111", "330000")
    assert nested(regions, "330000", "330111")
    assert not nested(regions, "330100", "320500")
    assert nested(regions, ANY, ANY)
    assert not nested(regions, ANY, "330100")


PARTS = st.tuples(
    st.sampled_from(["", "杭州", "浙江", "苏州市", "朝阳"]),
    st.sampled_from(["云帆", "云舟", "海天", "中铁十局", "第一", ""]),
    st.sampled_from(["建材", "人民医院", "中学", "商贸", "银行", "大学附属医院"]),
    st.sampled_from(["", "有限公司", "股份有限公司", "集团"]),
)
CHINESE = PARTS.map("".join)
LATIN = st.lists(
    st.sampled_from(
        ["Tavalor", "Tavelor", "Marine", "Services", "University", "of", "Hangzhou", "Group", "Ltd", "Inc"]
    ),
    min_size=1,
    max_size=5,
).map(" ".join)


@given(CHINESE | LATIN, CHINESE | LATIN)
def test_every_score_lies_between_nothing_and_one(left: str, right: str) -> None:
    one, other = _read(left), _read(right)
    if one is None or other is None:
        return
    common = _LEXICON.grammar.translator.common
    if one.is_latin and other.is_latin:
        found = likeness.latin(one, other, (), common)
    elif one.is_latin or other.is_latin:
        found = likeness.translated(*((one, other) if one.is_latin else (other, one)), common)
    else:
        found = likeness.chinese(one, other, _LEXICON.regions)
    assert 0.0 <= found.score <= 1.0
    assert (found.score == 0.0) or found.likeness is not Likeness.NONE


_LEXICON = load()


def _read(name: str) -> Profile | None:
    from daysheet.dedupe.profiles import profile
    from daysheet.naming.engine import NamingEngine

    parse = NamingEngine(_LEXICON).parse(name)
    return None if parse.is_rejected else profile(parse, _LEXICON)
