"""People and teams."""

from dataclasses import dataclass
from enum import StrEnum

from daysheet.model.text import Language


class Role(StrEnum):
    """What a person does with Daysheet."""

    REP = "rep"
    ASSISTANT = "assistant"
    MANAGER = "manager"
    STEWARD = "steward"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Person:
    """
    Someone Daysheet knows. *addresses* are lower-case; the first is where answers go.

    *may_submit_for* holds employee numbers and ``team:NAME`` entries.
    """

    id: int
    number: str  # employee number
    name: str
    role: Role
    language: Language | None = None
    addresses: tuple[str, ...] = ()
    team: str = ""
    region: str = ""
    timezone: str | None = None
    manager: str = ""  # employee number
    may_submit_for: frozenset[str] = frozenset()
    is_active: bool = True
    reports: str | None = None  # daily, weekly or none; None: as the role has it

    @property
    def address(self) -> str:
        """Where answers go; "" where no address is known."""
        return self.addresses[0] if self.addresses else ""

    def may_submit(self, rep: "Person") -> bool:
        """Say whether this person may send *rep*'s report."""
        return (
            rep.number == self.number
            or rep.number in self.may_submit_for
            or (bool(rep.team) and f"team:{rep.team}" in self.may_submit_for)
        )
