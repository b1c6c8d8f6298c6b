"""The service within what its systemd unit lets it do: it reads, answers and ends as it does anywhere."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.house import House, stop, until
from tests.acceptance.test_serve import a_house, a_report, deliver, events
from tests.services import confined
from tests.services.smtp import SmtpSink

UNIT = Path(__file__).parents[2] / "deploy" / "daysheet.service"


class ConfinedHouse(House):
    """An installation whose commands run within the unit's bounds."""

    def command(self, *arguments: object) -> list[str]:
        """Return the command line of a command, behind the one that binds it."""
        return [sys.executable, "-m", "tests.services.confined", str(UNIT), "--", *super().command(*arguments)]


def test_the_service_does_its_work_within_the_bounds_of_its_unit(tmp_path: Path, sink: SmtpSink) -> None:
    open_house = a_house(tmp_path, sink)
    house = ConfinedHouse(open_house.folder, open_house.settings)
    service = house.start("serve")
    deliver(house, "1.a.host", a_report(1))
    until(lambda: sink.mails)
    assert stop(service) == 0
    (done,) = events(house, "message.processed")
    assert done["state"] == "accepted", "the reader's child sets limits of its own, and may"
    assert not [line for line in house.log() if line["level"] == "error"]
    (books,) = house.lines("mailbox", "account")
    assert (books["faults"], books["outbox"]) == ([], {"sent": 1})
    house.run("db", "backup", "--keep", "2")
    assert list((tmp_path / "var" / "backups").iterdir())
    spooled = [path for path in (tmp_path / "var").rglob("*") if path.is_file()]
    assert spooled
    assert not [path for path in spooled if path.stat().st_mode & 0o077]


@pytest.mark.parametrize(
    "attempt",
    [
        "import os; os.chown('.', 0, 0)",
        "import os; os.nice(1)",
        "import ctypes; assert not ctypes.CDLL(None).chroot(b'/'), 'refused'",
        "import ctypes; assert not ctypes.CDLL(None).mount(b'x', b'/mnt', b'tmpfs', 0, None), 'refused'",
    ],
    ids=["chown", "nice", "chroot", "mount"],
)
def test_what_the_unit_forbids_is_forbidden_here_too(attempt: str, tmp_path: Path) -> None:
    program = [sys.executable, "-c", attempt]
    bound = [sys.executable, "-m", "tests.services.confined", str(UNIT), "--", *program]
    done = subprocess.run(bound, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1, done.stderr
    assert "PermissionError" in done.stderr or "refused" in done.stderr


def test_the_filter_lets_limits_be_set_and_little_else() -> None:
    calls = confined.allowed_calls(confined.read(UNIT))
    assert {"prlimit64", "execve", "fsync", "renameat2", "socket"} <= calls
    assert not {"chown", "mount", "ptrace", "bpf", "setuid", "reboot", "init_module", "kexec_load"} & calls
