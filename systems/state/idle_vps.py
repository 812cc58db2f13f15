"""The idle VPs of a guest: which one its operating system wakes for a task.

A guest that is told of virtual cores (HwThreadCountPerCore) and virtual NUMA nodes spreads its tasks over cores and keeps them to a node:
Windows takes an idle core before an idle sibling, then the thread's last processor, then its node [Windows Internals]. So a VP whose
virtual core is wholly idle comes first; of those the one that the thread was on last, then one of its node; and else the one that
has been idle longest. Requests, which have no last VP, go round the nodes; on the bare machine, all of whose nodes a program may use, those of one
whose memory lies on one node go there.

The lists are rings: for each virtual node one of VPs of wholly idle cores and one of those whose fellow is busy; and one, of the
lower VPs, for virtual cores of which both are busy.
"""

from components.declare import NOBODY
from components.task import THREAD
from systems.kernels.jit import part, small
from systems.state.rings import first_in, join_ring, leave_ring
from systems.state.tables import Tables

_WHOLE = 0
_BESIDE_BUSY = 1
_CLASSES = 2


def rings_of(virtual_nodes: int) -> int:
    """Return how many lists a guest has."""
    return _CLASSES * virtual_nodes + 1


@part
def push_idle(w: Tables, vp: int) -> None:
    """Note that `vp` is idle."""
    guest = w.vp_identity[vp].owner
    fellow = w.vp_identity[vp].fellow
    w.guests[guest].idle_vps += 1
    if fellow < 0:
        _join(w, vp, _idle_ring(w, vp, _WHOLE))
        return
    lower = min(vp, fellow)
    if w.vps[lower].ring == shared_ring(w, guest):
        _leave(w, lower)
        w.guests[guest].shared_cores -= 1
    if is_idle_vp(w, fellow):
        _leave(w, fellow)
        _join(w, fellow, _idle_ring(w, fellow, _WHOLE))
        _join(w, vp, _idle_ring(w, vp, _WHOLE))
    else:
        _join(w, vp, _idle_ring(w, vp, _BESIDE_BUSY))


@part
def leave_idle(w: Tables, vp: int) -> None:
    """Note that the idle `vp` is so no more."""
    guest = w.vp_identity[vp].owner
    fellow = w.vp_identity[vp].fellow
    w.guests[guest].idle_vps -= 1
    _leave(w, vp)
    if fellow < 0:
        return
    if is_idle_vp(w, fellow):
        _leave(w, fellow)
        _join(w, fellow, _idle_ring(w, fellow, _BESIDE_BUSY))
    else:
        _join(w, min(vp, fellow), shared_ring(w, guest))
        w.guests[guest].shared_cores += 1


@part
def forget_idle(w: Tables, guest: int) -> None:
    """Empty all lists of `guest`, which stops."""
    layout = w.layouts[guest]
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        if w.vps[vp].ring >= 0:
            _leave(w, vp)
    w.guests[guest].idle_vps = 0
    w.guests[guest].shared_cores = 0


@part
def choose_idle(w: Tables, guest: int) -> int:
    """Return the idle VP of `guest`, which has one, that comes for the task that was queued last."""
    last = _last_vp(w, guest)
    if last >= 0 and w.vps[last].ring >= 0 and w.vps[last].ring == _idle_ring(w, last, _WHOLE):
        return last
    nodes = w.layouts[guest].virtual_nodes
    first_node = w.vp_identity[last].virtual_node if last >= 0 else _node_of_new(w, guest)
    vp = first_idle_core(w, guest, first_node)
    if vp >= 0:
        return vp
    if last >= 0 and is_idle_vp(w, last):
        return last
    for step in range(nodes):
        vp = _first(w, _ring(w, guest, (first_node + step) % nodes, _BESIDE_BUSY))
        if vp >= 0:
            return vp
    return NOBODY


@part
def first_idle_core(w: Tables, guest: int, first_node: int) -> int:
    """Return a VP of a wholly idle virtual core of `guest`, of virtual node `first_node` if there is one; NOBODY if there is none."""
    nodes = w.layouts[guest].virtual_nodes
    for step in range(nodes):
        vp = _first(w, _ring(w, guest, (first_node + step) % nodes, _WHOLE))
        if vp >= 0:
            return vp
    return NOBODY


@part
def next_shared_core(w: Tables, guest: int) -> int:
    """Return the lower VP of the virtual core of `guest` that has been shared longest, or was looked at first; it has one."""
    ring = shared_ring(w, guest)
    vp = _first(w, ring)
    _leave(w, vp)
    _join(w, vp, ring)
    return vp


@small
def is_idle_vp(w: Tables, vp: int) -> bool:
    """Tell whether `vp` is idle."""
    return bool(w.vps[vp].ring >= 0 and w.vps[vp].ring != shared_ring(w, w.vp_identity[vp].owner))


@small
def shared_ring(w: Tables, guest: int) -> int:
    """Return the list of virtual cores of `guest` of which both VPs are busy."""
    return _ring(w, guest, w.layouts[guest].virtual_nodes, 0)


@small
def _ring(w: Tables, guest: int, node: int, kind: int) -> int:
    return int(len(w.vps) + w.layouts[guest].first_ring + _CLASSES * node + kind)


@small
def _idle_ring(w: Tables, vp: int, kind: int) -> int:
    return _ring(w, w.vp_identity[vp].owner, w.vp_identity[vp].virtual_node, kind)


@part
def _last_vp(w: Tables, guest: int) -> int:
    """Return the VP on which the thread that was queued last was before; NOBODY if it was on none, or is no thread of a guest."""
    task = w.guests[guest].last_queued
    if task < 0 or w.tasks[task].kind != THREAD or w.hosts[w.layouts[guest].host].root == guest:
        return NOBODY
    return int(w.tasks[task].vp)


@part
def _node_of_new(w: Tables, guest: int) -> int:
    """Return the virtual node for a task that was on no VP: that of all memory, on the bare machine; or the next one for a request."""
    layout = w.layouts[guest]
    if w.guests[guest].memory_node >= 0 and layout.virtual_nodes > 1:
        return int(w.guests[guest].memory_node - w.hosts[layout.host].first_node)
    if layout.requests < 0:
        return 0
    return int(w.request_times[layout.requests].arrivals % layout.virtual_nodes)


@small
def _first(w: Tables, ring: int) -> int:
    return first_in(w.idle_vps, ring)


@part
def _join(w: Tables, vp: int, ring: int) -> None:
    join_ring(w.idle_vps, ring, vp)
    w.vps[vp].ring = ring


@part
def _leave(w: Tables, vp: int) -> None:
    leave_ring(w.idle_vps, vp)
    w.vps[vp].ring = NOBODY
