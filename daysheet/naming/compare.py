"""
Two names alone, without knowing the customers: one body, one under the other, sisters, others, or unclear.

The order decides (naming rules, section 7): certain knowledge first, then what forbids, then what leaves
a question, and a score last. What the customers make unique is the business of ``dedupe``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from daysheet.model.names import Kind, NameParse, RegionRef
from daysheet.naming import branches, features, keys, relations
from daysheet.naming.bank_names import UNLISTED
from daysheet.naming.branches import Places, Units
from daysheet.naming.features import Feature, Pair
from daysheet.naming.lexicon import Lexicon, plain
from daysheet.naming.parts import Parts
from daysheet.naming.relations import Parent

SAME_BRAND = "same_brand"
"""Two companies of one brand: perhaps of one group, which no name proves."""


class Relation(StrEnum):
    """What two names are to each other."""

    SAME = "same"
    PARENT_CHILD = "parent_child"
    SIBLING = "sibling"
    DIFFERENT = "different"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    The outcome. *child* is "a" or "b" where one belongs under the other, by *parent*.

    *reasons* are keys of texts in ``i18n`` (compare.V1, compare.chain), the deciding one first.
    """

    relation: Relation
    child: str = ""
    parent: Parent | None = None
    vetoes: tuple[str, ...] = ()
    caps: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    features: tuple[Feature, ...] = ()
    score: float = 0.0
    reasons: tuple[str, ...] = field(default=())


def compare(a: NameParse, b: NameParse, lexicon: Lexicon) -> Comparison:
    """Return what two parsed names are to each other."""
    if a.is_rejected or b.is_rejected:
        return _said(Relation.DIFFERENT, "rejected")
    has_codes = bool(a.uscc and b.uscc)
    if has_codes and a.uscc == b.uscc:
        return _said(Relation.SAME, "uscc")
    found = _by_names(a, b, lexicon)
    if has_codes and found.relation is Relation.SAME:
        return _said(Relation.DIFFERENT, "uscc_other")
    return found


def _said(relation: Relation, reason: str, **rest: tuple[str, ...]) -> Comparison:
    return Comparison(relation, reasons=(f"compare.{reason}",), **rest)  # type: ignore[arg-type]  # vetoes, caps, hints


def _by_names(a: NameParse, b: NameParse, lexicon: Lexicon) -> Comparison:
    if _are_known_as_one(a, b, lexicon):
        return _said(Relation.SAME, "alias")
    if _is_successor(a, b, lexicon) or _is_successor(b, a, lexicon):
        return _said(Relation.AMBIGUOUS, "successor", caps=("A5",))
    ambiguous = _ambiguous(a, b, lexicon)
    if ambiguous is not None:
        return ambiguous
    for child, one, other in (("a", a, b), ("b", b, a)):
        parent = relations.how_under(one, other, lexicon)
        if parent is not None:
            return Comparison(
                Relation.PARENT_CHILD, child, parent, reasons=(f"compare.{parent.source}", f"compare.{parent.relation}")
            )
    if _family(a) and _family(b):
        return _in_systems(a, b, lexicon)
    if a.kind is b.kind is Kind.ENTERPRISE_BRANCH:
        return _enterprise_branches(a, b, lexicon)
    if features.have_other_kinds(a, b):
        return _said(Relation.DIFFERENT, "V6", vetoes=("V6",))
    return _weighed(features.pair(a, b, lexicon), lexicon)


# ---- (2) known as one ----------------------------------------------------------------------------


def _are_known_as_one(a: NameParse, b: NameParse, lexicon: Lexicon) -> bool:
    names = {plain(a.canonical), plain(b.canonical)}
    if len(names) == 2 and any(names <= known for known in lexicon.same_institution):
        return True
    return any(
        _key_of(name, lexicon) == other.key for one, other in ((a, b), (b, a)) for name in one.former_names if other.key
    )


def _key_of(name: str, lexicon: Lexicon) -> str:
    text = plain(name)
    return keys.match_key(text, lexicon.grammar.read(text), lexicon)


def _is_successor(old: NameParse, new: NameParse, lexicon: Lexicon) -> bool:
    """Say whether *old* names an abolished body that was joined to *new*, or divided (not one renamed)."""
    if old.kind is not Kind.GOVERNMENT or new.kind is not Kind.GOVERNMENT or old.core == new.core:
        return False
    successor, kind = lexicon.grammar.organisations.renamed_kinds(old.core)
    is_there = branches.places(_own_region(old), _own_region(new), lexicon.regions) is Places.SAME
    return kind in ("merge", "split") and is_there and new.core.endswith(successor)


def _own_region(parse: NameParse) -> RegionRef | None:
    return branches.innermost(parse, of_branch=False)


# ---- (3) ambiguous names -------------------------------------------------------------------------


def _ambiguous(a: NameParse, b: NameParse, lexicon: Lexicon) -> Comparison | None:
    """Return the outcome where a side is a short name of several; None where none is, or none of them is the other."""
    meanings = [_meanings(parse, lexicon) for parse in (a, b)]
    if not any(meanings):
        return None
    lefts, rights = (found or {parse.key} for found, parse in zip(meanings, (a, b), strict=True))
    is_under = any(_belongs_to_one_of(parse, found, lexicon) for parse, found in ((a, rights), (b, lefts)))
    if lefts & rights or is_under:
        return _said(Relation.AMBIGUOUS, "C08", caps=("A5",))
    return None


def _meanings(parse: NameParse, lexicon: Lexicon) -> set[str]:
    entry = lexicon.aliases.get(plain(parse.canonical)) or {}
    return {_key_of(name, lexicon) for name in entry.get("candidates", ())}


def _belongs_to_one_of(child: NameParse, candidates: set[str], lexicon: Lexicon) -> bool:
    return any(_key_of(parent.name, lexicon) in candidates for parent in relations.parents(child, lexicon))


# ---- (5) banks, systems, insurers ----------------------------------------------------------------


def _family(parse: NameParse) -> str:
    """Return the family of a known bank, system or insurer; a bank known by its pattern alone has none."""
    return "" if parse.head_id.startswith(UNLISTED) else parse.group_id


def _in_systems(a: NameParse, b: NameParse, lexicon: Lexicon) -> Comparison:
    if a.group_id != b.group_id:
        return _said(Relation.DIFFERENT, "heads")
    if not a.entity_id or not b.entity_id:
        where = branches.places(
            branches.innermost(a, of_branch=False), branches.innermost(b, of_branch=False), lexicon.regions
        )
        if where is Places.APART:
            return _said(Relation.SIBLING, "V1", vetoes=("V1",))
        return _said(Relation.AMBIGUOUS, "A5", caps=("A5",))
    if a.entity_id != b.entity_id:
        is_one_template = a.entity_id.partition(".")[0] == b.entity_id.partition(".")[0]
        if is_one_template:
            return _said(Relation.SIBLING, "template", vetoes=("V1",))
        return _said(Relation.DIFFERENT, "group", hints=(SAME_BRAND,))
    units, code = branches.compared(a, b, lexicon)
    if units is Units.SAME:
        return Comparison(Relation.SAME, score=1.0, reasons=("compare.unit",))
    if units is Units.UNCLEAR:
        return _said(Relation.AMBIGUOUS, code, caps=(code,))
    return _said(Relation.SIBLING, code, vetoes=(code,))


# ---- branches of a company -----------------------------------------------------------------------


def _enterprise_branches(a: NameParse, b: NameParse, lexicon: Lexicon) -> Comparison:
    """Two branches are one where their companies are and they are at one place, under one word."""
    heads = [_parsed(parse.parent, lexicon) for parse in (a, b)]
    above = _weighed(features.pair(heads[0], heads[1], lexicon), lexicon)
    units, code = branches.compared(a, b, lexicon)
    if above.relation is Relation.SAME:
        if units is Units.SISTERS:
            return _said(Relation.SIBLING, code, vetoes=(code,))
        if units is Units.UNCLEAR:
            return _said(Relation.AMBIGUOUS, code, caps=(code,))
        return above
    return above if units is not Units.SISTERS else _said(Relation.DIFFERENT, code, vetoes=(code,))


def _parsed(name: str, lexicon: Lexicon) -> NameParse:
    """Return a name's parts as a parse, without cleaning it again."""
    text = plain(name)
    parts: Parts = lexicon.grammar.read(text)
    return relations.as_parse(text, parts, lexicon)


# ---- (7) to (9) ----------------------------------------------------------------------------------


def _weighed(both: Pair, lexicon: Lexicon) -> Comparison:
    vetoes, caps = features.vetoes(both, lexicon), features.caps(both, lexicon)
    weighed = features.features(both, lexicon)
    score = round(sum(one.score * one.weight for one in weighed), 4)
    relation = _relation(both, vetoes, caps, score, lexicon)
    hints = (SAME_BRAND,) if both.brand == 1.0 and ({"V9", "V10"} & set(vetoes) or "A9" in caps) else ()
    return Comparison(
        relation,
        vetoes=vetoes,
        caps=caps,
        hints=(*hints, *_sound(both)),
        features=weighed,
        score=score,
        reasons=tuple(f"compare.{code}" for code in _reasons(relation, vetoes, caps)),
    )


def _relation(both: Pair, vetoes: tuple[str, ...], caps: tuple[str, ...], score: float, lexicon: Lexicon) -> Relation:
    has_one_host = bool(both.left.host) and both.left.host == both.right.host
    if vetoes or score < lexicon.matching["review"]:
        return Relation.SIBLING if has_one_host and both.left.kind is both.right.kind else Relation.DIFFERENT
    return Relation.SAME if score >= lexicon.matching["same"] and not caps else Relation.AMBIGUOUS


def _reasons(relation: Relation, vetoes: tuple[str, ...], caps: tuple[str, ...]) -> Iterator[str]:
    if vetoes:
        yield from vetoes
    elif relation is Relation.AMBIGUOUS and caps:
        yield from caps
    else:
        yield "score"


def _sound(both: Pair) -> tuple[str, ...]:
    return ("pinyin",) if both.brand_cap == "A1" else ()
