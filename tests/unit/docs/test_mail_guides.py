"""The providers' guides: what they give to paste is taken, and is what ``init`` writes."""

from pathlib import Path

import pytest
import yaml

from daysheet import config, wiring
from daysheet.commands.init import PROVIDERS
from tests.unit.docs import pages

FOLDER = pages.ROOT / "docs" / "howto" / "mail"
GUIDES = sorted(FOLDER.glob("*.md"))
EXAMPLES = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in (*GUIDES, pages.ROOT / "docs" / "howto" / "mailbox.md")
    for number, block in enumerate(pages.blocks(pages.text(page), "yaml"))
]
PRESETS = {"exmail": "wecom", "qq": "qq", "163": "163", "gmail": "gmail"}


def test_there_is_a_guide_for_each_provider() -> None:
    wanted = {"exchange-online", "exchange-on-premises", "wecom", "qq", "163", "gmail"}
    assert {page.stem for page in GUIDES} == wanted


@pytest.mark.parametrize("block", EXAMPLES)
def test_what_is_given_to_paste_is_taken(block: str) -> None:
    settings = config.parse(block, Path("config.yaml"))
    for name, box in settings.mailboxes.items():
        trouble = wiring.trust_trouble(name, box)
        asks_the_doctor = 'authserv_id: ""' in block and "daysheet doctor" in block
        assert not trouble or asks_the_doctor, trouble
    for entry in yaml.safe_load(block).get("oauth", {}):
        wiring.open_login(entry, settings)


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_every_guide_says_whom_to_believe_what_limits_there_are_and_what_goes_wrong(page: Path) -> None:
    there = pages.headings(pages.text(page))
    assert {"Whom to believe", "Limits", "What goes wrong"} <= set(there)


@pytest.mark.parametrize(("preset", "guide"), PRESETS.items())
def test_a_preset_of_init_has_the_servers_of_its_guide(preset: str, guide: str) -> None:
    (block, *_) = pages.blocks(pages.text(FOLDER / f"{guide}.md"), "yaml")
    settings = config.parse(block, Path("config.yaml"))
    assert (settings.mailboxes["reports"].host, settings.smtp.host) == PROVIDERS[preset]
