"""What the services work with; ``wiring`` fills it from the settings, tests by hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from daysheet.dedupe.judge import Judge
from daysheet.ingest.envelope import MessageLimits
from daysheet.ingest.spool import Spool
from daysheet.ingest.workbook import WorkbookReader
from daysheet.model.people import Person
from daysheet.model.policy import Policy
from daysheet.model.template import TemplateSpec
from daysheet.model.text import Language
from daysheet.model.trust import Trust
from daysheet.naming.engine import NamingEngine
from daysheet.store.engine import Database
from daysheet.store.inbound import Claimed
from daysheet.store.sheets import SheetTables
from daysheet.validation.sheets import Validator

if TYPE_CHECKING:
    from daysheet.templates_xlsx.prefill import Blank


@dataclass(frozen=True, slots=True)
class House:
    """The company's own settings that decide about reports and answers."""

    name: str
    language: Language
    zone: str
    domain: str  # right side of our Message-IDs
    loop_id: str  # in every mail of ours, so that we know it when it comes back
    address: str  # where answers come from
    confirm_after: int = 3
    external_id_system: str = "crm"
    workbooks_per_message: int = 5
    max_attempts: int = 3
    answers_per_hour: int = 20
    refusals_per_hour: int = 1


@dataclass(frozen=True, slots=True)
class AlarmLimits:
    """When an operator must hear of something."""

    silence: timedelta = timedelta(minutes=30)  # without a successful poll
    answer_age: timedelta = timedelta(hours=12)  # of one that waits
    quarantined_per_day: int = 20
    free_bytes: int = 500 * 2**20
    silent_rep_days: int = 5  # workdays
    is_mailed: bool = True


def never_gone(holder: str) -> bool:
    """Say of every holder that it may be alive: its leases and claims run out by themselves."""
    del holder
    return False


@dataclass(frozen=True, slots=True)
class Tools:
    """Everything a service needs from outside, handed in."""

    house: House
    database: Database
    tables: SheetTables
    spool: Spool
    reader: WorkbookReader
    specs: Sequence[TemplateSpec]
    validators: Mapping[str, Validator]  # by template id
    naming: NamingEngine
    judge: Judge
    limits: MessageLimits
    clock: Callable[[], datetime]
    holder: str  # this process, in leases and claims
    policy: Policy = field(default_factory=Policy)
    trust: Mapping[str, Trust] = field(default_factory=dict)  # by mailbox; `ingest` has none, and needs none
    alarm_limits: AlarmLimits = AlarmLimits()
    raw_mail_kept: timedelta | None = None  # how long the bytes of finished messages are; None: for good
    is_gone: Callable[[str], bool] = never_gone  # whether another holder is known to be dead
    blanks: dict[tuple[str, ...], "Blank"] = field(default_factory=dict)  # workbooks to fill in, by form and language
    unreleased: list[Claimed] = field(default_factory=list)  # claims the database was too troubled to let go
    unmarked: list[tuple[int, datetime]] = field(default_factory=list)  # mails it was too troubled to note as sent

    def spec(self, template_id: str) -> TemplateSpec | None:
        """Return the accepted form called *template_id*, or None."""
        return next((spec for spec in self.specs if spec.id == template_id), None)

    def language_of(self, person: Person | None) -> Language:
        """Return the language a person is written to in."""
        return person.language if person and person.language else self.house.language

    def day_of(self, moment: datetime, person: Person | None) -> date:
        """Return the date of *moment* where *person* works: "today" for a report first seen then."""
        zone = person.timezone if person and person.timezone else self.house.zone
        return moment.astimezone(ZoneInfo(zone)).date()
