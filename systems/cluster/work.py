"""What the roots do for a live migration: memory is compressed, sent, received and decompressed by their threads.

For each chunk that has been sent both roots have a task, at the priority of threads. A root that is behind by too many holds up the transfer
(`systems.cluster.copying`).
"""

import numpy as np

from components.declare import NOBODY
from components.migration import RECEIVER, SENDER
from components.task import CHUNK
from components.traps import SIGNAL
from systems.guest.tasks import enqueue
from systems.kernels.bits import WORD_BITS, lowest_bit
from systems.kernels.jit import part, rare
from systems.scheduling.outranking import call_guest, call_idle_vp
from systems.state.copies import ONE_BITS, end_work
from systems.state.idle_vps import is_idle_vp
from systems.state.lives import begin_task, free_task, take_row
from systems.state.tables import Tables

_MIB_BITS = 20


@part
def work_for(w: Tables, guest: int, now: int) -> None:
    """Have both roots work for what the migration of `guest` has sent since the last time."""
    m = w.migrations[guest]
    size, crossed = m.in_chunk, (m.in_chunk << ONE_BITS) // m.ratio
    m.in_chunk = 0
    if w.migration_parameters[m.source].by_smb:
        return  # the network adapters do it
    packed = size if m.ratio > 1 << ONE_BITS else 0
    p = w.migration_parameters[m.source]
    _queue(
        w,
        2 * guest + SENDER,
        m.source,
        (crossed * p.transfer_ns + packed * p.compression_ns) >> _MIB_BITS,
        now,
    )
    p = w.migration_parameters[m.target]
    _queue(
        w,
        2 * guest + RECEIVER,
        m.target,
        (crossed * p.transfer_ns + packed * p.decompression_ns) >> _MIB_BITS,
        now,
    )


@part
def _queue(w: Tables, end: int, host: int, work_ns: int, now: int) -> None:
    """Queue work at the root of `host`, an end of the migration, for its VP on an LP that is idle, else for each in turn."""
    if work_ns == 0:
        return
    w.migration_ends[end].pending += 1
    root = w.hosts[host].root
    row = take_row(w)
    begin_task(w, row, CHUNK, root, work_ns)
    w.journeys[row].number = end
    enqueue(w, root, row, now)
    lp = idle_lp(w, host)
    if lp >= 0 and w.lp_topology[lp].root_vp >= 0 and is_idle_vp(w, w.lp_topology[lp].root_vp):
        call_idle_vp(w, root, w.lp_topology[lp].root_vp, SIGNAL, now)
        return
    state, layout = w.migration_states[host], w.layouts[root]
    call_guest(w, root, layout.first_vp + state.turns % layout.vps, SIGNAL, now)
    state.turns += 1


@rare
def end_chunk(w: Tables, vp: int, task: int, now: int) -> int:  # noqa: ARG001 - all kinds of tasks are ended alike
    """End the work for a chunk, which `vp` of a root has just done. Return 0: no thread is released."""
    end_work(w, w.journeys[task].number, now)
    free_task(w, task)
    return 0


@rare
def lose_chunk(w: Tables, task: int) -> None:
    """Lose the work for a chunk, with the root that was to do it."""
    w.migration_ends[w.journeys[task].number].pending -= 1
    free_task(w, task)


@part
def idle_lp(w: Tables, host: int) -> int:
    """Return the first LP of `host` that is idle now, or NOBODY."""
    first, end = w.hosts[host].first_lp, w.hosts[host].first_lp + w.hosts[host].lps
    at = first // WORD_BITS
    word = w.idle_lps[at] >> np.uint64(first % WORD_BITS) << np.uint64(first % WORD_BITS)
    while True:
        if word != np.uint64(0):
            lp = at * WORD_BITS + lowest_bit(word)
            return lp if lp < end else NOBODY
        at += 1
        if at * WORD_BITS >= end:
            return NOBODY
        word = w.idle_lps[at]
