"""Daysheet as an administrator runs it: a settings file, and commands as processes of their own."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from daysheet import config, wiring
from daysheet.services import import_customers, people
from tests import builders, leaks

SILENT = dict.fromkeys(("morning", "reminder", "escalation", "steward", "weekly", "monthly"))
"""A schedule by which no mail goes out by itself: a test counts answers, whatever the hour."""
PATIENCE = 60
"""Seconds until something that must happen is held not to have happened."""

PEOPLE = """\
number,name,role,addresses,team,language,manager,may_submit_for
E1,王丽,rep,wang.li@corp.example,一组,zh,E9,
E2,Tom Baker,rep,tom@corp.example,二组,en,E9,
E9,赵敏,manager,zhao@corp.example,,zh,,
"""
CUSTOMERS = "id,name,aliases\nK1,杭州云杉自动化有限公司,云杉\nK2,苏州蓝鲸精密机械有限公司,\n"


def a_recent_day(back: int = 1) -> date:
    """Return the date *back* days ago, where the company works: reports are checked against the real clock."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date() - timedelta(days=back)


def until(happened: Callable[[], Any], seconds: float = PATIENCE, pause: float = 0.02) -> Any:
    """Wait until *happened* returns something true, and return it; fails the test after *seconds*."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := happened():
            return found
        time.sleep(pause)
    raise AssertionError(f"has not happened within {seconds} seconds: {happened}")


@dataclass(frozen=True)
class House:
    """One installation in *folder*. *environment*: what is set besides the test's own."""

    folder: Path
    settings: Mapping[str, Any]
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.folder / "config.yaml"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "daysheet.db"

    def write(self) -> "House":
        """Write the settings file."""
        base = {
            "company": {"name": "星河仪器"},
            "data_dir": "var",
            "database": {"url": "sqlite:///daysheet.db"},
            "log": {"level": "info"},
            "web": {"port": 0},  # services of several tests run side by side
        }
        self.config.write_text(yaml.safe_dump(base | dict(self.settings), allow_unicode=True), encoding="utf-8")
        return self

    def set_up(self, people_list: str = PEOPLE) -> "House":
        """Write settings, database, people and customers, without paying for a process each."""
        settings = config.load(self.write().config)
        builders.make_database(settings)
        with wiring.open_tools(settings) as tools:
            people.import_file(tools, "people.csv", people_list.encode())
            import_customers.import_file(tools, "customers.csv", CUSTOMERS.encode())
        return self

    def command(self, *arguments: object) -> list[str]:
        """Return the command line of a command."""
        return [sys.executable, "-m", "daysheet", "--config", str(self.config), *map(str, arguments)]

    def run(self, *arguments: object, code: int = 0) -> str:
        """Run a command to its end, which must be *code*, and return what it printed."""
        done = subprocess.run(
            self.command(*arguments), env=self._environment(), capture_output=True, text=True, timeout=90, check=False
        )
        assert done.returncode == code, f"{arguments} ended {done.returncode}:\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        leaks.refuse(done.stderr, f"what {arguments} said")
        return done.stdout

    def lines(self, *arguments: object, code: int = 0) -> list[dict[str, Any]]:
        """Run a command with ``--json`` and return the objects it printed."""
        return [json.loads(line) for line in self.run(*arguments, "--json", code=code).splitlines()]

    def start(self, *arguments: object) -> "subprocess.Popen[bytes]":
        """Start a command; its talk goes to a file named after the process."""
        log = (self.folder / f"log-{time.monotonic_ns()}").open("wb")
        with log:
            return subprocess.Popen(
                self.command(*arguments), env=self._environment(), stdout=subprocess.DEVNULL, stderr=log
            )

    def said(self, pattern: str) -> str | None:
        """Return the first group of what *pattern* finds in what was said on stderr, None before it was said."""
        texts = (file.read_text(encoding="utf-8") for file in sorted(self.folder.glob("log-*")))
        return next((found[1] for text in texts if (found := re.search(pattern, text))), None)

    def log(self) -> list[dict[str, Any]]:
        """Return every line of every log."""
        files = sorted(self.folder.glob("log-*"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines() if line.startswith("{")]

    def _environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("DAYSHEET_")}
        return ours | dict(self.environment)

    def count(self, query: str) -> int:
        """Return the single number that *query* asks of the SQLite file; 0 before there is one."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as connection:
            return int(connection.execute(query).fetchone()[0])


def stop(process: "subprocess.Popen[bytes]", number: int = signal.SIGTERM) -> int:
    """Send a signal, wait for the end, return the exit code."""
    process.send_signal(number)
    return process.wait(timeout=PATIENCE)
