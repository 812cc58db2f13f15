"""The members of a tier that are up, in the order of their outstanding requests, kept so at a cost that does not depend on how many they are.

Members with equally many stand side by side and form a group. When a request comes or goes, its member changes places with the last, or the
first, of its group, and joins the next. Those below their limit are the first of the order. Only when a member comes or leaves are the groups
above it moved, by one place each.
"""

from components.declare import NOBODY
from systems.kernels.jit import part, small
from systems.state.tables import Tables


@small
def open_members(w: Tables, tier: int) -> int:
    """Return how many members of `tier` are up and below their limit: the first of the order."""
    t = w.tiers[tier]
    if t.up == 0:
        return 0
    last = w.groups[w.members[w.by_outstanding[t.first_member + t.up - 1]].group]
    return int(t.up if last.count < t.limit else last.first)


@small
def member_at(w: Tables, tier: int, position: int) -> int:
    """Return the member at a place of the order."""
    return int(w.by_outstanding[w.tiers[tier].first_member + position])


@small
def _put(w: Tables, tier: int, position: int, member: int) -> None:
    w.by_outstanding[w.tiers[tier].first_member + position] = member
    w.members[member].position = position


@part
def _new_group(w: Tables, tier: int, count: int, position: int) -> int:
    t = w.tiers[tier]
    group = t.free_group
    g = w.groups[group]
    t.free_group = g.next_free
    g.count, g.first, g.last = count, position, position
    return int(group)


@small
def _free_if_empty(w: Tables, tier: int, group: int) -> None:
    g = w.groups[group]
    if g.first > g.last:
        g.next_free = w.tiers[tier].free_group
        w.tiers[tier].free_group = group


@part
def _settle(w: Tables, member: int, beside: int, below: bool) -> None:
    """Put `member`, at its new place, into the group of the member at place `beside`, the one below or above it, or into one of its own."""
    m = w.members[member]
    tier = m.tier
    if 0 <= beside < w.tiers[tier].up:
        other = w.members[member_at(w, tier, beside)].group
        if w.groups[other].count == m.outstanding:
            if below:
                w.groups[other].last += 1
            else:
                w.groups[other].first -= 1
            m.group = other
            return
    m.group = _new_group(w, tier, m.outstanding, m.position)


@part
def count_up(w: Tables, member: int) -> None:
    """Note that `member`, which is up, has one request more."""
    m = w.members[member]
    g = w.groups[m.group]
    m.outstanding += 1
    _change_places(w, member, g.last)
    g.last -= 1
    _free_if_empty(w, m.tier, m.group)
    _settle(w, member, m.position + 1, False)


@part
def count_down(w: Tables, member: int) -> None:
    """Note that `member`, which is up, has one request less."""
    m = w.members[member]
    g = w.groups[m.group]
    m.outstanding -= 1
    _change_places(w, member, g.first)
    g.first += 1
    _free_if_empty(w, m.tier, m.group)
    _settle(w, member, m.position - 1, True)


@small
def _change_places(w: Tables, member: int, position: int) -> None:
    m = w.members[member]
    other = member_at(w, m.tier, position)
    _put(w, m.tier, m.position, other)
    _put(w, m.tier, position, member)


@part
def join_order(w: Tables, member: int) -> None:
    """Put `member` into the order, behind those that have as many outstanding requests."""
    m = w.members[member]
    t = w.tiers[m.tier]
    hole = t.up
    while hole > 0:
        g = w.groups[w.members[member_at(w, m.tier, hole - 1)].group]
        if g.count <= m.outstanding:
            break
        _put(w, m.tier, g.last + 1, member_at(w, m.tier, g.first))
        hole = g.first
        g.first += 1
        g.last += 1
    _put(w, m.tier, hole, member)
    _settle(w, member, hole - 1, True)
    t.up += 1


@part
def leave_order(w: Tables, member: int) -> None:
    """Take `member` out of the order."""
    m = w.members[member]
    t = w.tiers[m.tier]
    g = w.groups[m.group]
    hole = g.last
    _change_places(w, member, hole)
    g.last -= 1
    _free_if_empty(w, m.tier, m.group)
    m.group = NOBODY
    while hole + 1 < t.up:
        g = w.groups[w.members[member_at(w, m.tier, hole + 1)].group]
        g.first -= 1
        g.last -= 1
        _put(w, m.tier, hole, member_at(w, m.tier, g.last + 1))
        hole = g.last + 1
    t.up -= 1
