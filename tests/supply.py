"""
What comes with Daysheet from others: known vulnerabilities, and licences.

``python -m tests.supply audit`` looks every locked package up; ``… licences`` checks
docs/reference/licences.md, ``… licences --write`` writes it. ``./run check`` does the first two.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOCKS = ("core", "charts", "postgres", "oauth", "test")
RUNTIME = ("core", "charts", "postgres", "oauth")
"""The locks that a service is installed from; the test lock is for those who change Daysheet."""
PAGE = ROOT / "docs" / "reference" / "licences.md"
STAMP = ROOT / ".venv" / ".audited"
"""When the locks were last found clean, and which they were: they are asked about once a day."""
DAY = 24 * 3600
PATIENCE = 45
"""Seconds the source of known vulnerabilities has to answer in."""

ACCEPTED: Mapping[str, str] = {}
"""Known vulnerabilities that do not touch Daysheet: id, and why not."""

ALLOWED = frozenset(
    [
        "0BSD",
        "Apache-2.0",
        "BSD",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "PSF-2.0",
        "Zlib",
        "LGPL-2.0-or-later",
        "LGPL-3.0-only",
        "MPL-2.0",
    ]
)
"""Permissive ones; and LGPL and MPL, for packages that are installed unchanged beside Daysheet."""

SPDX: Mapping[str, str] = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""The long names of package classifiers, as everybody else writes them."""

READ_BY_HAND: Mapping[str, str] = {
    "imapclient": "BSD-3-Clause",  # its metadata name none; its file COPYING does
}

_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==", re.MULTILINE)


# ---- known vulnerabilities ---------------------------------------------------------------------


def audit(ask: "Callable[[], Asked]", now: float, stamp: Path = STAMP) -> int:
    """Say on stderr what is known against the locked packages, and return the exit code; 1 where anything is."""
    state = f"{hashlib.sha256(b''.join(lock(name).encode() for name in LOCKS)).hexdigest()} "
    if stamp.exists() and (last := stamp.read_text()).startswith(state) and now - float(last.split()[1]) < DAY:
        return 0
    asked = ask()
    if asked.trouble:
        say(f"dependencies not audited: {asked.trouble}")
        return 0
    for line in asked.known:
        say(f"known vulnerability: {line}")
    if asked.known:
        return 1
    if asked.unknown:
        say(f"dependencies not audited, unknown to the source: {', '.join(asked.unknown)}")
    elif stamp.parent.is_dir():
        stamp.write_text(f"{state}{now:.0f}")
    return 0


@dataclass(frozen=True)
class Asked:
    """What was answered: *known* vulnerabilities, packages *unknown* to the source; or *trouble*, and no answer."""

    known: Sequence[str] = ()
    unknown: Sequence[str] = ()
    trouble: str = ""


def ask_pip_audit() -> Asked:
    """Ask the public list of vulnerabilities about every package of the locks, without installing any."""
    command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--progress-spinner", "off"]
    command += ["--timeout", "5", "--format", "json"]
    for name in LOCKS:
        command += ["--requirement", f"requirements/{name}.txt"]
    for known in ACCEPTED:
        command += ["--ignore-vuln", known]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return Asked(trouble=f"the list of vulnerabilities did not answer within {PATIENCE} seconds")
    return answered(done.stdout, done.stderr)


def answered(out: str, err: str) -> Asked:
    """Return what pip-audit said; a list that knows not one of the packages is not the list."""
    try:
        packages: list[dict[str, Any]] = json.loads(out)["dependencies"]
    except (ValueError, KeyError):
        lines = err.strip().splitlines() or ["pip-audit said nothing"]
        return Asked(trouble=f"the list of vulnerabilities cannot be reached ({lines[-1][:160]})")
    unknown = tuple(sorted({one["name"] for one in packages if "skip_reason" in one}))
    if len(unknown) == len({one["name"] for one in packages}):
        return Asked(trouble="the list of vulnerabilities cannot be reached (it knows none of the packages)")
    known = (
        f"{one['name']} {one['version']}: {found['id']}, fixed in {', '.join(found['fix_versions']) or 'no version'}"
        for one in packages
        for found in one.get("vulns", ())
    )
    return Asked(tuple(dict.fromkeys(known)), unknown)


# ---- licences ----------------------------------------------------------------------------------


def lock(name: str) -> str:
    """Return the text of a lock."""
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def users() -> dict[str, list[str]]:
    """Return every package of the runtime locks and the locks it is in beyond core, which all of them hold."""
    found: dict[str, list[str]] = {}
    for name in RUNTIME:
        for package in dict.fromkeys(_PINNED.findall(lock(name))):
            found.setdefault(package, []).append(name)
    return {package: ["core"] if "core" in names else names for package, names in sorted(found.items())}


def licences(packages: Iterable[str]) -> dict[str, str]:
    """Return the licence of each package, an SPDX expression, as its installed metadata say."""
    command = [sys.executable, "-m", "piplicenses", "--from=mixed", "--with-system", "--format=json", "--packages"]
    done = subprocess.run([*command, *packages], capture_output=True, text=True, check=True)
    found = {_canonical(one["Name"]): one["License"] for one in json.loads(done.stdout)}
    return {name: READ_BY_HAND.get(name, spdx(text)) for name, text in found.items()}


def spdx(text: str) -> str:
    """Return a licence as an SPDX expression; of several that are only listed, every one is taken to bind."""
    return " AND ".join(SPDX.get(one, one) for one in sorted(text.split("; ")) if one != "DFSG approved")


def is_allowed(expression: str) -> bool:
    """Say whether *expression* lets Daysheet be used with the package: one of each OR, all of an AND."""
    every = re.split(r"\s+AND\s+", expression.replace("(", "").replace(")", ""))
    return all(any(one.strip() in ALLOWED for one in re.split(r"\s+OR\s+", part)) for part in every)


def page(found: Mapping[str, str], used_by: Mapping[str, Sequence[str]]) -> str:
    """Return the page."""
    rows = "\n".join(f"| {name} | {found[name]} | {', '.join(used_by[name])} |" for name in sorted(found))
    allowed = textwrap.fill(f"{', '.join(sorted(ALLOWED))}.", 120)
    return f"""# Licences of what comes with it

Daysheet is under [Apache-2.0](../../LICENSE). This is what it is installed with, as the packages' own metadata say,
written by `.venv/bin/python -m tests.supply licences --write`. `./run check` holds it
true, and lets in no licence but these:

{allowed}

Packages under LGPL and MPL are installed beside Daysheet, unchanged. Versions are in `requirements/`. *core* is always
installed; the others are extras.

| package | licence | of |
|---|---|---|
{rows}
"""


def check_licences(write: bool) -> int:
    """Check the page and the licences, or write the page; returns the exit code."""
    used_by = users()
    found = licences(used_by)
    refused = [f"{name}: {text}" for name, text in found.items() if not is_allowed(text)]
    for line in refused:
        say(f"licence not allowed: {line}")
    if missing := sorted(used_by.keys() - found.keys()):
        say(f"licence not known, because not installed: {', '.join(missing)}")
    if write:
        PAGE.write_text(page(found, used_by), encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page(found, used_by):
        say("docs/reference/licences.md is not current: .venv/bin/python -m tests.supply licences --write")
        return 1
    return 1 if refused or missing else 0


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def say(text: str) -> None:
    """Talk on stderr."""
    print(text, file=sys.stderr)


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.supply", description=__doc__)
    parser.add_argument("what", choices=["audit", "licences"])
    parser.add_argument("--write", action="store_true", help="write the page of licences")
    given = parser.parse_args()
    return audit(ask_pip_audit, time.time()) if given.what == "audit" else check_licences(given.write)


if __name__ == "__main__":
    sys.exit(main())
