"""Draw customers for a spot check: each region its share, and the same draw again for the same seed."""

from collections.abc import Collection, Mapping
from random import Random


def shares(sizes: Mapping[str, int], wanted: int) -> dict[str, int]:
    """
    Return how many of *wanted* fall to each stratum of *sizes*: in proportion, by the largest remainder.

    Every stratum that has any gets one at least where *wanted* allows; its one comes from whoever
    has most above its due.
    """
    total = sum(sizes.values())
    if wanted >= total:
        return dict(sizes)
    due = {name: wanted * number / total for name, number in sizes.items()}
    given = {name: int(part) for name, part in due.items()}
    by_remainder = sorted(due, key=lambda name: (given[name] - due[name], name))
    for name in by_remainder[: wanted - sum(given.values())]:
        given[name] += 1
    empty = sorted(name for name, number in sizes.items() if number and not given[name])
    if wanted >= sum(map(bool, sizes.values())):
        for name in empty:
            rich = max(
                (other for other in given if given[other] > 1), key=lambda other: (given[other] - due[other], other)
            )
            given[rich] -= 1
            given[name] = 1
    return given


def draw(
    stratum_of: Mapping[int, str], wanted: int, seed: int, *, by_stratum: bool, recent: Collection[int] = ()
) -> list[int]:
    """
    Return *wanted* of the customers in *stratum_of* (all of them where there are fewer), by stratum and id.

    The *recent* ones are drawn only where a stratum has too few others. Depends on nothing but the
    arguments, in whatever order they come.
    """
    pools: dict[str, list[int]] = {}
    for customer_id, stratum in stratum_of.items():
        pools.setdefault(stratum if by_stratum else "", []).append(customer_id)
    left_alone = frozenset(recent)
    drawn: list[int] = []
    for stratum, number in shares({name: len(pool) for name, pool in pools.items()}, wanted).items():
        chance = Random(f"{seed}/{stratum}")  # noqa: S311 - a sample that can be drawn again, no secret
        pool = sorted(pools[stratum])
        fresh = [one for one in pool if one not in left_alone]
        picked = chance.sample(fresh, min(number, len(fresh)))
        late = [one for one in pool if one in left_alone]
        drawn += picked + chance.sample(late, number - len(picked))
    return sorted(drawn, key=lambda one: (stratum_of[one], one))
