"""Questions for the console's tests, as reports and lists bring them forth."""

import re
from html import unescape
from typing import Any

import sqlalchemy as sa

from daysheet.model.decisions import Candidate
from daysheet.model.memory import Question, Review, ReviewKind, ReviewState
from daysheet.services import import_customers, reviews
from daysheet.store import lookup
from daysheet.store.tables import customer
from tests.builders import a_visit
from tests.unit.web.conftest import Browser, Console

SUZHOU, WUXI, UNCLEAR = "苏州蓝鲸精密机械有限公司", "无锡蓝鲸精密机械有限公司", "蓝鲸精密机械"


def known(console: Console, *names: str) -> list[int]:
    """Put customers on the list and return their ids."""
    content = "id,name\n" + "".join(f"{name},{name}\n" for name in names)
    import_customers.import_file(console.tools, "list.csv", content.encode())
    return [id_of(console, name) for name in names]


def id_of(console: Console, name: str) -> int:
    """Return the customer whose own name this is, whatever it has become."""
    return int(console.select(sa.select(customer.c.id).where(customer.c.display_name == name))[0].id)


def root_of(console: Console, customer_id: int) -> int:
    """Return what a customer has become."""
    with console.tools.database.reading() as connection:
        return lookup.by_ids(connection, [customer_id])[customer_id].id


def asked(console: Console, name: str, *others: str, kind: ReviewKind = ReviewKind.DUPLICATE) -> int:
    """Ask about a known customer and return the question."""
    candidates = tuple(
        Candidate(id_of(console, other), other, 0.9 - number / 10, ("slip",)) for number, other in enumerate(others)
    )
    question = Question(id_of(console, name), kind, candidates)
    with console.tools.database.writing() as connection:
        return next(iter(reviews.ask(connection, console.tools, [question]).values()))


def unclear(console: Console, by: str = "E1", name: str = UNCLEAR) -> int:
    """Let a rep write a name that may mean two customers; return the question."""
    known(console, WUXI)
    console.report(a_visit(name), by=by)
    return next(review.id for review in open_ones(console) if review.name == name)


def open_ones(console: Console) -> tuple[Review, ...]:
    """Return what is asked."""
    return reviews.listed(console.tools)


def the(console: Console, review_id: int) -> Review:
    """Return one question, whatever became of it."""
    found = (one for state in ReviewState for one in reviews.listed(console.tools, state))
    return next(review for review in found if review.id == review_id)


def answer(browser: Browser, review_id: int, says: str, status: int = 200, **fields: Any) -> str:
    """Open a question as a person does, and answer it with what its page carries."""
    query = fields.pop("query", "in=duplicates")
    page = browser.get(f"/reviews/{review_id}?{query}")
    return browser.post(f"/reviews/{review_id}/decide", status, **carried(page), says=says, **fields)


def carried(page: str) -> dict[str, str]:
    """Return the hidden and checked fields of the form that decides."""
    form = page[page.index('class="decision"') : page.index("</form>", page.index('class="decision"'))]
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    radios = re.findall(r'<input type="radio" class="[^"]+" name="([^"]+)" value="([^"]+)" checked', form)
    return {name: unescape(value) for name, value in [*hidden, *radios] if name != "csrf"}


def text_of(page: str) -> str:
    """Return what a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page)).split())
