"""The engine with the packaged rules, and with a company's own."""

from collections.abc import Callable
from typing import Any

import pytest

from daysheet.naming.engine import NamingEngine
from daysheet.naming.lexicon import load

Engine = Callable[..., NamingEngine]


@pytest.fixture(scope="session")
def engine() -> NamingEngine:
    """The engine as it comes."""
    return NamingEngine(load())


@pytest.fixture(scope="session")
def engine_with() -> Engine:
    """Make an engine with some rules of a company's own, given as ``naming_rules``."""

    def make(**own: Any) -> NamingEngine:
        return NamingEngine(load(own))

    return make
