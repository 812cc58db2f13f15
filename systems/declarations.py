"""What a schedule is made of, beside systems: events, what follows from them, kinds of tasks and of workloads."""

from typing import NamedTuple

from systems.system import Kernel, System


class Event(NamedTuple):
    """Something that happens inside a step, at a time that a kernel has set by `set_timer(w, w.schedule.<name>, row, time)`."""

    name: str
    entity: str
    """The kind of entity (see components.archetypes) that has a timer for it."""
    kernel: Kernel
    """(w, row, now): what happens; (w, now) where the entity is the simulation."""
    system: type[System]


class FollowUp(NamedTuple):
    """What a task does next, when the event that deferred it by `defer(w, task, stage)` is over."""

    stage: int
    kernel: Kernel
    """(w, task, now)."""
    system: type[System]


class TaskKind(NamedTuple):
    """A kind of task (see components.task)."""

    kind: int
    done: Kernel
    """(w, vp, task, now) -> how many threads are released from a barrier: `vp` has done the present work of `task`."""
    lost: Kernel
    """(w, task): the machine is turned off in which `task` is on a VP or in the queue."""
    system: type[System]


class Workload(NamedTuple):
    """A kind of workload of guests (see components.partition): what becomes of it when its guest starts and stops.

    Each kernel is called as `w.schedule.<name>(w, guest, now)`, and does nothing for a kind that has none.
    """

    kind: int
    """Its number, in PartitionLayout.workload."""
    name: str
    """`workload.kind` of guests that have it."""
    system: type[System]
    tasks: tuple[TaskKind, ...] = ()
    """The kinds of tasks that no other workload has; where some last as long as the run, theirs is the first."""
    expect_work: Kernel | None = None
    """(w, guest, start): the guest, which is off, is started at `start`."""
    drop_work: Kernel | None = None
    """The guest, which was to be started or runs, is not, or no more."""
    count_work: Kernel | None = None
    """(w, guest, change): the run waits for the end of the work (1), or no more (-1)."""
    hold_work: Kernel | None = None
    """The guest begins to boot."""
    release_work: Kernel | None = None
    """It is up, and begins its work."""
    stop_work: Kernel | None = None
    """It stops."""
    end_work: Kernel | None = None
    """It is turned off, or restarted."""
    go_on_with_work: Kernel | None = None
    """It has been paused, and goes on."""


MOMENTS = Workload._fields[4:]
"""What a workload may have a kernel for."""


class Account(NamedTuple):
    """One of the systems that a VP passes through, in order, when it stops running guest code."""

    kernel: Kernel
    """(w, vp, now)."""
    system: type[System]
