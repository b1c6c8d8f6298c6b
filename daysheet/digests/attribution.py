"""Whose a number is: the posting that a person had on a day, and everybody above it."""

from datetime import date
from functools import cached_property

from daysheet.model.calendars import WorkCalendar
from daysheet.model.organisation import NOBODY, Organisation


class Attribution:
    """Answers about an organisation that are asked for by the hundred thousand."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self._postings: dict[tuple[int, date], int] = {}
        self._seen_by: dict[int, frozenset[int]] = {NOBODY: frozenset()}

    def posting(self, person_id: int | None, day: date) -> int:
        """Return the id of the posting a person had on *day*; NOBODY where there is none."""
        if person_id is None:
            return NOBODY
        found = self._postings.get((person_id, day))
        if found is None:
            posting = self.organisation.posting_on(person_id, day)
            found = self._postings[person_id, day] = posting.id if posting else NOBODY
        return found

    def seen_by(self, posting_id: int) -> frozenset[int]:
        """Return whoever is shown a posting's figures: all above it, and its own person where they lead others."""
        found = self._seen_by.get(posting_id)
        if found is None:
            posting = self.organisation.posting_by_id[posting_id]
            own = {posting.person_id} & self._leading
            found = self._seen_by[posting_id] = self.organisation.above(posting) | own
        return found

    def name_of(self, person_id: int | None) -> str:
        """Return a person's name, "" for nobody."""
        person = self.organisation.people.get(person_id) if person_id is not None else None
        return person.name if person else ""

    def calendar(self, posting_id: int) -> WorkCalendar:
        """Return the working calendar of a posting, the company's for nobody's."""
        return self.organisation.calendar_of(self.organisation.posting_by_id.get(posting_id))

    @cached_property
    def _leading(self) -> frozenset[int]:
        """Everybody who is above anybody."""
        postings = (one for some in self.organisation.postings.values() for one in some)
        return frozenset[int]().union(*(self.organisation.above(posting) for posting in postings))
