"""The page of figures, written from the results and nothing else."""

import os
import platform
import re
import sqlite3
from collections.abc import Iterable, Mapping
from importlib import metadata

from tests.reliability.frame import Result, Sweep, shortfalls, totals

__all__ = ["render", "shortfalls"]

Found = tuple[Sweep, Mapping[str, Result]]

HEAD = """\
# Reliability in figures

Every mail is counted once, whatever happens; a stranger gets nothing. This page says how that was tried: what was done
to the program, how often, and what became of the mail. It is written by `./run figures`, from nothing but the results;
a part of the trials runs in every `./run test`. What each promise means: [mail](concepts/mail.md); who may send:
[whom to believe](howto/mailbox.md#whom-to-believe).

A *trial* does one thing to the program (kills it at one place, breaks one line, sends one forgery or a batch of
broken files) and then holds what became of the mail against what must. What is *counted* is added up over all trials;
after "0" stand the things that must not happen. *Met*: the bar was reached and no trial failed. *Seen failing* says
how each sweep was tried on a program whose guard had been taken out: a sweep that cannot fail proves nothing.
"""


def render(found: Mapping[str, Found]) -> str:
    """Return the page."""
    parts = [HEAD, _ran(found), _overview(found)]
    parts += [_section(name, *one) for name, one in found.items()]
    return "\n".join(parts)


def _ran(found: Mapping[str, Found]) -> str:
    results = [result for _, results in found.values() for result in results.values()]
    days = sorted({result.at[:10] for result in results if result.at})
    commits = list(dict.fromkeys(result.commit for result in sorted(results, key=lambda one: one.at) if result.commit))
    when = f"{days[0]} to {days[-1]}" if len(days) > 1 else (days or ["never"])[0]
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("SQLAlchemy", "imapclient", "psycopg"))
    at = f"commit {commits[0]}" if len(commits) == 1 else f"commits {', '.join(commits)}"
    return (
        f"Run {when}, at {at}, on {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {versions}.\n"
    )


def _overview(found: Mapping[str, Found]) -> str:
    lines = ["| | promise | trials | counted | bar | |", "|---|---|---|---|---|---|"]
    for name, (sweep, results) in found.items():
        state = _state(sweep, results)
        lines.append(
            f"| [{sweep.id}](#{_anchor(name, sweep)}) | {sweep.title} | {len(results):,} | "
            f"{_counts(results.values(), sweep)} | {sweep.bar} | {state} |"
        )
    return "\n".join(lines) + "\n"


def _state(sweep: Sweep, results: Mapping[str, Result]) -> str:
    if not results:
        return "not run"
    if any(result.failure for result in results.values()):
        return "**not met**"
    return "**incomplete**" if shortfalls(sweep, results) else "met"


def _counts(results: Iterable[Result], sweep: Sweep) -> str:
    counted = totals(results)
    shown = [*sweep.least, *sweep.zeros]
    return ", ".join(f"{counted[name]:,} {name}" for name in shown)


def _heading(name: str, sweep: Sweep) -> str:
    return f"{sweep.id}: {sweep.title}" if name.startswith("R") else sweep.title


def _anchor(name: str, sweep: Sweep) -> str:
    kept = "".join(c for c in _heading(name, sweep).lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


def _section(name: str, sweep: Sweep, results: Mapping[str, Result]) -> str:
    lines = [f"## {_heading(name, sweep)}", "", f"Bar: {sweep.bar}.", ""]
    if sweep.remarks:
        lines += [sweep.remarks, ""]
    if results:
        lines += ["| trials | number | seconds | counted |", "|---|---|---|---|"]
    groups: dict[str, list[Result]] = {}
    for result in results.values():
        groups.setdefault(re.split("[/:]", result.key)[0], []).append(result)
    for group, members in sorted(groups.items()):
        counted = ", ".join(f"{number:,} {what}" for what, number in sorted(totals(members).items()))
        slowest = max(one.seconds for one in members)
        lines.append(f"| {group} | {len(members):,} | at most {slowest:,.1f} | {counted} |")
    lines += ["", f"Seen failing: {sweep.broken}", ""]
    short = shortfalls(sweep, results) if results else ["not run"]
    lines += [f"- {_cell(line)}" for line in short[:50]] + ([""] if short else [])
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")[:400]
