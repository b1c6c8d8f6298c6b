"""
What a name says of what it belongs to (naming rules, section 6).

Only what the name itself, a lexicon or the lattice of regions says: an equal brand is no relation.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from daysheet.model.memory import LinkSource, RelationType
from daysheet.model.names import Kind, NameParse, Status, Verdict
from daysheet.naming import branches, keys
from daysheet.naming.lexicon import Lexicon, plain
from daysheet.naming.parts import Parts

_DEEPEST = 8
_OFFICE = re.compile(r"(.*人民政府)驻.+(?:办事处|联络处)")


@dataclass(frozen=True, slots=True)
class Parent:
    """A name that another belongs under: which relation, and who says so."""

    name: str
    relation: RelationType
    source: LinkSource


def parents(parse: NameParse, lexicon: Lexicon) -> tuple[Parent, ...]:
    """Return the names that *parse* belongs under, the nearest first."""
    found: list[Parent] = []
    name, kind = _written(parse, lexicon), parse.kind
    while name and len(found) < _DEEPEST and all(parent.name != name for parent in found):
        found.append(Parent(name, _relation(parse, kind, lexicon), LinkSource.PARSED_CHAIN))
        parts = lexicon.grammar.read(plain(name))
        name, kind = parts.parent, parts.kind
    found += _by_lexicon(parse, lexicon)
    return tuple(found)


def _written(parse: NameParse, lexicon: Lexicon) -> str:
    """Return the nearest name above that *parse* writes itself."""
    if parse.campus and parse.kind is Kind.SCHOOL:
        university = parse.canonical.partition("（")[0]
        return university if parse.campus in lexicon.grammar.organisations.campuses.get(university, ()) else ""
    office = _OFFICE.fullmatch(parse.canonical)
    return office[1] if office is not None else parse.parent


def _relation(parse: NameParse, kind: Kind, lexicon: Lexicon) -> RelationType:
    if parse.kind is Kind.SCHOOL and parse.campus:
        return RelationType.CAMPUS_OF
    if kind in (Kind.HOSPITAL, Kind.INSTITUTION, Kind.SCHOOL):
        return RelationType.AFFILIATED_TO
    if kind is Kind.GOVERNMENT:
        is_vertical = lexicon.grammar.organisations.vertical.search(parse.canonical) is not None
        return RelationType.SUPERVISED_BY if is_vertical else RelationType.UNIT_OF
    return RelationType.BRANCH_OF


def _by_lexicon(parse: NameParse, lexicon: Lexicon) -> Iterator[Parent]:
    """Give what the lexicon of systems puts above a company of one."""
    above = lexicon.grammar.systems.above(parse.entity_id, parse.group_id)
    if above:
        yield Parent(above, RelationType.SUBSIDIARY_OF, LinkSource.LEXICON)


def how_under(child: NameParse, parent: NameParse, lexicon: Lexicon) -> Parent | None:
    """Return the relation by which *child* belongs under *parent*, near or far; None where it does not."""
    if child.entity_id and child.entity_id == parent.entity_id:
        how = branches.is_under(child, parent, lexicon)
        if not how:
            return None
        source = {"chain": LinkSource.PARSED_CHAIN, "head": LinkSource.LEXICON}.get(how, LinkSource.LATTICE)
        return Parent(parent.canonical, RelationType.BRANCH_OF, source)
    for one in parents(child, lexicon):
        parts = lexicon.grammar.read(plain(one.name))
        if keys.match_key(plain(one.name), parts, lexicon) == parent.key:
            return one
    return None


def as_parse(text: str, parts: Parts, lexicon: Lexicon) -> NameParse:
    """Return *parts* of the clean name *text* as a parse."""
    return NameParse(
        raw=text,
        canonical=text,
        key=keys.match_key(text, parts, lexicon),
        verdict=Verdict(Status.CONFORMANT, ()),
        stem=parts.stem,
        core=parts.core,
        parent=parts.parent,
        kind=parts.kind,
        nation=parts.nation,
        regions=parts.regions,
        brand=parts.brand,
        ordinals=parts.ordinals,
        industry=frozenset(parts.industry),
        group_flag=parts.group_flag,
        form=parts.form,
        form_class=parts.form_class,
        host=parts.host,
        head_id=parts.head_id,
        entity_id=parts.entity_id,
        group_id=parts.group_id,
        branches=parts.branches,
        campus=parts.campus,
    )
