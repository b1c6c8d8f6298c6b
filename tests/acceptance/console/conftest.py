"""The demo's console, served on a copy of its database, and people in real browsers before it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from daysheet import config, wiring
from daysheet.config import Settings
from daysheet.demo import customers, run
from tests.acceptance.console.desk import Desk


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The demo's settings; its database is only ever copied."""
    settings = run.prepare(tmp_path_factory.mktemp("demo") / "out")
    with wiring.open_tools(settings) as tools:
        run.begin(settings, tools)
        list(run.feed(settings, tools))
        list(customers.show(settings, tools, "daysheet"))
        run.let_in(tools)
    return config.load(settings.data_dir / config.DEFAULT_FILE)


@pytest.fixture
def desk(demo: Settings, chromium: Browser, tmp_path: Path) -> Iterator[Desk]:
    """A served console of one's own; ends by asking whether any page complained."""
    database = tmp_path / "daysheet.db"
    shutil.copy(demo.data_dir / "daysheet.db", database)
    own = demo.model_copy(
        update={
            "database": demo.database.model_copy(update={"url": f"sqlite:///{database}"}),
            "web": demo.web.model_copy(update={"port": 0}),
        }
    )
    with wiring.open_tools(own) as tools, wiring.open_console(own, tools) as console:
        made = Desk(console.url, tools, chromium)
        try:
            yield made
            assert made.complaints == []
        finally:
            made.close()
