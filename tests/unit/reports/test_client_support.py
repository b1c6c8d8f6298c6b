"""Every mail is laid out with nothing but what Outlook, Gmail and the plainest webmail do."""

from pathlib import Path

import pytest

from tests.unit.reports.client_support import GRACEFUL, PROPERTIES, complaints

FOLDERS = ("golden", "golden_periodic")
MAILS = sorted(path for folder in FOLDERS for path in (Path(__file__).parent / folder).glob("*.html"))


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.name)
def test_a_mail_asks_of_no_program_what_it_cannot_do(path: Path) -> None:
    assert complaints(path.read_text(encoding="utf-8")) == []


def test_both_folders_are_looked_at() -> None:
    assert {path.parent.name for path in MAILS} == set(FOLDERS)


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('<p style="display:none">x</p>', "display on <p> is known to none"),
        ('<td style="position:absolute">x</td>', "position on <td> is known to none"),
        ('<p style="background-color:#ffffff">x</p>', "outlook has no background-color on <p>"),
        ('<td style="background-color:#ffffff">x</td>', "background-color #ffffff without the same bgcolor"),
        ('<td bgcolor="#000000" style="background-color:#ffffff">x</td>', "background-color #ffffff without the same"),
        ('<span style="width:10px">x</span>', "outlook has no width on <span>"),
        ('<img style="width:10px" src="cid:x" alt="x">', "outlook has no width on <img>"),
        ('<p style="color:rgba(0,0,0,.5)">x</p>', "color: rgba(0,0,0,.5) is no plain value"),
        ('<p style="margin:-4px 0">x</p>', "margin: -4px 0 is negative"),
        ('<p style="color:#000000!important">x</p>', "is no plain value"),
        ('<table style="max-width:640px"></table>', "max-width without a table for Outlook"),
        ("<style>p { color: #000000 }</style>", "<style> is not for mails"),
        ("<div>x</div>", "<div> is not for mails"),
        ("<svg></svg>", "<svg> is not for mails"),
        (
            '<table style="table-layout:fixed"><tr><td>1</td><td>2</td></tr></table>',
            "table-layout without the widths of the cells",
        ),
    ],
)
def test_what_a_program_cannot_do_is_found(html: str, said: str) -> None:
    assert [one for one in complaints(html) if said in one]


@pytest.mark.parametrize(
    "html",
    [
        '<td style="border-radius:4px">x</td>',
        '<p style="padding:4px">x</p>',
        '<img style="width:10px" width="10" src="cid:x" alt="x">',
        "<!--[if mso]><style>td { font-family: Arial }</style><![endif]-->",
    ],
)
def test_what_is_lost_without_harm_may_stay(html: str) -> None:
    assert complaints(html) == []


def test_each_exception_is_about_a_property_with_a_meaning() -> None:
    for name, reason in GRACEFUL.items():
        assert PROPERTIES[name].meaning in ("colour", "size", "visibility", "layout")
        assert reason
