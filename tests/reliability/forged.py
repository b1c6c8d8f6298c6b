"""Every forgery of both books (forgeries, sly), by trick and company; the same in every run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.mail_routes import INSIDE, ROUTES, Route
from tests.reliability import forgeries, sly
from tests.reliability.forgeries import Trick


@dataclass(frozen=True)
class Forgery:
    """A header, and what to call it."""

    name: str
    route: Route
    header: str


def kinds() -> Mapping[str, tuple[Route, Trick]]:
    """Return every kind of forgery, by trick and company."""
    return {
        f"{trick}/{company}": (route, how)
        for routes, tricks in (
            (ROUTES, {**forgeries.RESULT_TRICKS, **sly.RESULT_TRICKS}),
            (INSIDE, {**forgeries.INSIDE_TRICKS, **sly.INSIDE_TRICKS}),
        )
        for trick, how in tricks.items()
        for company, route in routes.items()
    }


def of_kind(kind: str) -> Iterator[Forgery]:
    """Give the forgeries of a kind."""
    route, trick = kinds()[kind]
    for number, header in enumerate(trick(kind.partition("/")[2], route)):
        yield Forgery(f"{kind}/{number}", route, header)
