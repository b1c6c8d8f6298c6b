"""After the mails: what Daysheet makes of the many ways in which people write a customer."""

from collections.abc import Iterator

from daysheet import wiring
from daysheet.config import Settings
from daysheet.demo import mails
from daysheet.demo.company import BRANCH_BELOW, MORE_CUSTOMERS, TRAP, TWO_SPELLINGS, UNCLEAR
from daysheet.demo.run import deliver, now_there
from daysheet.model.customers import Customer
from daysheet.model.decisions import Matched
from daysheet.reports.delivery import FolderDelivery
from daysheet.services import customers, import_customers, names, outbox, receive, recheck, reviews
from daysheet.services.process import process_pending
from daysheet.services.tools import Tools

ANSWER = "customers-answer"
"""Folder of the answer to this mail, beside those to the others."""


def show(settings: Settings, tools: Tools, program: str) -> Iterator[str]:
    """Feed one more list and one more mail, and tell in lines what became of the names."""
    import_customers.import_file(tools, "more.csv", MORE_CUSTOMERS.encode())
    recheck.recheck(tools)  # as after every import: the branches come under the head office
    box = settings.mailboxes["daily"]
    assert box.path is not None
    deliver(box.path, "names", mails.of_many_names(tools.specs[0], tools.specs[1], now_there()))
    receive.poll(tools, wiring.open_mailbox("daily", box), batch=10)
    list(process_pending(tools))
    outbox.flush(tools, FolderDelivery(settings.data_dir / ANSWER))
    yield "客户 / customers"
    yield from _spellings(tools)
    yield from _tree(tools)
    yield from _pair(tools)
    yield from _questions(tools, program)


def _known(tools: Tools, name: str) -> Customer | None:
    """Return the customer a name means now."""
    made = names.known(tools, tools.naming.parse(name))
    found = customers.show(tools, made.candidate.customer_id) if isinstance(made, Matched) else None
    return found.customer if found else None


def _spellings(tools: Tools) -> Iterator[str]:
    for name in TWO_SPELLINGS:
        customer = _known(tools, name)
        yield f"   {name} = {f'{customer.id} {customer.display_name}' if customer else '?'}"


def _tree(tools: Tools) -> Iterator[str]:
    """Draw the way from the lowest branch up to the head office, top first."""
    path = []
    at = _known(tools, BRANCH_BELOW)
    while at is not None:
        path.append(at)
        view = customers.show(tools, at.id)
        at = view.parents[0] if view and view.parents else None
    for depth, customer in enumerate(reversed(path)):
        yield f"   {'   ' * depth}{'└─ ' if depth else ''}{customer.id} {customer.display_name}"


def _pair(tools: Tools) -> Iterator[str]:
    found = [customer for name in TRAP if (customer := _known(tools, name))]
    yield f"   {' ≠ '.join(f'{customer.id} {customer.display_name}' for customer in found)}"


def _questions(tools: Tools, program: str) -> Iterator[str]:
    asked = tools.naming.parse(UNCLEAR).canonical
    for review in (one for one in reviews.listed(tools) if one.name == asked):
        candidates = " / ".join(f"{one.customer_id} {one.display_name}" for one in review.candidates)
        yield f"   ? {review.name} = {candidates}"
        best = review.candidates[0].customer_id
        yield f"     {program} reviews decide {review.id} same --with {best}"
