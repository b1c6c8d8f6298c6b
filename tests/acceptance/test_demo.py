"""The demo: fifteen mails end as they should, from the tree and from an installed wheel."""

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import urllib.request
import venv
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from daysheet import config, wiring
from daysheet.model.memory import ReviewKind, ReviewState
from daysheet.services import access, reviews

ROOT = Path(__file__).resolve().parents[2]
ENDS = {
    1: "accepted",
    2: "accepted",
    3: "partly",
    4: "accepted",
    5: "duplicate",
    6: "accepted",
    7: "accepted",
    8: "accepted",
    9: "accepted",
    10: "ignored",
    11: "ignored",
    12: "rejected",
    13: "rejected",
    14: "accepted",
    15: "rejected",
}
CODES = {7: "SD-F006", 8: "SD-F008", 12: "SD-F004", 13: "SD-F002", 15: "SD-F010"}
SILENT = {5, 10, 11}
"""Mails that get no answer."""


def run(command: list[str], folder: Path) -> str:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("DAYSHEET_", "PYTHONPATH"))}
    done = subprocess.run(command, cwd=folder, env=ours, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, f"{command} ended {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that has run: what it printed, and the folder it left."""

    printed: str
    out: Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """One run for all tests that only look, or do what minds no other."""
    folder = tmp_path_factory.mktemp("demo")
    out = folder / "out"
    return Demo(run([sys.executable, "-m", "daysheet.demo", "--exit", "--out", str(out)], folder), out)


def as_expected(printed: str, out: Path) -> None:
    lines = {int(line.split()[0]): line for line in printed.splitlines() if re.match(r" ?\d+  ", line)}
    assert {number: line.split()[1] for number, line in lines.items()} == ENDS
    for number, code in CODES.items():
        assert code in lines[number]
    answered = {int(folder.name) for folder in (out / "answers").iterdir() if folder.is_dir()}
    assert answered == set(ENDS) - SILENT
    # number 3 has its marked workbook beside it, and number 9 goes to the assistant with a copy to the rep
    assert list((out / "answers" / "03").glob("*.xlsx"))
    (assistants,) = (out / "answers" / "09").glob("*.eml")
    assert re.search(rb"^Cc: \S+@xinghe\.example", assistants.read_bytes(), re.MULTILINE)


def customers_as_expected(printed: str) -> None:
    _, _, part = printed.partition("客户 / customers\n")
    lines = [line.strip() for line in part.splitlines()]
    head, branch, below = (
        next(line.removeprefix("└─ ") for line in lines if line.endswith(f" {name}") and "=" not in line)
        for name in (
            "中国工商银行股份有限公司",
            "中国工商银行股份有限公司北京市分行",
            "中国工商银行股份有限公司北京西单支行",
        )
    )
    # two spellings are one customer; head office and branches are a tree
    assert f"北京工行 = {branch}" in lines
    assert f"北京工商银行 = {branch}" in lines
    depths = [part.index(f"{mark}{name}\n") for mark, name in (("   ", head), ("└─ ", branch), ("└─ ", below))]
    assert depths == sorted(depths)
    # a trap pair stays apart, and one question waits with the command that answers it
    (pair,) = [re.findall(r"(\d+) (\S+)", line) for line in lines if " ≠ " in line]
    assert [name for _, name in pair] == ["云杉建设第一工程有限公司", "云杉建设第二工程有限公司"]
    assert pair[0][0] != pair[1][0]
    (asked,) = [line for line in lines if line.startswith("? ")]
    assert "苏州蓝鲸精密机械有限公司" in asked
    assert "无锡蓝鲸精密机械有限公司" in asked
    assert re.search(r"reviews decide \d+ same --with \d+$", part, re.MULTILINE)


def test_the_demo_ends_as_it_should(demo: Demo) -> None:
    as_expected(demo.printed, demo.out)


def test_the_demo_shows_what_becomes_of_customers_names_and_its_command_answers_the_question(
    demo: Demo, tmp_path: Path
) -> None:
    customers_as_expected(demo.printed)
    (command,) = re.findall(r"reviews decide \d+ same --with \d+", demo.printed)
    daysheet = [sys.executable, "-m", "daysheet", "--config", str(demo.out / "config.yaml")]
    number = command.split()[2]
    waiting = run([*daysheet, "reviews", "list"], tmp_path).splitlines()
    assert re.search(r"merge m\d+$", run([*daysheet, *command.split()], tmp_path), re.MULTILINE)
    left = run([*daysheet, "reviews", "list"], tmp_path).splitlines()
    assert {line.split()[0] for line in waiting} - {line.split()[0] for line in left} == {number}


def grants_in(printed: str) -> list[list[str]]:
    """The commands printed that let others in, as a shell would read them, by our own daysheet."""
    lines = [line.partition(" --config ")[2] for line in printed.splitlines() if " people grant " in line]
    return [[sys.executable, "-m", "daysheet", "--config", *shlex.split(line)] for line in lines]


def test_the_commands_that_the_demo_prints_let_the_others_in(demo: Demo, tmp_path: Path) -> None:
    commands = grants_in(demo.printed)
    assert [command[-3:] for command in commands] == [["E1031", "--region", "华南"], ["people", "grant", "E1040"]]
    for command in commands:
        assert "/enter?token=" in run(command, tmp_path)


def test_the_demo_leaves_work_in_every_queue_and_answers_of_other_stewards(demo: Demo) -> None:
    last = demo.printed.splitlines()[-1]
    assert re.fullmatch(r"console: http://127\.0\.0\.1:\d+/enter\?token=[\w-]{20,}", last)
    with wiring.open_tools(config.load(demo.out / "config.yaml")) as tools:
        token = last.partition("=")[2]
        entered = access.use_link(tools, token)
        assert entered is not None
        assert entered.visitor.person.number == "E1030"
        assert access.use_link(tools, token) is None, "the link lets in once"
        asked = Counter(one.kind for one in reviews.listed(tools))
        assert sum(asked.values()) >= 30
        assert all(asked[kind] for kind in ReviewKind)
        decided = {one.actor for one in reviews.listed(tools, ReviewState.DECIDED)}
        assert len(decided) > 1
    with closing(sqlite3.connect(demo.out / "daysheet.db")) as connection:

        def number(query: str) -> int:
            return int(connection.execute(query).fetchone()[0])

        assert number("SELECT count(*) FROM visits WHERE state = 'parked'") > 10
        assert number("SELECT count(*) FROM submission WHERE is_waiting") >= 2
        assert number("SELECT count(*) FROM inbound WHERE state = 'quarantined'") >= 2
        assert number("SELECT count(*) FROM inbound WHERE state = 'ignored'") >= 5
        assert number("SELECT count(*) FROM outbox WHERE state = 'failed'") >= 1
        assert number("SELECT count(*) FROM outbox WHERE state NOT IN ('failed', 'sent')") == 0
        # a year of somebody's customers is not needed, but months of them are
        assert number("SELECT count(DISTINCT visit_date) FROM visits") > 20
        assert number("SELECT count(*) FROM opportunities WHERE state = 'landed'") > 10
        assert number("SELECT count(*) FROM audit WHERE action = 'review.reopened'") >= 1


def test_the_demo_can_be_run_again_and_serves_the_console_at_its_link(demo: Demo, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(demo.out, out)
    command = [sys.executable, "-m", "daysheet.demo", "--out", str(out)]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stdout is not None
            printed = ""
            while not (line := serving.stdout.readline()).startswith("console: "):
                assert line, printed
                printed += line
            link = line.split()[1]
            assert [command[-1] for command in grants_in(printed)] == ["华南", "E1040"]
            with urllib.request.urlopen(link, timeout=20) as answer:
                assert answer.status == 200
                assert b'action="/enter"' in answer.read()
        finally:
            serving.terminate()
            serving.communicate(timeout=60)
    assert serving.returncode == 0
    as_expected(printed, out)


def test_the_demo_clears_nothing_that_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine", encoding="utf-8")
    command = [sys.executable, "-m", "daysheet.demo", "--exit", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, (tmp_path / "precious.txt").exists()) == (2, True)
    assert "Traceback" not in done.stderr


@pytest.mark.timeout(180)
def test_a_wheel_built_from_the_tree_runs_the_demo_in_an_environment_of_its_own(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)], ROOT)
    (wheel,) = wheels.glob("daysheet-*.whl")
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)  # pip as Python brings it: an environment made by uv has none
    python = home / "bin" / "python"
    run([str(python), "-m", "pip", "--quiet", "install", "--no-deps", "--no-index", str(wheel)], tmp_path)
    # its dependencies are those this very test runs with; a .pth of theirs, the editable install, is not followed
    there = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    (there / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    where = run([str(python), "-c", "import daysheet; print(daysheet.__file__)"], tmp_path)
    assert Path(where.strip()).is_relative_to(home)
    out = tmp_path / "out"
    as_expected(run([str(home / "bin" / "daysheet"), "demo", "--exit", "--out", str(out)], tmp_path), out)
