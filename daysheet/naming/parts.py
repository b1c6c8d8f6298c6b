"""What the grammar finds in a cleaned name, before it is written down as a ``NameParse``."""

from dataclasses import dataclass

from daysheet.model.names import BranchSegment, Kind, RegionRef


@dataclass(slots=True)  # not frozen, which would cost more than the reading: one is made for every name
class Parts:
    """
    A cleaned name taken apart; never changed once it is made.

    *stem* is the name without its legal form; *core* the stem without the regions that only say
    where it is. *brand* is the core without industry and group. *canonical* is the registered
    spelling where the rules know it, "" to leave the text as it is. *codes* are the verdict codes
    (C01 …) that the parse itself gives, each with what fills its message.
    """

    kind: Kind
    stem: str
    core: str
    brand: str = ""
    industry: tuple[str, ...] = ()
    regions: tuple[RegionRef, ...] = ()
    ordinals: tuple[int, ...] = ()
    group_flag: str = ""
    form: str = ""
    form_class: str = ""
    host: str = ""
    head_id: str = ""
    entity_id: str = ""  # the legal entity behind it, where a lexicon knows one
    group_id: str = ""
    branches: tuple[BranchSegment, ...] = ()
    departments: tuple[str, ...] = ()
    campus: str = ""
    nation: str = ""
    short_name: str = ""
    parent: str = ""  # the written name of what it belongs to, "" where none is written
    canonical: str = ""
    steps: tuple[str, ...] = ()  # codes of the edits that make it canonical
    codes: tuple[tuple[str, dict[str, str]], ...] = ()
    flags: tuple[str, ...] = ()
