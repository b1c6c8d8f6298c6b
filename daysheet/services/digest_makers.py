"""Where the content of each mail by the clock comes from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from daysheet.model.digest_documents import Content
from daysheet.model.digests import DigestKind
from daysheet.model.figures import Figures
from daysheet.model.organisation import Organisation
from daysheet.model.people import Person
from daysheet.model.periods import Period
from daysheet.services import manager_digests, mornings, reminding, steward_digests
from daysheet.services import organisation as organisations
from daysheet.services.tools import Tools
from daysheet.store.engine import Connection


@dataclass(frozen=True, slots=True)
class Order:
    """
    What a maker is asked for: *kind* about *period*, for those of *receivers* to whom there is something to say.

    *snapshots*: person → the first day of an earlier period → the figures as they were told.
    """

    connection: Connection
    tools: Tools
    organisation: Organisation
    kind: DigestKind
    period: Period
    receivers: Sequence[Person]
    now: datetime
    snapshots: Mapping[int, Mapping[date, Figures]] = field(default_factory=dict)


Made = Iterator[tuple[Person, Content]]
Maker = Callable[[Order], Made]


@dataclass(frozen=True, slots=True)
class Workshop:
    """The makers by kind, and where the organisation comes from; tests bring their own."""

    makers: Mapping[DigestKind, Maker]
    organisation: Callable[[Connection, Tools], Organisation] = organisations.load


def _reminders(order: Order) -> Made:
    return reminding.reminders(order.connection, order.tools, order.organisation, order.receivers, order.now)


def _escalations(order: Order) -> Made:
    return reminding.escalations(order.connection, order.tools, order.organisation, order.receivers, order.now)


def _mornings(order: Order) -> Made:
    return mornings.build(
        order.connection, order.tools, order.organisation, order.receivers, order.period.first, order.now
    )


def _of_managers(order: Order) -> Made:
    return manager_digests.build(
        order.connection,
        order.tools,
        order.organisation,
        order.kind,
        order.period,
        order.receivers,
        order.now,
        order.snapshots,
    )


def _of_stewards(order: Order) -> Made:
    return steward_digests.build(
        order.connection,
        order.tools,
        order.organisation,
        order.kind,
        order.period,
        order.receivers,
        order.now,
        order.snapshots,
    )


WORKSHOP = Workshop(
    {
        DigestKind.MORNING: _mornings,
        DigestKind.REMINDER: _reminders,
        DigestKind.ESCALATION: _escalations,
        DigestKind.STEWARD: _of_stewards,
        DigestKind.WEEKLY: _of_managers,
        DigestKind.MONTHLY: _of_managers,
    }
)
