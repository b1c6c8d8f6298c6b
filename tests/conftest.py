"""Every log of every test is searched for secrets and numbers of people."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests import leaks


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that passed, but in whose logs stands what no log may hold."""
    report = yield
    if report.outcome == "passed" and report.when != "setup":
        for name, text in _talk(item, report):
            # some commands' data, on stdout, is a link with its token
            if found := leaks.found(text, tokens="stdout" not in name):
                report.outcome = "failed"
                report.longrepr = f"{item.nodeid}: {name} holds {found}; see tests/leaks.py"
    return report


def _talk(item: pytest.Item, report: pytest.TestReport) -> Iterator[tuple[str, str]]:
    """Give what the test and the processes it started said."""
    yield from report.sections
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if report.when == "call" and isinstance(folder, Path) and folder.is_dir():
        for file in folder.rglob("log-*"):
            if file.is_file():
                yield file.name, file.read_text(encoding="utf-8", errors="replace")
