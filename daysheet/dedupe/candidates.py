"""
Which customers a name may mean: the few that share its rarest keys.

The same choice whatever answers: the database for single names, a resident index for lists.
"""

from collections.abc import Collection, Mapping, Sequence
from heapq import nlargest
from typing import Protocol

BUDGET = 1000
"""Postings looked at for one name, the rarest keys first."""
RARITY = 0.42
"""How strongly the number of customers under a key weighs against it; 1 would let one rare slip beat all the rest."""
MOST = 48
"""Customers compared in full."""


class Postings(Protocol):
    """Who is filed under a key."""

    def counts(self, keys: Collection[int], most: int) -> Mapping[int, int]:
        """Return how many customers each key has, at most *most*; keys that nobody has may be left out."""

    def fetch(self, wanted: Mapping[int, int]) -> Mapping[int, Sequence[int]]:
        """Return the customers of each key, the lowest ids first, at most as many as *wanted* says."""


def propose(asked: Mapping[int, float], postings: Postings) -> tuple[list[int], frozenset[int]]:
    """
    Return the likeliest customers under the *asked* keys (key → weight), the likeliest first, and the keys in use.

    A key counts by its weight and by how few share it.
    """
    counts = {key: number for key, number in postings.counts(asked, BUDGET).items() if number}
    wanted: dict[int, int] = {}
    left = BUDGET
    for key in sorted(counts, key=lambda key: (counts[key], key)):
        if left <= 0:
            break
        wanted[key] = min(counts[key], left)
        left -= wanted[key]
    votes: dict[int, float] = {}
    voted = votes.get
    for key, customers in sorted(postings.fetch(wanted).items()):
        vote = asked[key] / float(counts[key]) ** RARITY
        for customer in customers:
            votes[customer] = voted(customer, 0.0) + vote
    likeliest = nlargest(MOST, [(vote, -customer) for customer, vote in votes.items()])
    return [-customer for _, customer in likeliest], frozenset(counts)
