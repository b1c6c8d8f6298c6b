"""What the outbox may rely on, whichever way a mail leaves."""

from collections.abc import Iterator

import pytest

from daysheet.model.answers import Addressing
from daysheet.reports.compose import Attached, Mailer, compose
from daysheet.reports.delivery import Delivery
from daysheet.reports.render import Rendered
from tests.builders import NOW
from tests.contract.delivery.conftest import Way

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")

MAILER = Mailer("daily@corp.example", "星河仪器", "corp.example", "daily@corp.example")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def a_mail(number: int = 1, text: str = "正文") -> bytes:
    addressing = Addressing(
        "wang.li@corp.example", ("tom@corp.example",), f"<daysheet.report-1.{number:024x}@corp.example>"
    )
    attached = Attached("日报.xlsx", b"PK\x03\x04" + bytes(range(256)), XLSX)
    return compose(Rendered("日报", f"<p>{text}</p>", text), addressing, MAILER, NOW, attached)


@pytest.fixture
def delivery(way: Way) -> Iterator[Delivery]:
    opened = way.open()
    yield opened
    opened.close()


def send(delivery: Delivery, mail: bytes) -> None:
    delivery.send(mail, "daily@corp.example", ["wang.li@corp.example", "tom@corp.example"])


def test_a_mail_arrives_byte_for_byte(way: Way, delivery: Delivery) -> None:
    mail = a_mail(text=".\r\n..two dots\r\nFrom here\r\n")
    send(delivery, mail)
    assert way.arrived() == [mail]


def test_several_mails_leave_one_after_another(way: Way, delivery: Delivery) -> None:
    mails = [a_mail(number) for number in range(3)]
    for mail in mails:
        send(delivery, mail)
    assert sorted(way.arrived()) == sorted(mails)


def test_a_delivery_can_be_closed_and_used_again(way: Way, delivery: Delivery) -> None:
    send(delivery, a_mail(1))
    delivery.close()
    delivery.close()
    send(delivery, a_mail(2))
    assert len(way.arrived()) == 2


def test_the_check_is_a_sentence_and_sends_nothing(way: Way, delivery: Delivery) -> None:
    assert len(delivery.check().split()) > 3
    assert way.arrived() == []
