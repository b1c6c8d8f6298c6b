"""A mail written as files is read without a mail program: its pictures are in the HTML."""

from pathlib import Path

from daysheet.model.answers import Addressing
from daysheet.model.text import Language
from daysheet.reports.compose import Attached, Bulk, compose
from daysheet.reports.delivery import FolderDelivery
from daysheet.reports.periodic import render
from tests.unit.reports.periodic_mails import COMPANY, a_digest
from tests.unit.reports.test_compose import NOW, OURS


def test_the_pictures_of_a_mail_are_in_its_html(tmp_path: Path) -> None:
    made = render(a_digest(Language.ZH), COMPANY, unsubscribe=True, charts=True)
    addressing = Addressing(to="zhou.lan@corp.example", message_id="<daysheet.weekly.1@corp.example>")
    mail = compose(made, addressing, OURS, NOW, Attached("表.xlsx", b"PK", "application/x"), Bulk("weekly.x"))
    FolderDelivery(tmp_path).send(mail, OURS.address, [addressing.to])
    (html,) = tmp_path.glob("*.html")
    shown = html.read_text(encoding="utf-8")
    assert shown.count("data:image/png;base64,") == len(made.images)
    assert "cid:" not in shown
    assert [path.read_bytes() for path in tmp_path.glob("*.xlsx")] == [b"PK"]
