"""What the pages tell a newcomer to type works as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

from daysheet.i18n import text
from daysheet.model.text import Language
from daysheet.templates_xlsx import spec
from tests.unit.docs import pages

VENV = Path(sys.executable).parent


def run(script: str, home: Path) -> str:
    """Run *script* as somebody who has followed the page so far: the environment on the PATH, a home of their own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("DAYSHEET_")}
    environment = own | {
        "HOME": str(home),
        "CLONE": str(pages.ROOT),
        "PATH": f"{VENV}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def blocks_to_run(page: Path) -> list[str]:
    _, mark, rest = pages.text(page).partition(pages.TESTED)
    assert mark, f"{page.name} has no block marked as tested"
    return pages.blocks(rest, "sh")


def test_the_readmes_five_minutes_lead_to_an_answered_report(tmp_path: Path) -> None:
    script, *_ = blocks_to_run(pages.ROOT / "README.md")
    said = run(script, tmp_path)
    page = pages.text(pages.ROOT / "README.md")
    promised = re.search(r"`mailbox poll` prints `(\w+)  ([\w-]+)  ([\w -]+?) …`", page)
    assert promised is not None
    assert "\t".join(promised.groups()) in said
    assert {file.suffix for file in (tmp_path / "first-report" / "answers").iterdir()} == {".eml", ".html", ".xlsx"}


def test_the_quickstart_leads_to_a_corrected_report(tmp_path: Path) -> None:
    page = pages.ROOT / "docs" / "quickstart.md"
    said = run("\n".join(blocks_to_run(page)), tmp_path)
    shown = re.findall(r"^error\t\S+\t\S+ \w+\t", pages.text(page), flags=re.MULTILINE)
    assert len(shown) == 3
    assert all(line in said for line in shown), "severity, code and cell; the sentences are i18n's"
    assert "accepted\tok\t" in said
    answers = sorted((tmp_path / "quickstart" / "answers").glob("*.html"), key=lambda file: file.stat().st_mtime_ns)
    promised = text("revision.settled", Language.ZH, n=3)
    assert promised in pages.text(page)
    assert promised in answers[-1].read_text(encoding="utf-8")


def test_a_column_added_as_described_makes_a_form() -> None:
    import yaml

    page = pages.text(pages.ROOT / "docs" / "howto" / "change-the-template.md")
    _, column, items, _ = (yaml.safe_load(block.replace("…", "")) for block in pages.blocks(page, "yaml"))
    form = yaml.safe_load(pages.text(pages.ROOT / "daysheet" / "templates_xlsx" / "daily_report.yaml"))
    form["version"] += 1
    form["lists"] |= items
    next(sheet for sheet in form["sheets"] if sheet["key"] == "visits")["columns"] += column
    added = spec.parse(yaml.safe_dump(form, allow_unicode=True), "ours.yaml").sheet("visits").columns[-1]
    assert (added.key, added.list, added.required) == ("mood", "mood", False)
