"""The audit fails for what is known and never for want of a network; no licence comes in unseen."""

import json
from pathlib import Path

import pytest

from tests import supply
from tests.supply import Asked

CLEAN = Asked()


def packages(*found: dict[str, object]) -> str:
    return json.dumps({"dependencies": list(found), "fixes": []})


SOUND = {"name": "alpha", "version": "1.0", "vulns": []}
BAD = {"name": "beta", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"], "aliases": []}]}
SKIPPED = {"name": "gamma", "skip_reason": "Dependency not found"}


def test_a_known_vulnerability_fails_and_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = supply.answered(packages(SOUND, BAD, BAD), "")
    assert supply.audit(lambda: answer, 0.0, tmp_path / "stamp") == 1
    assert capsys.readouterr().err == "known vulnerability: beta 2.0: PYSEC-1, fixed in 2.1\n"
    assert not (tmp_path / "stamp").exists()


@pytest.mark.parametrize(
    ("out", "err"),
    [
        ("", "Traceback\nrequests.exceptions.ConnectionError: no route"),
        ("", ""),
        ("<html>a proxy's page</html>", ""),
        (packages(SKIPPED, SKIPPED), ""),
    ],
    ids=["no network", "nothing said", "a proxy", "a mirror that knows nothing"],
)
def test_a_source_out_of_reach_is_said_in_one_line_and_fails_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], out: str, err: str
) -> None:
    assert supply.audit(lambda: supply.answered(out, err), 0.0, tmp_path / "stamp") == 0
    said = capsys.readouterr().err
    assert said.startswith("dependencies not audited: the list of vulnerabilities cannot be reached")
    assert said.count("\n") == 1
    assert not (tmp_path / "stamp").exists(), "it is tried again next time"


def test_packages_the_source_does_not_know_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = supply.answered(packages(SOUND, SKIPPED), "")
    assert supply.audit(lambda: answer, 0.0, tmp_path / "stamp") == 0
    assert "unknown to the source: gamma" in capsys.readouterr().err
    assert not (tmp_path / "stamp").exists()


def test_clean_locks_are_asked_about_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def ask() -> Asked:
        asked.append(1)
        return CLEAN

    stamp = tmp_path / "stamp"
    for now in (1000.0, 1001.0, 1000.0 + supply.DAY - 1):
        assert supply.audit(ask, now, stamp) == 0
    assert len(asked) == 1
    supply.audit(ask, 1000.0 + supply.DAY, stamp)
    assert len(asked) == 2
    monkeypatch.setattr(supply, "lock", lambda name: "other==1.0")
    supply.audit(ask, 1001.0 + supply.DAY, stamp)
    assert len(asked) == 3, "other locks are asked about at once"


def test_an_alarm_is_not_silenced_by_yesterdays_answer(tmp_path: Path) -> None:
    supply.audit(lambda: CLEAN, 0.0, tmp_path / "stamp")
    assert supply.audit(lambda: Asked(known=("x",)), supply.DAY + 1.0, tmp_path / "stamp") == 1
    assert supply.audit(lambda: Asked(known=("x",)), supply.DAY + 2.0, tmp_path / "stamp") == 1


@pytest.mark.parametrize(
    ("metadata", "expression", "is_allowed"),
    [
        ("MIT License", "MIT", True),
        ("Apache Software License; BSD License", "Apache-2.0 AND BSD", True),
        ("MIT OR GPL-3.0-only", "MIT OR GPL-3.0-only", True),
        ("BSD-3-Clause AND (MIT AND Zlib)", "BSD-3-Clause AND (MIT AND Zlib)", True),
        ("MIT AND GPL-3.0-only", "MIT AND GPL-3.0-only", False),
        ("MIT License; GNU General Public License v3 (GPLv3)", "GNU General Public License v3 (GPLv3) AND MIT", False),
        ("AGPL-3.0-or-later", "AGPL-3.0-or-later", False),
        ("UNKNOWN", "UNKNOWN", False),
        ("Other/Proprietary License", "Other/Proprietary License", False),
    ],
)
def test_a_licence_is_let_in_by_name_only(metadata: str, expression: str, is_allowed: bool) -> None:
    assert supply.spdx(metadata) == expression
    assert supply.is_allowed(expression) == is_allowed


def test_a_licence_that_is_not_allowed_fails_the_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(supply, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(supply, "users", lambda: {"alpha": ["core"], "beta": ["oauth"]})
    monkeypatch.setattr(supply, "licences", lambda names: {"alpha": "MIT", "beta": "AGPL-3.0-only"})
    assert supply.check_licences(write=True) == 1
    assert "licence not allowed: beta: AGPL-3.0-only" in capsys.readouterr().err
    monkeypatch.setattr(supply, "licences", lambda names: {"alpha": "MIT"})
    assert supply.check_licences(write=True) == 1
    assert "not known, because not installed: beta" in capsys.readouterr().err


def test_a_page_that_is_not_current_fails_the_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(supply, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(supply, "users", lambda: {"alpha": ["core"]})
    monkeypatch.setattr(supply, "licences", lambda names: {"alpha": "MIT"})
    assert supply.check_licences(write=False) == 1
    assert supply.check_licences(write=True) == 0
    assert supply.check_licences(write=False) == 0
    monkeypatch.setattr(supply, "licences", lambda names: {"alpha": "BSD"})
    assert supply.check_licences(write=False) == 1
    assert "is not current" in capsys.readouterr().err


def test_every_lock_pins_every_package_with_its_hash_and_names_no_registry() -> None:
    for name in supply.LOCKS:
        entries = [one for one in supply.lock(name).replace("\\\n", "").splitlines() if one[:1].isalnum()]
        assert len(entries) > 50
        assert not [one for one in entries if "==" not in one or "--hash=sha256:" not in one]
        assert "://" not in supply.lock(name)


def test_what_a_service_runs_on_is_what_was_tested() -> None:
    def pins(name: str) -> set[str]:
        return {one.partition(" \\")[0] for one in supply.lock(name).splitlines() if one[:1].isalnum()}

    for name in supply.RUNTIME:
        assert pins(name) <= pins("test"), f"requirements/{name}.txt differs from requirements/test.txt"
