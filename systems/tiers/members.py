"""Members: which of them may take a request, and which one does."""

from components.tier import LEAST_OUTSTANDING, RANDOM, ROUND_ROBIN, TWO_CHOICES, WEIGHTED
from systems.kernels.jit import part, rare, small
from systems.state.tables import Tables
from systems.tiers.least_outstanding import choose_least_outstanding
from systems.tiers.load import count_load
from systems.tiers.order import count_down, count_up, join_order, leave_order
from systems.tiers.random_choice import choose_random
from systems.tiers.round_robin import choose_in_turn, join_turns, leave_turns
from systems.tiers.two_choices import choose_of_two
from systems.tiers.weighted import choose_by_weight, join_weighted, leave_weighted


@part
def choose_member(w: Tables, tier: int, count: int) -> int:
    """Return the member that the policy of `tier` chooses of the `count` that may take a request, of which there is one."""
    policy = w.tiers[tier].policy
    if policy == RANDOM:
        return choose_random(w, tier, count)
    if policy == LEAST_OUTSTANDING:
        return choose_least_outstanding(w, tier)
    if policy == TWO_CHOICES:
        return choose_of_two(w, tier, count)
    if policy == WEIGHTED:
        return choose_by_weight(w, tier)
    return choose_in_turn(w, tier)


@part
def take_request(w: Tables, member: int) -> None:
    """Count a request that is sent to `member`, which is up."""
    count_up(w, member)
    if w.members[member].outstanding == w.tiers[w.members[member].tier].limit:
        _close(w, member)


@part
def lose_request(w: Tables, member: int) -> None:
    """Count a request that `member`, up or not, has no more."""
    m = w.members[member]
    if not m.up:
        m.outstanding -= 1
        return
    if m.outstanding == w.tiers[m.tier].limit:
        _open(w, member)
    count_down(w, member)


@part
def come_up(w: Tables, member: int, now: int) -> None:
    """Open `member` to requests."""
    count_load(w, w.members[member].tier, now)
    w.members[member].up = 1
    join_order(w, member)
    if _is_open(w, member):
        _open(w, member)


@part
def go_down(w: Tables, member: int, now: int) -> None:
    """Close `member` to requests; those that it has are not touched."""
    count_load(w, w.members[member].tier, now)
    if _is_open(w, member):
        _close(w, member)
    w.members[member].up = 0
    leave_order(w, member)


@small
def _is_open(w: Tables, member: int) -> bool:
    return bool(w.members[member].outstanding < w.tiers[w.members[member].tier].limit)


@rare
def _open(w: Tables, member: int) -> None:
    policy = w.tiers[w.members[member].tier].policy
    if policy == ROUND_ROBIN:
        join_turns(w, member)
    elif policy == WEIGHTED:
        join_weighted(w, member)


@rare
def _close(w: Tables, member: int) -> None:
    policy = w.tiers[w.members[member].tier].policy
    if policy == ROUND_ROBIN:
        leave_turns(w, member)
    elif policy == WEIGHTED:
        leave_weighted(w, member)
