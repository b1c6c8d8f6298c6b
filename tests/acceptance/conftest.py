"""Servers for the acceptance tests."""

from collections.abc import Iterator

import pytest

from tests.services import smtp
from tests.services.dovecot import dovecot
from tests.services.postgres import postgres_server
from tests.services.smtp import SmtpSink

__all__ = ["dovecot", "postgres_server"]


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """A mail server that takes everything."""
    with smtp.running() as running:
        yield running
