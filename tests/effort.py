"""How hard the property tests look: a first look in ``./run test quick``, all of it otherwise."""

import os


def examples(most: int) -> int:
    """Return how many examples a property is tried on."""
    return max(5, most // 25) if os.environ.get("TESTS_EFFORT") == "quick" else most
