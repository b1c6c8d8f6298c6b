"""Servers and the browser of the acceptance tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.reliability.frame import Stage
from tests.services import smtp
from tests.services.dovecot import dovecot
from tests.services.postgres import postgres_server
from tests.services.smtp import SmtpSink

__all__ = ["dovecot", "postgres_server"]
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; one for the whole run, since a process can drive only one at a time."""
    if not Path(CHROMIUM).exists():
        pytest.fail(f"the browser tests need {CHROMIUM}: apt-get install -y --no-install-recommends chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """A mail server that takes everything."""
    with smtp.running() as running:
        yield running


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """What the trials of the reliability figures play on, for those of them that every run tries."""
    made = Stage(tmp_path_factory.mktemp("stage"))
    yield made
    made.close()
