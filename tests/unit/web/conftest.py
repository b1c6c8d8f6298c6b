"""A console on a database of its own, and people signed in to it."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from httpx2 import Response
from starlette.testclient import TestClient

from daysheet import wiring
from daysheet.model.memory import OPERATOR
from daysheet.services import access, people
from daysheet.services.ingest import FileLine, ingest_file
from daysheet.services.tools import Tools
from daysheet.web.app import create
from tests import builders
from tests.builders import Clock

STAFF = """\
number,name,role,addresses,team,region,language,manager
E1,王丽,rep,wang.li@corp.example,一组,华东,zh,E9
E2,Tom Baker,rep,tom@corp.example,二组,华南,en,E9
E9,赵敏,manager,zhao@corp.example,,,zh,
S1,林婉,steward,lin@corp.example,总部,,zh,
S2,Ann Cole,steward,ann@corp.example,总部,,en,
S3,何川,steward,he@corp.example,二组,华南,zh,
A1,罗敏,admin,luo@corp.example,总部,,zh,
"""
"""S1 and S2 see all, S3 the south (E2's customers), E9 both reps', A1 all."""
GRANTS: dict[str, dict[str, Any]] = {
    "S1": {"sees_all": True},
    "S2": {"sees_all": True},
    "S3": {"regions": ["华南"]},
    "E9": {},
    "A1": {},
}


@dataclass
class Browser:
    """Someone's browser: follows redirects, sends each form with its page's token."""

    client: TestClient
    number: str
    csrf: str = ""
    pages: list[str] = field(default_factory=list)

    def get(self, path: str, status: int = 200, **params: Any) -> str:
        """Open a page and return its HTML."""
        answer = self.client.get(path, params=params or None)  # {} would take the path's own away
        assert answer.status_code == status, f"{path}: {answer.status_code}"
        return self._seen(answer)

    def post(self, path: str, status: int = 200, **fields: Any) -> str:
        """Send a form and return the page it leads to."""
        answer = self.client.post(path, data={"csrf": self.csrf} | fields, follow_redirects=True)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:300]}"
        return self._seen(answer)

    def _seen(self, answer: Response) -> str:
        self.pages.append(str(answer.url.raw_path, "ascii") if isinstance(answer.url.raw_path, bytes) else "")
        found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
        self.csrf = found[1] if found else self.csrf
        return answer.text

    @property
    def at(self) -> str:
        """The path of the page shown last."""
        return self.pages[-1]


@dataclass
class Console:
    """The console of one test. *feed* is how reports get in."""

    tools: Tools
    clock: Clock
    folder: Path
    client: TestClient
    numbers: Iterator[int]

    def feed(self, raw: bytes, *, as_number: str = "", name: str = "") -> FileLine:
        """Feed one mail (or, with a name that says so, a workbook)."""
        path = self.folder / (name or f"{next(self.numbers):03d}.eml")
        path.write_bytes(raw)
        return ingest_file(self.tools, path, as_number)

    def report(self, *visits: dict[str, Any], by: str = "E1", **cover: Any) -> FileLine:
        """Feed one workbook with these visits of *by*."""
        raw = builders.a_workbook(visits, cover={"rep_number": by} | cover)
        return self.feed(raw, as_number=by, name=f"{next(self.numbers):03d}.xlsx")

    def nobody(self) -> Browser:
        """Give a browser in which nobody has signed in."""
        return Browser(TestClient(self.client.app), "")

    def browser(self, number: str) -> Browser:
        """Give a browser in which *number* has signed in."""
        token = access.grant(self.tools, number, **GRANTS[number], by=OPERATOR)
        browser = Browser(TestClient(self.client.app), number)
        browser.post("/enter", token=token)
        return browser

    def select(self, query: sa.Select[Any]) -> list[Any]:
        """Whatever a test wants to see of the database."""
        with self.tools.database.reading() as connection:
            return list(connection.execute(query))


@pytest.fixture(scope="session")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database that has staff and customers, to copy."""
    folder = tmp_path_factory.mktemp("staffed")
    with builders.open_tools(builders.settings(folder)) as tools:
        people.import_file(tools, "staff.csv", STAFF.encode())
    return folder


@contextmanager
def opened(staffed: Path, folder: Path) -> Iterator[Console]:
    """Give a console in *folder* whose clock stands."""
    shutil.copy(staffed / "daysheet.db", folder / "daysheet.db")
    if (staffed / "var").exists():
        shutil.copytree(staffed / "var", folder / "var", dirs_exist_ok=True)
    clock = Clock()
    chosen = builders.settings(folder)
    with wiring.open_tools(chosen) as made:
        tools = replace(made, clock=clock)
        yield Console(tools, clock, folder, TestClient(create(chosen, tools)), count(1))


@pytest.fixture
def console(staffed: Path, tmp_path: Path) -> Iterator[Console]:
    """A console of this test's own."""
    with opened(staffed, tmp_path) as found:
        yield found
