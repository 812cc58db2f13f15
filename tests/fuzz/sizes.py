"""How many attacks are made: all of them, or the share that HVECS_FUZZ names, such as 0.05; at least one of each kind."""

import os
from random import Random

SHARE = float(os.environ.get("HVECS_FUZZ", "1"))


def attacks(full):
    """Give the number of attacks out of `full`."""
    return max(1, round(full * SHARE))


def drawn(seed, number):
    """Give the random numbers of one attack: the same whatever the others are, and whoever makes them."""
    return Random(f"{seed}/{number}")  # noqa: S311 - not for secrets
